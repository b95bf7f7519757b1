"""Lines of text out of a serial port's bytes, however broken they arrive."""

from __future__ import annotations

import re

DLE = 0x10
#: what stands in the list of lines for a <DLE>R event: the voice-mode way of saying RING
DLE_RING = b"\x10R"

_SPECIAL = re.compile(rb"[\r\n\x10]")
_LINE_END = re.compile(rb"[\r\n]")
_CONTROL = bytes(b for b in range(32)) + b"\x7f"


class LineSplitter:
	"""Cuts a byte stream into lines and, with ``dle``, takes <DLE> events out of it.

	Memory is bounded: a line longer than ``limit`` bytes is thrown away up to its end. Half a line that
	is not continued within ``gap`` seconds (None for networks, which lose nothing) is thrown away too, so that it
	cannot grow into a wrong number.
	"""

	def __init__(self, limit: int = 200, gap: float | None = 2.0, dle: bool = True) -> None:
		self._limit = limit
		self._gap = gap
		self._special = _SPECIAL if dle else _LINE_END
		self._buffer = bytearray()
		self._skip = False
		self._dle = False
		self._last = 0.0

	def feed(self, data: bytes, now: float) -> tuple[list[bytes], list[str]]:
		"""The lines that ``data`` completes, and a word for each piece that was thrown away."""
		lines: list[bytes] = []
		lost: list[str] = []
		if not data:
			return lines, lost
		if self._buffer and self._gap is not None and now - self._last > self._gap:
			self._buffer.clear()
			lost.append("half lines")
		self._last = now
		position = 0
		while position < len(data):
			if self._dle:
				self._dle = False
				if data[position] == ord("R"):
					lines.append(DLE_RING)
				position += 1
				continue
			special = self._special.search(data, position)
			end = special.start() if special else len(data)
			if end > position:
				self._append(data[position:end], lost)
			position = end + 1
			if special is None:
				break
			if data[end] == DLE:
				self._dle = True
			else:
				self._finish(lines)
		return lines, lost

	def reset(self) -> None:
		"""Forget the half line of a connection that is gone."""
		self._buffer.clear()
		self._skip = self._dle = False

	def _append(self, piece: bytes, lost: list[str]) -> None:
		if self._skip:
			return
		if len(self._buffer) + len(piece) > self._limit:
			self._buffer.clear()
			self._skip = True
			lost.append("overlong lines")
			return
		self._buffer += piece

	def _finish(self, lines: list[bytes]) -> None:
		if self._buffer and not self._skip:
			line = bytes(self._buffer).translate(None, _CONTROL).strip()
			if line:
				lines.append(line)
		self._buffer.clear()
		self._skip = False


def decode_text(line: bytes) -> str:
	"""Text of a line: ASCII or UTF-8, else the GB 18030 of Chinese exchanges, else Latin-1 (which takes any byte)."""
	for encoding in ("utf-8", "gb18030"):
		try:
			return line.decode(encoding)
		except UnicodeDecodeError:
			continue
	return line.decode("latin-1")
