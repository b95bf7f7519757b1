"""The lines of the NCID protocol: what they are and what stands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

#: a call comes in; from a modem, a smartphone, or while somebody speaks on the line
CALLING = ("CID", "PID", "WID")
#: a call that the server itself turned away
TURNED_AWAY = {"HUP": "server_hung_up", "BLK": "server_blocked"}

_LINE = re.compile(r"([A-Z]{2,8}): ?(.*)")
_CODE = re.compile(r"([2-4][0-9][0-9])(?: (.*))?")
# Values may hold asterisks (``NMBR**17*MESG``), so only an asterisk on both sides of a word begins a field.
_LABEL = re.compile(r"\*([A-Z]{4,6})\*")
_ABSENT = {"", "-", "NO-NUMBER", "NO NUMBER", "NO NAME", "NO-NAME", "NO-LINE", "NONE", "RING", "NO CALLER ID"}


@dataclass(frozen=True)
class NcidLine:
	"""One line of the server: ``code`` for answers such as 300, else ``label`` with its fields or its text."""

	label: str
	fields: dict[str, str]
	text: str
	code: int | None = None
	from_log: bool = False

	def value(self, name: str) -> str | None:
		"""The field ``name``; None when it is missing or one of the server's words for nothing."""
		value = self.fields.get(name, "").strip()
		return None if value.upper() in _ABSENT else value

	@property
	def word(self) -> str:
		"""The server's word for the line of the telephone; ``-`` when it has none."""
		return self.value("LINE") or "-"


def read_line(text: str) -> NcidLine | None:
	"""What a line says; None for what is none of this protocol."""
	code = _CODE.fullmatch(text)
	if code:
		return NcidLine("", {}, code.group(2) or "", code=int(code.group(1)))
	match = _LINE.fullmatch(text)
	if match is None:
		return None
	label, rest = match.groups()
	from_log = label.endswith("LOG") and len(label) > 3
	return NcidLine(label[:-3] if from_log else label, _fields(rest), rest, from_log=from_log)


def _fields(text: str) -> dict[str, str]:
	places = list(_LABEL.finditer(text))
	fields: dict[str, str] = {}
	for place, following in zip(places, [*places[1:], None]):
		# The asterisk that opens the next field also closes this one.
		value = text[place.end() : following.start() if following else len(text)]
		if following is None and value.endswith("*"):
			value = value[:-1]
		fields.setdefault(place.group(1), value)
	return fields


def call_time(line: NcidLine, day_first: bool) -> datetime | None:
	"""DATE (mmddyyyy, or ddmmyyyy with ``day_first``) and TIME in the server's own zone; None if they are no date."""
	stamp = f"{line.fields.get('DATE', '')} {line.fields.get('TIME', '')}"
	for form in ("%d%m%Y %H%M", "%m%d%Y %H%M") if day_first else ("%m%d%Y %H%M", "%d%m%Y %H%M"):
		try:
			return datetime.strptime(stamp, form)
		except ValueError:
			continue
	return None


def seconds_between(start: str | None, end: str | None) -> int | None:
	"""From SCALL to ECALL (``mm/dd/yyyy hh:mm:ss``); None when either is missing or they make no sense."""
	try:
		begun, over = (datetime.strptime(value or "", "%m/%d/%Y %H:%M:%S") for value in (start, end))
	except ValueError:
		return None
	seconds = int((over - begun).total_seconds())
	return seconds if 0 <= seconds <= 86_400 else None
