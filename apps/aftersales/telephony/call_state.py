"""How a call's state follows from the reports about it, without a database.

What a source knows decides what is claimed:

- a plain modem or caller-ID box sees rings and their end, never whether somebody lifted a handset. After its
  `ring_end` a call is Unknown, until an agent takes it or a ticket tells.
- a PBX or a box that watches the line reports `answered`, `ended` and `missed`; these are believed.
- an agent who takes a call in the Desk makes it Answered, whatever the device knows.
- a `recording` says that the call was recorded and nothing about how it went.
- an outgoing call that nobody answered, or that could not be dialled, is Missed.

Reports may come late, twice or in the wrong order: the sequence number of the newest one counts for the state, an
older one only fills in what is still missing.
"""

from datetime import datetime

from aftersales.telephony.events import Event

OPEN = ("Ringing", "Answered")
OVER = ("Ended", "Missed", "Unknown")
# What an event may say beside the state -> field of the call. The newest word counts, an older one fills a gap.
TOLD = {
	"cause": "cause",
	"name_raw": "name_raw",
	"extension": "agent_extension",
	"did": "did",
	"source_call_id": "source_call_id",
	"dial_request": "dial_request",
	"recording": "recording_reference",
}


def changes(call: dict, event: Event) -> dict:
	"""Return the fields of a call that an event changes; the caller's number is not among them.

	:param call: fields of the stored call, or of `new_call`.
	:param event: a checked event of this call.
	"""
	newer = event.seq > call["last_seq"]
	new = {}
	if newer:
		new["last_seq"] = event.seq
		new["state"] = _state(call["state"], event)
		if event.kind in ("ended", "missed", "dial_failed"):
			new["ended_at"] = event.happened_at
	if event.kind == "answered" and not call["answered_at"]:
		new["answered_at"] = event.happened_at
	if event.happened_at < call["started_at"]:
		new["started_at"] = event.happened_at
	if event.ring_count > (call["ring_count"] or 0):
		new["ring_count"] = event.ring_count
	for said, field in TOLD.items():
		value = getattr(event, said)
		if value and (newer or not call[field]):
			new[field] = value
	if event.kind == "recording":
		return _changed(call, {**new, **_recorded(call, event)})
	duration = _duration({**call, **new}, event)
	if duration is not None:
		new["duration"] = duration
	return _changed(call, new)


def new_call(event: Event) -> dict:
	"""Return the fields of a call of which an event is the first report to arrive."""
	live = event.fresh and event.kind != "recording"
	return {
		"call_uuid": event.call_uuid,
		"source_line": event.line,
		"direction": event.direction,
		"started_at": event.happened_at,
		"state": "Ringing" if live else "Unknown",
		"live": int(live),
		"last_seq": -1,
		"revision": 0,
		"answered_at": None,
		"ended_at": None,
		"duration": 0,
		"ring_count": 0,
		**dict.fromkeys(TOLD.values(), ""),
		"recording_state": "",
		"recording_seconds": 0,
		"number_raw": "",
		"presentation": "",
	}


def ended_at(call: dict, moment: datetime) -> dict:
	"""Return the fields of an answered call that people, not its device, say is over.

	:param call: fields of the stored call.
	:param moment: when it ended.
	"""
	begun = call["answered_at"] or call["started_at"]
	return {
		"state": "Ended",
		"ended_at": moment,
		"duration": max(0, int((moment - begun).total_seconds())),
	}


def shows_number(call: dict, event: Event) -> bool:
	"""Whether the event tells more about the caller's number than is known.

	The first number stays: some devices send "out of area" after it.
	"""
	if call["number_raw"]:
		return False
	return bool(event.number_raw) or (event.presentation != "allowed" and not call["presentation"])


def _state(state: str, event: Event) -> str:
	if event.kind == "answered":
		return state if state in ("Ended", "Missed") else "Answered"
	if event.kind == "ended":
		return "Ended"
	if event.kind == "missed":
		return "Missed"
	if event.kind == "dial_failed":
		return state if state in ("Answered", "Ended") else "Missed"
	if event.kind == "ring_end" and state == "Ringing":
		return "Unknown"
	return state


def _recorded(call: dict, event: Event) -> dict:
	"""A recording that is stored, or that was deleted here, is not announced again."""
	if call["recording_state"]:
		return {}
	return {"recording_state": "Announced", "recording_seconds": event.duration or 0}


def _changed(call: dict, new: dict) -> dict:
	return {field: value for field, value in new.items() if value != call[field]}


def _duration(call: dict, event: Event) -> int | None:
	"""Seconds of talk: as the source counted, else from answer to end."""
	if event.duration is not None:
		return event.duration
	if call["state"] == "Ended" and not call["duration"] and call["answered_at"] and call["ended_at"]:
		return max(0, int((call["ended_at"] - call["answered_at"]).total_seconds()))
	return None
