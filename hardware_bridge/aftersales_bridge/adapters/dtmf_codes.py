"""Caller ID as DTMF digits: what the strings of the various exchanges mean."""

from __future__ import annotations

import re

DIGITS = frozenset("0123456789*#ABCD")

_NOT_AVAILABLE, _RESTRICTED = "00", "10"
_DANISH_REASONS = {"1": "P"}
_PARTS = re.compile(r"([ABCD*#]?)([0-9]*)")


def read_dtmf(text: str, start: str = "ABD", end: str = "C#") -> str | None:
	"""The caller's number in a string of DTMF digits, P (private), O (unavailable), or None when it is no caller ID.

	The exchanges send ``A<number>D<redirecting>B<info>C`` with each part optional, ``A<number>#``, ``D<number>C``,
	``D1#`` for a reason, or ``<number>#``. ``start`` holds the digits with which caller ID may begin ("" when the exchange sends
	none), ``end`` those with which it ends.
	"""
	if start and text[:1] not in start:
		return None
	closing = text[-1:] if text[-1:] in end else ""
	body = text[: len(text) - len(closing)] if closing else text
	reason = re.fullmatch(r"D([0-9])", body)
	if reason and closing == "#":
		return _DANISH_REASONS.get(reason.group(1), "O")
	number, info = "", ""
	for index, (mark, digits) in enumerate(_PARTS.findall(body)):
		if index == 0 and mark != "B":
			number = digits
		elif mark == "B":
			info = digits
		elif mark == "A" and digits and not number:
			number = digits
	if number:
		return number if len(number) <= 30 else None
	return {_NOT_AVAILABLE: "O", _RESTRICTED: "P"}.get(info)


class DtmfCollector:
	"""Puts caller ID together from single DTMF digits."""

	def __init__(self, start: str = "ABD", end: str = "C#", silence: float = 1.0) -> None:
		self._start = start
		self._end = end
		self._silence = silence
		self._text = ""
		self._last = 0.0

	def feed(self, digit: str, now: float) -> tuple[str | None, str] | None:
		"""Take one digit; ``(meaning, digits)`` as of read_dtmf when it completes a string."""
		done = self.flush(now)
		self._last = now
		if not self._text and self._start and digit not in self._start:
			return done
		self._text += digit
		complete = digit in self._end and (len(self._text) > 1 or not self._start)
		if complete or len(self._text) > 64:
			return self._take()
		return done

	def flush(self, now: float) -> tuple[str | None, str] | None:
		"""The string that silence has completed, if any."""
		return self._take() if self._text and now - self._last > self._silence else None

	def reset(self) -> None:
		"""Forget what was begun."""
		self._text = ""

	def _take(self) -> tuple[str | None, str]:
		text, self._text = self._text, ""
		return read_dtmf(text, self._start, self._end), text
