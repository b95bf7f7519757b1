"""SIGTERM and Ctrl-C as something that a loop can wait for."""

from __future__ import annotations

import select
import signal
import socket


class StopSignal:
	"""Becomes readable when the process is asked to end. For the main thread, once in a process.

	A handler that sets a threading.Event could meet the very wait it interrupts and block for ever; the byte that the
	interpreter itself writes to a socket cannot.
	"""

	def __init__(self) -> None:
		self._reader, self._writer = socket.socketpair()
		for end in (self._reader, self._writer):
			end.setblocking(False)
		signal.set_wakeup_fd(self._writer.fileno())
		for number in (signal.SIGTERM, signal.SIGINT):
			signal.signal(number, lambda *_: None)

	def fileno(self) -> int:
		"""For a selector."""
		return self._reader.fileno()

	def wait(self, seconds: float) -> bool:
		"""Whether the signal has come, at the latest after ``seconds``."""
		return bool(select.select([self._reader], [], [], seconds)[0])
