"""Two weeks of calls, for the call log and its reports: in and out, answered and missed, some recorded, some called back."""

import hashlib
import io
import math
import random
import struct
import wave
from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import now_datetime

from aftersales.demo.telephony import BRIDGE, SOURCE_LINE
from aftersales.telephony import bridge_status, ingest, recordings

DAYS = 14
SECOND_LINE = "2"
EXTENSIONS = ("8001", "8002")
UNKNOWN = ("13941100021", "13804110032", "041182345678", "02488990011", "13911112222")
# How a call goes: (weight, direction, answered, ended). A plain modem reports neither.
WAYS = (
	(10, "in", True, True),
	(3, "in", False, True),
	(2, "in", False, False),
	(4, "out", True, True),
	(1, "out", False, True),
)
RECORDED = 4
NOTES = (7, 1, 30, 90)


def load() -> None:
	"""Make the calls, recordings and the state of the bridge that are missing; see aftersales.demo.load."""
	lines = {"bridge": BRIDGE, "source_line": ("in", (SOURCE_LINE, SECOND_LINE)), "can_dial": 0}
	frappe.db.set_value("Phone Line", lines, "can_dial", 1)
	chance = random.Random(20)
	numbers = frappe.get_all(
		"Service Customer", {"phone": ("is", "set")}, pluck="phone", order_by="name asc", limit=25
	)
	calls = [call for day in range(DAYS, -1, -1) for call in calls_of(day, chance, [*numbers, *UNKNOWN])]
	calls = [call for call in calls if not frappe.db.exists("Service Call", call["id"])]
	for call in calls:
		store(call)
	talks = [call for call in calls if call["talk"]]
	for call in talks[-RECORDED:]:
		record(call)
	tell_state()


def calls_of(days_ago: int, chance: random.Random, numbers: list[str]) -> list[dict]:
	"""Return the calls of a day, most of them in the forenoon; none at weekends and none of the future."""
	now = now_datetime()
	day = (now - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0, microsecond=0)
	calls = []
	for index in range(7):
		hour = chance.choice((8, 9, 9, 10, 10, 11, 13, 14, 15, 16))
		began = day + timedelta(hours=hour, minutes=chance.randrange(60), seconds=chance.randrange(60))
		_weight, direction, answered, ended = chance.choices(WAYS, [way[0] for way in WAYS])[0]
		calls.append(
			{
				"id": f"demo-log-{days_ago:02d}-{index}",
				"number": chance.choice(numbers),
				"line": chance.choice((SOURCE_LINE, SOURCE_LINE, SECOND_LINE)),
				"began": began,
				"direction": direction,
				"talk": chance.randrange(20, 480) if answered else 0,
				"rings": chance.randrange(3, 25),
				"ended": ended,
				"extension": chance.choice(EXTENSIONS) if answered or direction == "out" else None,
			}
		)
	late = now - timedelta(minutes=15)
	return sorted(
		(call for call in calls if call["began"] < late and day.weekday() < 5), key=lambda call: call["began"]
	)


def store(call: dict) -> None:
	"""Store a call as a bridge reports one that it could not deliver earlier."""
	steps = [("ringing", 0), ("caller_id", 1)]
	if call["talk"]:
		steps += [("answered", call["rings"]), ("ended", call["rings"] + call["talk"])]
	else:
		steps.append(("missed" if call["ended"] else "ring_end", call["rings"]))
	events = [
		{
			"schema": 1,
			"event_id": f"{call['id']}-{seq}",
			"call_uuid": call["id"],
			"seq": seq,
			"kind": kind,
			"line": call["line"],
			"direction": call["direction"],
			"number_raw": call["number"] if kind == "caller_id" else None,
			"duration_s": call["talk"] if kind == "ended" else None,
			"extension": call["extension"],
			"age_ms": int((now_datetime() - call["began"]).total_seconds() * 1000) - after * 1000,
			"live": False,
		}
		for seq, (kind, after) in enumerate(steps, start=1)
	]
	for answer in ingest.store_batch(BRIDGE, events, None):
		if answer["status"] == "rejected":
			frappe.throw(f"{call['id']}: {answer['reason']}")


def record(call: dict) -> None:
	"""Give a call a recording: some notes instead of voices."""
	content = melody(call["talk"])
	recordings.store(BRIDGE, call["id"], hashlib.sha256(content).hexdigest(), content, 2)


def melody(seed: int, seconds: float = 2.0, rate: int = 8000) -> bytes:
	"""Return a small WAV file as telephones record: one channel, 8,000 samples a second."""
	pitches = [330 * 2 ** ((seed * step % 12) / 12) for step in NOTES]
	length = int(seconds * rate)
	samples = (int(8000 * math.sin(2 * math.pi * pitches[4 * i // length] * i / rate)) for i in range(length))
	file = io.BytesIO()
	with wave.open(file, "wb") as sound:
		sound.setnchannels(1)
		sound.setsampwidth(2)
		sound.setframerate(rate)
		sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
	return file.getvalue()


def tell_state() -> None:
	"""Let the demo's bridge look as after its first heartbeat, unless it has sent one itself."""
	if frappe.db.get_value("Caller ID Bridge", BRIDGE, "last_heartbeat"):
		return
	since = datetime.now(timezone.utc) - timedelta(days=2)
	bridge_status.heartbeat(
		BRIDGE,
		{
			"version": "demo",
			"host": "front-desk",
			"started_at": since.isoformat(),
			"queue": {"queued": 0, "dead": 0, "oldest_age_s": 0, "free_bytes": 20 * 1024**3},
			"devices": [
				{
					"id": "modem",
					"adapter": "hayes",
					"lines": ["1", "2"],
					"state": "up",
					"since": since.isoformat(),
				}
			],
		},
	)
