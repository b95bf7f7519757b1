"""What the bridge tells a site: signals from adapters, made into events with an identity of their own."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field

from aftersales_bridge import clock

SCHEMA = 1

# An event that reaches the site later than this is history: it is filed, but nobody's screen pops up.
LIVE_MS = 60_000


@dataclass(frozen=True)
class Signal:
	"""Something an adapter has seen: a step of a call, or its device coming and going (``call_uuid`` None)."""

	kind: str
	line: str
	call_uuid: str | None = None
	seq: int = 1
	direction: str = "unknown"
	number_raw: str | None = None
	presentation: str = "unavailable"
	name_raw: str | None = None
	ring_count: int | None = None
	duration_s: int | None = None
	cause: str | None = None
	device_time_raw: str | None = None
	raw: tuple[str, ...] = ()
	#: the phone that rings or has answered
	extension: str | None = None
	#: the number that was dialled
	did: str | None = None
	#: file name, path or address of a recording, as the source says it
	recording: str | None = None
	#: the source's own id of the call
	source_call_id: str | None = None
	#: the Dial Request this answers
	dial_request: str | None = None
	#: UTC milliseconds since 1970, from sources that tell of the past; else the moment of ``Event.stamp``
	occurred_at: int | None = None
	#: told after the fact: filed, but never popping up
	history: bool = False


#: fields that the site gets only when they say something
OPTIONAL = ("extension", "did", "recording", "source_call_id", "dial_request")


@dataclass(frozen=True)
class Event:
	"""A signal with identity and time, as it lies in the queue."""

	event_id: str
	line: str
	call_uuid: str | None
	kind: str
	body: str
	wall_ms: int
	mono_ms: int
	boot_id: str = field(default=clock.BOOT_ID)

	@classmethod
	def stamp(cls, signal: Signal, bridge_id: str, source_id: str, adapter: str) -> Event:
		"""Give ``signal`` its time and its idempotency key.

		The key is the SHA-256 of bridge, device, call, kind and sequence number, so that a repeat of the same
		step can be recognised anywhere. Device events have no call; a random id takes its place.
		"""
		call = signal.call_uuid or f"device:{uuid.uuid4()}"
		key = "|".join((bridge_id, source_id, call, signal.kind, str(signal.seq)))
		present = clock.wall_ms()
		# A device whose clock runs ahead must not make an event of the future.
		wall_ms = min(signal.occurred_at, present) if signal.occurred_at is not None else present
		event_id = hashlib.sha256(key.encode()).hexdigest()
		body = {
			"schema": SCHEMA,
			"event_id": event_id,
			"call_uuid": signal.call_uuid,
			"seq": signal.seq,
			"kind": signal.kind,
			"line": signal.line,
			"source_id": source_id,
			"adapter": adapter,
			"direction": signal.direction,
			"number_raw": signal.number_raw,
			"presentation": signal.presentation,
			"name_raw": signal.name_raw,
			"ring_count": signal.ring_count,
			"duration_s": signal.duration_s,
			"cause": signal.cause,
			"device_time_raw": signal.device_time_raw,
			"occurred_at": clock.iso(wall_ms),
			"boot_id": clock.BOOT_ID,
			"raw": list(signal.raw),
		}
		body.update({key: value for key in OPTIONAL if (value := getattr(signal, key)) is not None})
		if signal.history:
			body["live"] = False
		return cls(
			event_id=event_id,
			line=signal.line,
			call_uuid=signal.call_uuid,
			kind=signal.kind,
			body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
			wall_ms=wall_ms,
			mono_ms=int(clock.mono() * 1000) - (present - wall_ms),
		)

	def age_ms(self) -> int:
		"""Milliseconds since it happened."""
		return clock.age_ms(self.wall_ms, self.mono_ms, self.boot_id)

	def is_live(self) -> bool:
		"""Whether it is young enough to pop up."""
		return self.age_ms() <= LIVE_MS and json.loads(self.body).get("live", True)

	def wire(self) -> dict:
		"""The event as the site gets it now: the stored body with its present age."""
		age = self.age_ms()
		body = json.loads(self.body)
		return {**body, "age_ms": age, "live": age <= LIVE_MS and body.get("live", True)}
