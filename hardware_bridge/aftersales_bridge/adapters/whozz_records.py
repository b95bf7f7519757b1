"""The records of CallerID.com's Whozz Calling? boxes, which come over serial lines and UDP alike."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: codes of a detail record
RINGS, LIFTED, HUNG_UP, FLASH = "R", "F", "N", "H"

_CALL = re.compile(
	r"\$?(?P<line>\d\d) (?P<direction>[IO]) (?P<record>[SEse]) (?P<duration>\d{4}) (?P<check>[GB]) "
	r"[A-Z](?P<rings>\d) (?P<date>\d\d/\d\d) (?P<time>\d\d:\d\d [AP]M) (?P<caller>.*)"
)
_DETAIL = re.compile(r"\$?(?P<line>\d\d) (?P<code>[RFNH]) {6,16}(?P<date>\d\d/\d\d) (?P<time>\d\d:\d\d:\d\d)")
_LIMITED = re.compile(
	r"\$?(?P<line>\d\d) {1,5}(?P<date>\d\d/\d\d) {1,5}(?P<time>\d\d:\d\d [AP]M) {1,5}"
	r"(?P<number>[0-9A-Za-z*#-]{1,14}) {1,14}(?P<direction>[IO])(?: {1,5}(?P<name>.*))?"
)
_MEMORY = re.compile(
	r"(?P<index>\d{4}) (?P<line>\d\d) (?P<date>\d\d/\d\d) (?P<time>\d\d:\d\d) (?P<direction>[IO]) (?P<record>[SEse]) "
	r"(?P<duration>\d{4}) (?P<check>[GB]) [A-Z](?P<rings>\d) (?P<caller>.*)"
)
NUMBER_WIDTH = 14
MEMORY_NUMBER_WIDTH = 12


@dataclass(frozen=True)
class CallRecord:
	"""A call that begins or has ended, as the box writes it.

	``number`` holds a number or a word such as Private; ``good`` is False when its caller ID had a wrong checksum.
	"""

	line: str
	outbound: bool
	end: bool
	number: str
	name: str
	date: str
	time: str
	duration_s: int | None = None
	good: bool = True
	rings: int | None = None
	index: int | None = None


@dataclass(frozen=True)
class DetailRecord:
	"""Something that happened on a line: first ring, receiver lifted, hung up, hook flash."""

	line: str
	code: str
	date: str
	time: str


def read_record(text: str) -> CallRecord | DetailRecord | None:
	"""Read a record of any form the box can be set to; None when ``text`` is none."""
	match = _DETAIL.fullmatch(text.rstrip())
	if match:
		return DetailRecord(match["line"], match["code"], match["date"], match["time"])
	match = _CALL.fullmatch(text)
	if match:
		return _call(match, NUMBER_WIDTH)
	match = _MEMORY.fullmatch(text)
	if match:
		return _call(match, MEMORY_NUMBER_WIDTH, int(match["index"]))
	match = _LIMITED.fullmatch(text.rstrip())
	if match:
		return CallRecord(
			line=match["line"],
			outbound=match["direction"] == "O",
			end=False,
			number=match["number"],
			name=(match["name"] or "").strip(),
			date=match["date"],
			time=match["time"],
		)
	return None


def _call(match: re.Match, width: int, index: int | None = None) -> CallRecord:
	caller = match["caller"]
	number, name = caller[:width].rstrip(), caller[width:].strip()
	if " " in number:
		# Printed in manuals with one blank where the box pads with several.
		number, name = caller.split(" ", 1)
	return CallRecord(
		line=match["line"],
		outbound=match["direction"] == "O",
		end=match["record"] in "Ee",
		number=number,
		name=name.strip(),
		date=match["date"],
		time=match["time"],
		duration_s=int(match["duration"]),
		good=match["check"] == "G",
		rings=int(match["rings"]),
		index=index,
	)


@dataclass(frozen=True)
class Datagram:
	"""What one UDP packet of an Ethernet Link or Vertex box holds."""

	unit: int
	serial: int
	text: bytes


def read_datagram(data: bytes) -> Datagram | None:
	"""Take a UDP packet of the box apart; None when it is none."""
	if len(data) < 22 or data[:5] != b"^^<U>" or data[11:14] != b"<S>" or data[20:21] != b"$":
		return None
	return Datagram(
		unit=int.from_bytes(data[5:11], "big"),
		serial=int.from_bytes(data[14:20], "big"),
		text=data[21:].lstrip(b"$"),
	)
