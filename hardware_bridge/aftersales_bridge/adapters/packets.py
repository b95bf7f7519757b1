"""Caller-ID messages as the exchange sends them (SDMF and MDMF of Bellcore, ETSI and China), checksum included."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aftersales_bridge.adapters.lines import decode_text

SDMF_CALL, MDMF_CALL = 0x04, 0x80
#: message types that have this layout and no call behind them: messages waiting, charge, short message
OTHER_TYPES = {0x06: "message waiting", 0x82: "message waiting", 0x86: "charge", 0x89: "short message"}
TYPES = {SDMF_CALL, MDMF_CALL, *OTHER_TYPES}

DATE_TIME, NUMBER, DIALABLE, NO_NUMBER, NAME, NO_NAME = 0x01, 0x02, 0x03, 0x04, 0x07, 0x08
CALL_TYPE = 0x11
MESSAGE_WAITING = 0x81
#: what a parameter of a call set-up message may be; others are skipped by their length
PARAMETERS = {
	*(DATE_TIME, NUMBER, DIALABLE, NO_NUMBER, 0x05, 0x06, NAME, NO_NAME, 0x0B, 0x0D, 0x10, CALL_TYPE),
	*(0x13, 0x15, 0x16, 0x1A, 0x20, 0x21, 0x23, 0x50, 0x55, 0xE0),
}  # fmt: skip

_SDMF_BODY = re.compile(rb"\d{8}(?:[0-9*#+,-]{1,32}|[POCSI])", re.ASCII)
_NUMBER = re.compile(rb"[0-9*#+,-]{1,40}")
# How much of the alternating bits in front of a message must be seen to believe in one whose checksum is wrong.
PREAMBLE_BYTES = 4


@dataclass(frozen=True)
class Packet:
	"""What one message says; its checksum was right.

	``number`` is as sent, or the letter P (private) or O (unavailable) that says why there is none; "" when the message says
	neither. ``is_call`` is False for messages such as "you have mail".
	"""

	is_call: bool
	number: str = ""
	name: str = ""
	date: str = ""
	time: str = ""
	called: str = ""
	truncated: bool = False
	parameters: dict[int, bytes] = field(default_factory=dict)


class PacketError(ValueError):
	"""Bytes that are no message; the text says in a few words why."""


def checksum(message: bytes) -> int:
	"""The byte that makes the sum of ``message`` (type, length, body) and itself a multiple of 256."""
	return -sum(message) & 0xFF


def read_packet(data: bytes) -> Packet:
	"""Read one whole message, from its type byte to its checksum.

	Raises PacketError when type, length, checksum or content is wrong: what is in such a message is not to be trusted.
	"""
	if len(data) < 3 or data[0] not in TYPES:
		raise PacketError("packets of an unknown type")
	if len(data) != data[1] + 3:
		raise PacketError("packets of a wrong length")
	if sum(data) & 0xFF:
		raise PacketError("packets with a wrong checksum")
	body = data[2:-1]
	if data[0] in OTHER_TYPES:
		return Packet(is_call=False)
	return _read_sdmf(body) if data[0] == SDMF_CALL else _read_mdmf(body)


def _read_sdmf(body: bytes) -> Packet:
	if not _SDMF_BODY.fullmatch(body):
		raise PacketError("packets of strange content")
	text = body.decode("ascii")
	return Packet(is_call=True, number=text[8:], date=text[:4], time=text[4:8])


def _read_mdmf(body: bytes) -> Packet:
	parameters: dict[int, bytes] = {}
	position, truncated = 0, False
	while position < len(body):
		kind, size = body[position], body[position + 1] if position + 1 < len(body) else 256
		value = body[position + 2 : position + 2 + size]
		if len(value) < size:
			truncated = True
			break
		parameters.setdefault(kind, value)
		position += 2 + size
	if not parameters:
		raise PacketError("packets of strange content")
	return _from_parameters(parameters, truncated)


def _from_parameters(parameters: dict[int, bytes], truncated: bool) -> Packet:
	stamp = parameters.get(DATE_TIME, b"")
	stamp = stamp.decode("ascii") if re.fullmatch(rb"\d{8}", stamp) else ""
	number = parameters.get(NUMBER) or parameters.get(DIALABLE, b"")
	if not _NUMBER.fullmatch(number):
		number = (
			parameters.get(NO_NUMBER, b"")
			if parameters.get(NO_NUMBER, b"") in (b"P", b"O", b"C", b"S")
			else b""
		)
	# Some exchanges put the reason for a missing name, or a name of their own, into the reason's place.
	name = parameters.get(NAME, b"")
	waiting = parameters.get(CALL_TYPE, b"")[:1] == bytes([MESSAGE_WAITING])
	speaks_of_a_caller = any(
		kind in parameters for kind in (NUMBER, DIALABLE, NO_NUMBER, NAME, NO_NAME, DATE_TIME)
	)
	return Packet(
		is_call=speaks_of_a_caller and not waiting,
		number=number.decode("ascii"),
		name=decode_text(name).strip(" \0"),
		date=stamp[:4],
		time=stamp[4:],
		called=parameters.get(DIALABLE, b"").decode("latin-1") if parameters.get(NUMBER) else "",
		truncated=truncated,
		parameters=parameters,
	)


class PacketFinder:
	"""Finds messages in the byte stream of an FSK receiver, whatever stands before, between and after them.

	A message is recognised by type, length, content and checksum, not by the alternating bits in front of it, which receivers
	render in many ways. What a noise burst began is given up after ``gap`` seconds without a byte.
	"""

	def __init__(self, gap: float = 0.4) -> None:
		self._gap = gap
		self._buffer = bytearray()
		self._last = 0.0
		# The bytes just seen that alternate, and whether they were enough to say that a message is meant.
		self._alternating = 0
		self._meant = False

	def feed(self, data: bytes, now: float) -> tuple[list[tuple[Packet | None, bytes]], list[str]]:
		"""The messages that ``data`` completes, and a word for each piece that was none.

		A message that began properly but has a wrong checksum comes as (None, bytes): somebody called, nobody knows who.
		"""
		found, lost = self.flush(now)
		self._last = now
		self._buffer += data
		self._scan(found, lost, final=False)
		return found, lost

	def flush(self, now: float) -> tuple[list[tuple[Packet | None, bytes]], list[str]]:
		"""What follows from silence: a message that broke off is given up."""
		found: list[tuple[Packet | None, bytes]] = []
		lost: list[str] = []
		if (self._buffer or self._meant or self._alternating) and now - self._last > self._gap:
			self._scan(found, lost, final=True)
			self.reset()
		return found, lost

	def reset(self) -> None:
		"""Forget the half message of a connection that is gone."""
		self._buffer.clear()
		self._alternating, self._meant = 0, False

	def _scan(self, found: list, lost: list[str], final: bool) -> None:
		start = 0
		while start < len(self._buffer):
			end = self._candidate(start)
			if end is not None and end > len(self._buffer) and not final:
				break
			data = bytes(self._buffer[start:end]) if end else b""
			if end is not None:
				try:
					found.append((read_packet(data), data))
				except PacketError as error:
					lost.append(str(error))
					if self._meant and data[0] in (SDMF_CALL, MDMF_CALL):
						found.append((None, data))
					elif not self._meant:
						end = None
			if end is None:
				self._alternating = self._alternating + 1 if self._buffer[start] == 0x55 else 0
				self._meant = self._meant or self._alternating >= PREAMBLE_BYTES
				start += 1
			else:
				self._alternating, self._meant = 0, False
				start = end
		del self._buffer[:start]

	def _candidate(self, start: int) -> int | None:
		"""Where the message that may begin at ``start`` would end, by what there is of it so far; None if none can."""
		head = self._buffer[start : start + 12]
		if head[0] not in TYPES:
			return None
		if len(head) < 2:
			return start + 3
		end = start + head[1] + 3
		body = head[2:]
		if head[0] == SDMF_CALL:
			fits = 9 <= head[1] <= 40 and all(48 <= byte <= 57 for byte in body[:8])
		elif head[0] == MDMF_CALL:
			fits = (
				head[1] >= 3 and (not body or body[0] in PARAMETERS) and (len(body) < 2 or body[1] < head[1])
			)
		else:
			fits = 1 <= head[1] <= 64
		return end if fits else None
