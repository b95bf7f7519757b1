"""From what devices say to calls.

``RingTracker`` has the rules of a line that can only ring and show a number, ``RingTrackers`` those of several such
lines; ``KnownCalls`` is for sources that know their calls by name, and when one is answered or over. All three have
``tick``, ``suspend``, ``resume``, ``snapshot``, ``restore`` and ``take_suppressed``.
"""

from __future__ import annotations

import re
import uuid
from collections import deque
from dataclasses import asdict, dataclass, field

from aftersales_bridge.events import Signal

# Rings this close together are one ring told twice (``RING`` and a <DLE>R event, for instance).
SAME_RING_S = 1.0
# Caller ID that comes before the first ring waits this long for it.
PRE_RING_S = 10.0
# A call outlives a pulled plug or a restarted bridge by this much, so that its next ring is not a second call.
RESUME_S = 30.0
# No line rings more often; beyond it is a broken device and must not fill the queue.
MAX_CALLS_PER_MINUTE = 120
MAX_RAW_LINES = 20

RESTRICTED = {"P", "A", "PRIVATE", "RESTRICTED", "WITHHELD", "ANONYMOUS", "PRIVDIROFF", "BLOCKED"}
UNAVAILABLE = {"O", "S", "C", "I", "UNAVAILABLE", "OUT-OF-AREA", "OUT OF AREA", "UNKNOWN", "NO NUMBER"}
NO_NAME = RESTRICTED | UNAVAILABLE | {"NO NAME"}

_NUMBER = re.compile(r"\+?[0-9*#(). xX/-]{1,40}")
_HAS_DIGIT = re.compile(r"[0-9]")


def read_number(value: str) -> tuple[str | None, str] | None:
	"""Number and presentation of a caller-ID value.

	Returns ``(number, "allowed")``, ``(None, "restricted")`` when the caller withheld it, ``(None, "unavailable")``
	when the network has none, or None when the text is neither (noise, or an empty field).
	"""
	text = value.strip().strip('"').strip()
	word = text.upper()
	if word in RESTRICTED:
		return None, "restricted"
	if word in UNAVAILABLE or re.fullmatch(r"0{7,}", word):
		return None, "unavailable"
	if _NUMBER.fullmatch(text) and _HAS_DIGIT.search(text):
		return text, "allowed"
	return None


def read_name(value: str) -> str | None:
	"""The caller's name, at most 80 characters; None when the field says there is none."""
	text = value.strip().strip('"').strip()
	return None if text.upper() in NO_NAME else text[:80] or None


@dataclass
class _Call:
	uuid: str
	deadline: float
	seq: int = 0
	number: str | None = None
	presentation: str | None = None
	name: str | None = None
	device_time: str | None = None
	rings: int = 0
	rings_since_number: int = 0
	last_ring: float | None = None
	raw: list[str] = field(default_factory=list)


class RingTracker:
	"""Turns the rings and caller-ID fields of one line into calls.

	Times are seconds of the monotonic clock, given by the caller. Every method returns the signals that follow,
	often none. A plain line cannot tell whether a call was answered: the only end it knows is silence, and silence is
	what ``tick`` has seen. What is read late, after this process was kept waiting, had perhaps arrived in time.
	"""

	def __init__(self, line: str, ring_timeout: float = 8.0, pre_ring: float = PRE_RING_S) -> None:
		self.line = line
		self.ring_timeout = ring_timeout
		self._pre_ring = pre_ring
		self.suppressed = 0
		self._call: _Call | None = None
		self._report: dict[str, str] = {}
		self._opened: deque[float] = deque(maxlen=MAX_CALLS_PER_MINUTE)
		self._suspended = False

	@property
	def ringing(self) -> bool:
		return self._call is not None

	def ring(self, now: float, raw: str = "RING") -> list[Signal]:
		"""The bell has rung."""
		call = self._call or self._open(now)
		if call is None:
			return []
		self._note(raw)
		call.deadline = now + self.ring_timeout
		if call.last_ring is not None and now - call.last_ring < SAME_RING_S:
			return []
		call.rings += 1
		call.rings_since_number += 1
		call.last_ring = now
		self._take_device_time(call)
		late_name = self._report.get("NAME") if call.name is None else None
		if late_name:
			call.name = late_name
		self._report.clear()
		if call.seq == 0:
			return [self._emit("ringing")]
		return [self._emit("caller_id")] if late_name else []

	def date_or_time(self, label: str, value: str, now: float, raw: str) -> list[Signal]:
		"""The exchange's date (``label`` DATE, MMDD) or time (TIME, HHMM) of the call."""
		call = self._call or self._open(now, self._pre_ring)
		if call is not None:
			self._note(raw)
			if value:
				self._report.setdefault(label, value[:20])
			if call.rings_since_number == 0 or call.presentation is None:
				self._take_device_time(call)
		return []

	def number(self, value: str, now: float, raw: str) -> list[Signal] | None:
		"""The calling number; None when ``value`` is no number and no known word for its absence."""
		reading = read_number(value)
		if reading is None:
			return None if value.strip() else []
		number, presentation = reading
		ended: list[Signal] = []
		call = self._call
		if call is not None and self._is_next_call(call, number, presentation):
			ended = self._end("next_call")
			call = None
		call = call or self._open(now, self._pre_ring)
		if call is None:
			return ended
		self._note(raw)
		if call.presentation is not None and not (call.presentation == "unavailable" and number):
			return []
		call.number, call.presentation = number, presentation
		call.rings_since_number = 0
		call.name = call.name or self._report.get("NAME")
		self._take_device_time(call)
		# Somebody waits for the new call; nobody for the end of the former.
		return [self._emit("caller_id" if call.seq else "ringing"), *ended]

	def name(self, value: str, now: float, raw: str) -> list[Signal]:
		"""The calling name. It never opens the pop-up by itself: many networks send none."""
		name = read_name(value)
		call = self._call or self._open(now, self._pre_ring)
		if call is None:
			return []
		self._note(raw)
		if name is None or call.name is not None:
			return []
		if call.presentation is None or call.rings_since_number:
			# Whose name this is shows when the number of the same report comes, or the next ring without one.
			self._report.setdefault("NAME", name)
			return []
		call.name = name
		return [self._emit("caller_id")]

	def note(self, raw: str) -> None:
		"""Keep a line that says nothing we use beside the open call's next event."""
		if self._call is not None:
			self._note(raw)

	def hung_up(self, cause: str) -> list[Signal]:
		"""The device itself says that the caller has gone."""
		return self._end(cause)

	def take_suppressed(self) -> int:
		"""How many calls were refused since the last time because they came too close together."""
		count, self.suppressed = self.suppressed, 0
		return count

	def tick(self, now: float) -> list[Signal]:
		"""Close the call when it has been silent for too long."""
		call = self._call
		if call is None or now < call.deadline:
			return []
		if self._suspended:
			return self._end("device_lost")
		return self._end("silence" if call.rings else "no_ring")

	def suspend(self, now: float) -> None:
		"""The device is lost; its call may go on ringing unheard."""
		self._suspended = True
		self._report.clear()
		if self._call is not None:
			self._call.deadline = max(self._call.deadline, now + RESUME_S)

	def resume(self, now: float) -> None:
		"""The device is back: a call that still rings has one ring time-out to show it."""
		self._suspended = False
		if self._call is not None:
			self._call.deadline = now + self.ring_timeout

	def snapshot(self) -> dict | None:
		"""The open call, to be kept on disk; None when there is none that anybody was told of."""
		if self._call is None or self._call.seq == 0:
			return None
		return {**asdict(self._call), "raw": [], "last_ring": None, "deadline": 0.0}

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		"""Take up the call that was open ``gap`` seconds ago, or end it when that is too long ago."""
		self._call = _Call(**saved)
		if gap > RESUME_S:
			return self._end("bridge_restarted")
		self.resume(now)
		return []

	@staticmethod
	def _is_next_call(call: _Call, number: str | None, presentation: str) -> bool:
		"""Whether caller ID belongs to another caller, who was quicker than the time-out.

		Within one call it comes once, or again unchanged. "Unavailable" is no news: some modems print it after the number.
		"""
		if call.rings_since_number == 0 or presentation == "unavailable":
			return False
		known = call.number is not None or call.presentation == "restricted"
		return known and (number, presentation) != (call.number, call.presentation)

	def _open(self, now: float, patience: float | None = None) -> _Call | None:
		if len(self._opened) == self._opened.maxlen and now - self._opened[0] < 60:
			self.suppressed += 1
			return None
		self._opened.append(now)
		self._call = _Call(uuid=str(uuid.uuid4()), deadline=now + (patience or self.ring_timeout))
		return self._call

	def _note(self, raw: str) -> None:
		if self._call is not None and len(self._call.raw) < MAX_RAW_LINES:
			self._call.raw.append(raw)

	def _take_device_time(self, call: _Call) -> None:
		parts = [self._report[label] for label in ("DATE", "TIME") if label in self._report]
		if parts and (call.device_time is None or len(parts) == 2):
			call.device_time = " ".join(parts)

	def _emit(self, kind: str, cause: str | None = None) -> Signal:
		call = self._call
		call.seq += 1
		raw, call.raw = tuple(call.raw), []
		return Signal(
			kind=kind,
			line=self.line,
			call_uuid=call.uuid,
			seq=call.seq,
			direction="in",
			number_raw=call.number,
			presentation=call.presentation or "unavailable",
			name_raw=call.name,
			ring_count=call.rings,
			cause=cause,
			device_time_raw=call.device_time,
			raw=raw,
		)

	def _end(self, cause: str) -> list[Signal]:
		if self._call is None:
			return []
		# A call that was only a date and never rang has told nobody anything; it goes as quietly.
		signals = [self._emit("ring_end", cause)] if self._call.seq else []
		self._call = None
		if cause != "next_call":
			self._report.clear()
		return signals


class RingTrackers:
	"""One RingTracker for each line of a device with several, made when the line is first heard of."""

	def __init__(self, ring_timeout: float = 8.0, pre_ring: float = PRE_RING_S) -> None:
		self._settings = (ring_timeout, pre_ring)
		self._trackers: dict[str, RingTracker] = {}

	def __getitem__(self, line: str) -> RingTracker:
		if line not in self._trackers:
			self._trackers[line] = RingTracker(line, *self._settings)
		return self._trackers[line]

	@property
	def ringing(self) -> bool:
		return any(tracker.ringing for tracker in self._trackers.values())

	def take_suppressed(self) -> int:
		"""See RingTracker.take_suppressed."""
		return sum(tracker.take_suppressed() for tracker in self._trackers.values())

	def tick(self, now: float) -> list[Signal]:
		"""Close the calls that have been silent for too long."""
		return [signal for tracker in self._trackers.values() for signal in tracker.tick(now)]

	def suspend(self, now: float) -> None:
		"""The device is lost, and with it every line."""
		for tracker in self._trackers.values():
			tracker.suspend(now)

	def resume(self, now: float) -> None:
		"""The device is back."""
		for tracker in self._trackers.values():
			tracker.resume(now)

	def snapshot(self) -> dict | None:
		"""The open calls by line; None when there are none."""
		found = {line: saved for line, tracker in self._trackers.items() if (saved := tracker.snapshot())}
		return found or None

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		"""Take up the calls that were open ``gap`` seconds ago."""
		return [signal for line, call in saved.items() for signal in self[line].restore(call, gap, now)]
