"""One report of a bridge: what it may contain, checked before anything is written.

Strict where the identity of a call is concerned, lenient with what a device says: a call with a garbled name is
still a call.
"""

import json
import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import frappe
from frappe import _

SCHEMA = 1
CALL_KINDS = frozenset(
	{"ringing", "caller_id", "answered", "ring_end", "ended", "missed", "recording", "dial_failed"}
)
DEVICE_KINDS = frozenset({"device_up", "device_down"})
DIRECTIONS = {"in": "Inbound", "out": "Outbound", "unknown": "Unknown"}
PRESENTATIONS = frozenset({"allowed", "restricted", "unavailable"})
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
MAX_SEQ = 1_000_000
MAX_AGE = timedelta(days=3650)
MAX_PAYLOAD = 8000


class EventRejected(Exception):
	"""The event can never be stored as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Event:
	"""A checked event; texts are clean and short enough for their fields.

	:param call_uuid: None for a device's coming and going, and for a dialling that failed before there was a call.
	:param extension: the telephone here that rings, answered or dialled.
	:param did: the number that the caller dialled.
	:param recording: what the source calls the recording of the call: a file's name, a path or an address.
	:param dial_request: the Dial Request that the call comes from.
	:param happened_at: site time, worked out from the event's age, not from a device's clock.
	:param fresh: young enough, and reported as live, to pop up.
	"""

	event_id: str
	call_uuid: str | None
	seq: int
	kind: str
	line: str
	direction: str
	number_raw: str
	presentation: str
	name_raw: str
	ring_count: int
	duration: int | None
	cause: str
	extension: str
	did: str
	recording: str
	source_call_id: str
	dial_request: str
	happened_at: datetime
	received_at: datetime
	age_ms: int
	fresh: bool
	payload: str


def parse(data: object, received_at: datetime, skew: timedelta, live_seconds: int) -> Event:
	"""Check one event of a batch.

	:param data: the event as it came.
	:param received_at: site time at which the batch arrived.
	:param skew: how much the bridge's clock is ahead of the site's.
	:param live_seconds: age in seconds up to which a call pops up.
	:raises EventRejected: with the reason, in the language of the request.
	"""
	if not isinstance(data, dict):
		raise EventRejected(_("An event must be a JSON object."))
	if data.get("schema", SCHEMA) != SCHEMA:
		raise EventRejected(
			_("Schema {0} is unknown here; update Aftersales on the site.").format(data["schema"])
		)
	kind = data.get("kind")
	if not isinstance(kind, str) or kind not in CALL_KINDS | DEVICE_KINDS:
		raise EventRejected(_("Kind {0} is unknown.").format(_shown(kind)))
	age = _age(data, received_at, skew)
	return Event(
		event_id=_identifier(data, "event_id"),
		call_uuid=_call_uuid(data, kind),
		seq=_count(data, "seq", MAX_SEQ),
		kind=kind,
		line=_line(data),
		direction=DIRECTIONS.get(data.get("direction") or "in", "Unknown")
		if _is_text(data, "direction")
		else "Unknown",
		number_raw=clean(data.get("number_raw"), 64),
		presentation=_presentation(data),
		name_raw=clean(data.get("name_raw"), 140),
		ring_count=_optional_count(data, "ring_count") or 0,
		duration=_optional_count(data, "duration_s"),
		cause=clean(data.get("cause"), 140),
		extension=clean(data.get("extension"), 32),
		did=clean(data.get("did"), 64),
		recording=clean(data.get("recording"), 255),
		source_call_id=clean(data.get("source_call_id"), 64),
		dial_request=clean(data.get("dial_request"), 64),
		happened_at=received_at - age,
		received_at=received_at,
		age_ms=min(int(age / timedelta(milliseconds=1)), 2**31 - 1),
		fresh=data.get("live") is not False and age <= timedelta(seconds=live_seconds),
		payload=_payload(data),
	)


def clean(value: object, length: int) -> str:
	"""Return printable text without angle brackets: it comes from strangers and is shown in browsers."""
	if value is None or isinstance(value, (dict, list)):
		return ""
	text = "".join(c for c in str(value) if c.isprintable() and c not in "<>")
	return text.encode("utf-8", "ignore").decode().strip()[:length]


def parse_time(value: object) -> datetime | None:
	"""Return an ISO 8601 time with zone as UTC; None if it is not one."""
	if not isinstance(value, str):
		return None
	try:
		time = datetime.fromisoformat(value.replace("Z", "+00:00"))
		return time.astimezone(timezone.utc) if time.tzinfo else None
	except (ValueError, OverflowError):
		return None


def _identifier(data: dict, key: str) -> str:
	value = data.get(key)
	if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
		raise EventRejected(
			_("{0} must be 1 to 64 letters, digits, dots, colons, hyphens or underscores.").format(key)
		)
	return value


def _call_uuid(data: dict, kind: str) -> str | None:
	if kind in DEVICE_KINDS or (kind == "dial_failed" and data.get("call_uuid") is None):
		return None
	return _identifier(data, "call_uuid")


def _line(data: dict) -> str:
	line = data.get("line")
	line = str(line) if isinstance(line, int) and not isinstance(line, bool) else line
	if not isinstance(line, str) or not clean(line, 33) or len(line) > 32:
		raise EventRejected(_("line must be a text of 1 to 32 characters."))
	return clean(line, 32)


def _count(data: dict, key: str, most: int) -> int:
	value = data.get(key)
	if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
		raise EventRejected(_("{0} must be a whole number from 0 to {1}.").format(key, most))
	return value


def _optional_count(data: dict, key: str) -> int | None:
	value = _number(data.get(key))
	return None if value is None or not 0 <= value < 2**31 else int(value)


def _number(value: object) -> float | None:
	if isinstance(value, bool) or not isinstance(value, (int, float)):
		return None
	return value if isinstance(value, int) or math.isfinite(value) else None


def _is_text(data: dict, key: str) -> bool:
	return data.get(key) is None or isinstance(data.get(key), str)


def _presentation(data: dict) -> str:
	value = data.get("presentation")
	return value if isinstance(value, str) and value in PRESENTATIONS else "allowed"


def _age(data: dict, received_at: datetime, skew: timedelta) -> timedelta:
	"""How long ago it happened: by the bridge's steady clock, else by its corrected wall clock."""
	age = None
	milliseconds = _number(data.get("age_ms"))
	if milliseconds is not None:
		age = timedelta(milliseconds=max(0, min(milliseconds, MAX_AGE / timedelta(milliseconds=1))))
	elif occurred_at := parse_time(data.get("occurred_at")):
		age = datetime.now(timezone.utc) + skew - occurred_at
	return min(max(age or timedelta(), timedelta()), MAX_AGE)


def _payload(data: dict) -> str:
	"""The event as it came, for the record; what the device sent word by word goes first if it is too long."""
	text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str)
	if len(text) > MAX_PAYLOAD:
		text = json.dumps({k: v for k, v in data.items() if k != "raw"}, ensure_ascii=False, sort_keys=True)
	return text.encode("utf-8", "replace").decode()[:MAX_PAYLOAD]


def _shown(value: object) -> str:
	return frappe.bold(clean(value, 40) or "?") if isinstance(value, str) else _("(none)")
