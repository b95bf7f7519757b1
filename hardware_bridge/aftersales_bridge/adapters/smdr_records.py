"""The call records that telephone systems print: Panasonic, Avaya IP Office and ESI."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

#: what one record tells
ARRIVES, ANSWERED, MISSED, TALKED, DIALLED = "arrives", "answered", "missed", "talked", "dialled"


class NoCall(Exception):
	"""A line that belongs to the print-out but is no call: a page head, a log-in, an internal call."""


@dataclass(frozen=True)
class Record:
	"""One line of a print-out.

	``what`` is one of the five words above: ``arrives`` and ``answered`` come while the call is going on, the others after
	its end. ``trunk`` is the outside line, ``stamp`` the printed local time, at the start of the call or (``stamp_is_end``) its end.
	"""

	what: str
	trunk: str
	extension: str
	number: str
	name: str = ""
	did: str = ""
	ring_s: int | None = None
	duration_s: int | None = None
	stamp: datetime | None = None
	stamp_is_end: bool = False
	call_id: str = ""
	continues: bool = False

	@property
	def started(self) -> datetime | None:
		"""When it began to ring or to be dialled, by the telephone system's clock."""
		if self.stamp is None or not self.stamp_is_end:
			return self.stamp
		return self.stamp - timedelta(seconds=(self.ring_s or 0) + (self.duration_s or 0))


_HEAD = re.compile(r"[\s\d]*Date\s+Time\b.*|[-=_\s]{4,}", re.IGNORECASE)
_PANASONIC = re.compile(
	r"\s*(?P<date>[\d*]{2}(?:[/.-][\d*]{2}(?:[/.-][\d*]{2,4})?)?)\s+(?P<time>\d{1,2}:\d\d\s?(?:[AP]M)?)\s+(?P<rest>\S.*)"
)
_INTERNAL = re.compile(r"EXT\s?\d+", re.IGNORECASE)
_LOG = re.compile(r"LOG\s?(?:IN|OUT)", re.IGNORECASE)
_RING = re.compile(r"(?<!\S)(\d{1,2})'(\d\d)(?!\S)")
_DURATION = re.compile(r"(?<!\S)(\d\d):(\d\d)'(\d\d)(?!\S)")
_CODE = re.compile(r"\s(TR|FW|D0|RM|NA|RC|AN|VR|VN|FM|FR)\s*$")
_INBOUND = re.compile(r"(?:<D>(?P<did>.*?))?<I>(?P<caller>.*)")
_TRUNK = re.compile(r"\d{2,4}")
_EXTENSION = re.compile(r"[*DT]?\d{1,5}")


def read_panasonic(text: str, day_first: bool, stamp_is_end: bool) -> Record | None:
	"""Read a line of a KX-TD, KX-TDA, TDE, NCP or NS print-out of any width (patterns A, B and C).

	Columns are not relied on, since these systems let them be programmed. Returns None when the line is noise; raises NoCall
	when it is part of the print-out but no outside call.
	"""
	if _HEAD.fullmatch(text):
		raise NoCall
	match = _PANASONIC.fullmatch(text)
	if not match:
		return None
	rest = match["rest"]
	if _LOG.search(rest):
		raise NoCall
	code, rest = _take(_CODE, rest)
	duration = _DURATION.search(rest)
	ring = _RING.search(rest)
	cut = min(found.start() for found in (duration, ring) if found) if duration or ring else len(rest)
	words, dialled = _front(rest[:cut])
	if words is None:
		return None
	extension, trunk = words
	if _INTERNAL.search(dialled):
		raise NoCall
	inbound = _INBOUND.search(dialled)
	number, name = split_caller(inbound["caller"]) if inbound else (re.sub(r"\s", "", dialled), "")
	ring_s = _seconds(ring)
	duration_s = _seconds(duration)
	if not inbound and not re.search(r"\d", number):
		return None
	return Record(
		what=_what(code, bool(inbound), ring, duration_s),
		trunk=trunk,
		extension=extension,
		number=number,
		name=name,
		did=(inbound["did"] or "").strip() if inbound else "",
		ring_s=ring_s,
		duration_s=duration_s,
		stamp=_stamp(match["date"], match["time"], day_first),
		stamp_is_end=stamp_is_end and code not in ("RC", "AN"),
	)


def split_caller(text: str) -> tuple[str, str]:
	"""Number and name out of what stands behind <I>: ``1234567890 MARY WARD``, ``ABC COMPANY12345678`` or nothing."""
	text = text.strip()
	match = re.fullmatch(r"(\+?[\d*#-]{2,})(?:\s+(.*))?", text)
	if match:
		return match[1], (match[2] or "").strip()
	match = re.fullmatch(r"(.*?\D)\s*(\+?\d{3,})", text)
	if match:
		return match[2], match[1].strip()
	return "", text


def _what(code: str, inbound: bool, ring: re.Match | None, duration_s: int | None) -> str:
	if code == "RC":
		return ARRIVES
	if code == "AN":
		return ANSWERED
	if not inbound:
		return DIALLED
	return MISSED if code == "NA" or not duration_s else TALKED


def _front(text: str) -> tuple[tuple[str, str] | None, str]:
	"""Extension and outside line in front of the number; either may be missing."""
	extension, trunk = "", ""
	mark = text.find("<")
	words = text[: mark if mark >= 0 else len(text)].split()
	if words and _EXTENSION.fullmatch(words[0]) and (len(words) > 1 or mark >= 0):
		extension = words.pop(0)
		if words and _TRUNK.fullmatch(words[0]) and (len(words) > 1 or mark >= 0):
			trunk = words.pop(0)
	if mark < 0 and not words:
		return None, ""
	if mark >= 0:
		# An outside line alone: what was taken for the extension is it when nobody has answered yet.
		return (extension, trunk) if not words else None, text[mark:]
	return (extension, trunk), " ".join(words)


def _take(pattern: re.Pattern, text: str) -> tuple[str, str]:
	found = pattern.search(text)
	return (found[1], text[: found.start()]) if found else ("", text)


def _seconds(found: re.Match | None) -> int | None:
	if found is None:
		return None
	total = 0
	for part in found.groups():
		total = total * 60 + int(part)
	return total


def _stamp(date: str, time: str, day_first: bool) -> datetime | None:
	parts = re.split(r"[/.-]", date)
	if len(parts) != 3 or "*" in date:
		# A day without month, or asterisks after the clock was set: the time of arrival is better.
		return None
	first, second, year = (int(part) for part in parts)
	day, month = (first, second) if day_first else (second, first)
	time = re.sub(r"\s", "", time).upper()
	form = "%I:%M%p" if time.endswith("M") else "%H:%M"
	try:
		clock = datetime.strptime(time, form)
		century = 1900 if 69 <= year < 100 else 2000 if year < 100 else 0
		return datetime(century + year, month, day, clock.hour, clock.minute)
	except ValueError:
		return None


def _columns(text: str) -> list[str] | None:
	try:
		return [value.strip() for value in next(csv.reader([text]))]
	except (csv.Error, StopIteration):
		return None


def read_avaya(text: str) -> Record | None:
	"""Read a record of Avaya IP Office: comma-separated, one for each part of a call, after that part ended.

	A call that a machine took (voice mail) counts as missed, since nobody spoke with the caller.
	"""
	row = _columns(text)
	if row is None or len(row) < 11 or row[4] not in ("I", "O"):
		return None
	try:
		stamp = datetime.strptime(row[0], "%Y/%m/%d %H:%M:%S")
		duration_s, ring_s = _clock_seconds(row[1]), max(0, min(int(row[2]), 86_400))
	except ValueError:
		return None
	# The devices of the two parties: E extension, T outside line, V voice mail; older versions end before them.
	devices = [row[at] for at in (11, 13) if len(row) > at]
	inbound = row[4] == "I"
	if row[8] in ("1", "I") or (
		devices and not any(device.startswith("T") for device in devices) and not inbound
	):
		raise NoCall
	machine = any(device.startswith("V") for device in devices)
	return Record(
		what=(TALKED if duration_s and not machine else MISSED) if inbound else DIALLED,
		trunk=next((device[1:] for device in devices if device.startswith("T")), ""),
		extension=next((device[1:] for device in devices if device.startswith("E")), ""),
		number=row[3] if inbound else row[6] or row[5],
		did=row[6] if inbound else "",
		ring_s=ring_s,
		duration_s=None if machine and inbound else duration_s,
		stamp=stamp,
		call_id=row[9],
		continues=row[10] == "1",
	)


def read_esi(text: str) -> Record | None:
	"""Read a record of ESI's IVX: kind, MMDDYYYY, start, duration, extension, number, name and line, in quotes."""
	row = _columns(text)
	if row is None or len(row) < 8 or row[0] not in ("I", "O", "T"):
		return None
	if not re.fullmatch(r"\d{6}", row[3]):
		return None
	if row[0] == "T":
		# The part of a call after a transfer; the first part has been told.
		raise NoCall
	try:
		stamp = datetime.strptime(row[1] + row[2], "%m%d%Y%H%M%S")
	except ValueError:
		stamp = None
	inbound = row[0] == "I"
	duration_s = int(row[3][:2]) * 3600 + int(row[3][2:4]) * 60 + int(row[3][4:])
	return Record(
		what=(TALKED if duration_s else MISSED) if inbound else DIALLED,
		trunk=row[7],
		extension=row[4],
		number=row[5],
		name=row[6],
		duration_s=duration_s,
		stamp=stamp,
	)


def _clock_seconds(text: str) -> int:
	found = re.fullmatch(r"(\d{1,3}):(\d\d):(\d\d)", text, re.ASCII)
	if found is None:
		raise ValueError("no duration")
	return _seconds(found) or 0
