"""The answers of a simulated modem to commands."""

from __future__ import annotations


class ModemReplies:
	"""Answers every AT command with OK; dialling too."""

	def __init__(self) -> None:
		self._command = b""

	def reply(self, data: bytes) -> bytes:
		"""What the modem answers to ``data``."""
		*commands, self._command = (self._command + data)[-500:].split(b"\r")
		answer = b""
		for command in commands:
			command = command.strip().upper()
			if command == b"ATI3":
				answer += b"\r\nAFTERSALES SIMULATED MODEM\r\n"
			if command.startswith(b"AT"):
				answer += b"\r\nOK\r\n"
		return answer
