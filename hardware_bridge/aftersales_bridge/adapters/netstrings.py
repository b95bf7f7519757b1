"""Netstrings: ``<length>:<bytes>,`` one after the other."""

from __future__ import annotations

import re

MAX_LENGTH = 65_536
_DIGITS = re.compile(rb"[0-9]+")
# Where the next one may begin after something unreadable: baresip puts nothing but JSON objects in its netstrings.
_BEGIN = re.compile(rb"[0-9]{1,5}:\{")


class NetstringSplitter:
	"""Cuts a byte stream into the contents of its netstrings; memory is bounded."""

	def __init__(self) -> None:
		self._buffer = b""

	def reset(self) -> None:
		"""Forget the half netstring of a connection that is gone."""
		self._buffer = b""

	def feed(self, data: bytes) -> tuple[list[bytes], list[str]]:
		"""The contents that ``data`` completes, and a word for each piece that was thrown away."""
		self._buffer += data
		found: list[bytes] = []
		lost: list[str] = []
		while self._buffer:
			head, colon, rest = self._buffer.partition(b":")
			if not colon and len(head) <= 5 and _DIGITS.fullmatch(head):
				break
			if not colon or len(head) > 5 or not _DIGITS.fullmatch(head) or int(head) > MAX_LENGTH:
				if not self._skip(lost):
					break
				continue
			length = int(head)
			if len(rest) <= length:
				break
			if rest[length : length + 1] != b",":
				if not self._skip(lost):
					break
				continue
			found.append(rest[:length])
			self._buffer = rest[length + 1 :]
		return found, lost

	def _skip(self, lost: list[str]) -> bool:
		"""Go on at the next place that looks like a beginning; whether there is one."""
		if not lost:
			lost.append("broken netstrings")
		following = _BEGIN.search(self._buffer, 1)
		# A beginning may be cut off at the end of what has arrived.
		self._buffer = self._buffer[following.start() :] if following else self._buffer[1:][-6:]
		return following is not None


def netstring(content: bytes) -> bytes:
	"""``content`` as a netstring."""
	return b"%d:%s," % (len(content), content)
