"""Calls of sources that name them and know when one is answered and over: telephone systems, SIP, smart boxes."""

from __future__ import annotations

import uuid
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from aftersales_bridge import clock
from aftersales_bridge.calls import MAX_RAW_LINES, RESUME_S, read_name, read_number
from aftersales_bridge.events import Signal

MAX_OPEN = 500
MAX_OVER = 500
# A telephone system has many lines, but beyond this it floods.
MAX_CALLS_PER_MINUTE = 600
# A call that nobody mentions any more is over: its end was missed.
RING_LIMIT_S = 300.0
TALK_LIMIT_S = 12 * 3600.0
# What a call is remembered for after its end, so that late news (a recording) finds it.
OVER_S = 3600.0


@dataclass(frozen=True)
class Facts:
	"""What the source says of a call at one moment; None where it says nothing.

	``number`` is text as the source has it: words such as ``PRIVATE`` become a presentation.
	"""

	line: str | None = None
	direction: str | None = None
	number: str | None = None
	presentation: str | None = None
	name: str | None = None
	extension: str | None = None
	did: str | None = None
	ring_count: int | None = None
	device_time: str | None = None
	dial_request: str | None = None
	occurred_at: int | None = None
	history: bool = False


NOTHING = Facts()


@dataclass
class _Call:
	key: str
	uuid: str
	line: str
	direction: str = "in"
	seq: int = 0
	number: str | None = None
	presentation: str | None = None
	name: str | None = None
	extension: str | None = None
	did: str | None = None
	ring_count: int | None = None
	device_time: str | None = None
	dial_request: str | None = None
	answered_ms: int | None = None
	answered_at: float = 0.0
	#: told as ``ring_end``: whether somebody spoke may still turn out
	uncertain: bool = False
	deadline: float = 0.0
	raw: list[str] = field(default_factory=list)


class KnownCalls:
	"""The open calls of one device, by the source's own call ids.

	Every method takes the source's ``key`` of the call and the monotonic time ``now``, and returns the signals that
	follow, often none: what is told twice, or after the end, tells nothing. ``stable`` derives a call's id from its
	key, so that a source which tells the same calls again (a log after each connection) makes no new ones.
	``reuse`` is for sources without ids of their own, which give the line as the key: after the end the same key is
	the next call. They exclude each other. Keys that begin with # are the adapter's own and go to nobody.
	"""

	def __init__(
		self,
		stable: bool = False,
		reuse: bool = False,
		ring_limit: float = RING_LIMIT_S,
		talk_limit: float = TALK_LIMIT_S,
	) -> None:
		self.namespace = ""
		self.suppressed = 0
		self._stable = stable
		self._reuse = reuse
		self._limits = (ring_limit, talk_limit)
		self._calls: OrderedDict[str, _Call] = OrderedDict()
		self._over: OrderedDict[str, _Call] = OrderedDict()
		self._opened: deque[float] = deque(maxlen=MAX_CALLS_PER_MINUTE)
		self._surplus: list[Signal] = []

	@property
	def ringing(self) -> bool:
		"""Whether any call is open."""
		return bool(self._calls)

	def is_open(self, key: str) -> bool:
		return key in self._calls

	def open_keys(self, line: str | None = None) -> list[str]:
		"""The keys of the open calls, oldest first; of one line only when it is given."""
		return [key for key, call in self._calls.items() if line is None or call.line == line]

	def is_answered(self, key: str) -> bool:
		call = self._calls.get(key)
		return call is not None and call.answered_ms is not None

	def uuid_of(self, key: str) -> str | None:
		"""The bridge's id of an open call, or of one that ended lately."""
		call = self._calls.get(key) or self._over.get(key)
		return call.uuid if call else None

	def ringing_now(self, key: str, now: float, facts: Facts, raw: Iterable[str] = ()) -> list[Signal]:
		"""A call rings (or is dialled, direction ``out``), or more is known of it.

		``ringing`` for a new call, which needs ``facts.line``; ``caller_id`` when something new is known; else nothing.
		"""
		known = self._calls.get(key)
		call = known or self._open(key, now, facts)
		if call is None:
			return self._take_surplus()
		changed = self._learn(call, facts, raw)
		call.deadline = now + self._limits[call.answered_ms is not None]
		if known is None:
			return [*self._take_surplus(), self._emit(call, "ringing", facts)]
		return [self._emit(call, "caller_id", facts)] if changed else []

	def answered(self, key: str, now: float, facts: Facts = NOTHING, raw: Iterable[str] = ()) -> list[Signal]:
		"""Somebody speaks; told again only when another extension has taken the call over."""
		call = self._calls.get(key) or self._open(key, now, facts)
		if call is None:
			return self._take_surplus()
		former = call.extension
		self._learn(call, facts, raw)
		call.deadline = now + self._limits[1]
		if call.answered_ms is not None and (facts.extension is None or facts.extension == former):
			return []
		if call.answered_ms is None:
			call.answered_ms = _moment(facts)
			call.answered_at = now
		return [*self._take_surplus(), self._emit(call, "answered", facts)]

	def ended(
		self,
		key: str,
		now: float,
		facts: Facts = NOTHING,
		*,
		cause: str | None = None,
		duration_s: int | None = None,
		certain: bool = True,
		raw: Iterable[str] = (),
	) -> list[Signal]:
		"""The call is over.

		``missed`` for an incoming call nobody answered, ``ended`` otherwise, with the seconds since the answer unless
		the source gives ``duration_s``. ``certain=False`` for a source that cannot tell who ended the ringing:
		``ring_end``. A call never heard of before, as in a log written at its end, needs ``facts.line``;
		``duration_s`` then says that it was answered. So it does of a call whose ringing ended and nobody knew why.
		"""
		late = None if self._reuse else self._over.get(key)
		if late is not None and late.uncertain and duration_s:
			self._learn(late, facts, raw)
			late.uncertain = False
			return [self._emit(late, "ended", facts, cause=cause, duration_s=duration_s)]
		call = self._calls.get(key) or self._open(key, now, facts)
		if call is None:
			return self._take_surplus()
		self._learn(call, facts, raw)
		spoke = call.answered_ms is not None or bool(duration_s)
		if duration_s is None and call.answered_ms is not None:
			# The steady clock, unless the source has times of its own.
			past = facts.occurred_at - call.answered_ms if facts.occurred_at is not None else None
			duration_s = max(0, int(past / 1000 if past is not None else now - call.answered_at))
		if not spoke and not certain:
			kind = "ring_end"
		else:
			kind = "ended" if spoke or call.direction == "out" else "missed"
		return [*self._take_surplus(), *self._close(call, now, kind, cause, duration_s, facts)]

	def recording(
		self, key: str, now: float, reference: str, seconds: int | None = None, facts: Facts = NOTHING
	) -> list[Signal]:
		"""The source has a recording of the call (open or ended lately) under ``reference``."""
		call = self._calls.get(key) or self._over.get(key)
		if call is None:
			return []
		return [self._emit(call, "recording", facts, duration_s=seconds, recording=reference[:500])]

	def only(self, keys: Iterable[str], now: float) -> list[Signal]:
		"""After a new connection the source has listed its calls: all others ended unseen."""
		alive = set(keys)
		signals = []
		for call in [call for key, call in self._calls.items() if key not in alive]:
			signals += self._lost(call, now, "device_lost")
		return signals

	def take_suppressed(self) -> int:
		"""How many calls were refused since the last time because they came too close together."""
		count, self.suppressed = self.suppressed, 0
		return count

	def tick(self, now: float) -> list[Signal]:
		"""Close the calls that nobody has mentioned for too long."""
		while self._over and next(iter(self._over.values())).deadline <= now:
			self._over.popitem(last=False)
		signals = self._take_surplus()
		for call in [call for call in self._calls.values() if call.deadline <= now]:
			signals += self._lost(call, now, "silence")
		return signals

	def suspend(self, now: float) -> None:
		"""The device is lost: a ringing call may end unheard, a conversation goes on."""
		for call in self._calls.values():
			if call.answered_ms is None:
				call.deadline = min(call.deadline, now + RESUME_S)

	def resume(self, now: float) -> None:
		"""The device is back; a call that rings on must show it within RESUME_S."""

	def snapshot(self) -> dict | None:
		"""The open calls, to be kept on disk; None when there are none."""
		if not self._calls:
			return None
		return {
			"calls": [
				{**asdict(call), "raw": [], "deadline": 0.0, "answered_at": 0.0}
				for call in self._calls.values()
			]
		}

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		"""Take up the calls that were open ``gap`` seconds ago; those that rang too long ago are over."""
		signals = []
		for body in saved["calls"]:
			call = _Call(**body)
			self._calls[call.key] = call
			spoke = call.answered_ms is not None
			if spoke:
				call.answered_at = now - max(0, clock.wall_ms() - call.answered_ms) / 1000
			call.deadline = now + (self._limits[1] if spoke else RESUME_S)
			if gap > RESUME_S and not spoke:
				signals += self._lost(call, now, "bridge_restarted")
		return signals

	def _open(self, key: str, now: float, facts: Facts) -> _Call | None:
		if facts.line is None or (key in self._over and not self._reuse):
			return None
		if len(self._opened) == self._opened.maxlen and now - self._opened[0] < 60:
			self.suppressed += 1
			return None
		self._opened.append(now)
		if len(self._calls) >= MAX_OPEN:
			self._surplus += self._lost(next(iter(self._calls.values())), now, "too_many_calls")
		name = str(
			uuid.uuid5(uuid.NAMESPACE_OID, f"{self.namespace}|{key}") if self._stable else uuid.uuid4()
		)
		self._calls[key] = call = _Call(key=key, uuid=name, line=facts.line)
		return call

	@staticmethod
	def _learn(call: _Call, facts: Facts, raw: Iterable[str]) -> bool:
		"""Take over what is new in ``facts``; whether anybody should be told."""
		call.raw += [str(line)[:500] for line in raw][: MAX_RAW_LINES - len(call.raw)]
		call.direction = facts.direction or call.direction
		call.ring_count = facts.ring_count if facts.ring_count is not None else call.ring_count
		call.device_time = (facts.device_time or "")[:40] or call.device_time
		call.dial_request = facts.dial_request or call.dial_request
		before = (call.number, call.presentation, call.name, call.extension, call.did)
		reading = read_number(facts.number) if facts.number else None
		if reading and (reading[0] or call.number is None):
			call.number, call.presentation = reading
		if facts.presentation and call.number is None:
			call.presentation = facts.presentation
		call.name = (read_name(facts.name) if facts.name else None) or call.name
		call.extension = (facts.extension or "")[:32] or call.extension
		call.did = (facts.did or "")[:64] or call.did
		return before != (call.number, call.presentation, call.name, call.extension, call.did)

	def _lost(self, call: _Call, now: float, cause: str) -> list[Signal]:
		"""The end of a call whose end nobody saw."""
		kind = "ended" if call.answered_ms is not None or call.direction == "out" else "ring_end"
		return self._close(call, now, kind, cause, None, NOTHING)

	def _close(
		self, call: _Call, now: float, kind: str, cause: str | None, duration_s: int | None, facts: Facts
	) -> list[Signal]:
		self._calls.pop(call.key, None)
		call.deadline = now + OVER_S
		call.uncertain = kind == "ring_end"
		self._over[call.key] = call
		if len(self._over) > MAX_OVER:
			self._over.popitem(last=False)
		return [self._emit(call, kind, facts, cause=cause, duration_s=duration_s)]

	def _take_surplus(self) -> list[Signal]:
		signals, self._surplus = self._surplus, []
		return signals

	def _emit(
		self,
		call: _Call,
		kind: str,
		facts: Facts,
		*,
		cause: str | None = None,
		duration_s: int | None = None,
		recording: str | None = None,
	) -> Signal:
		call.seq += 1
		raw, call.raw = tuple(call.raw), []
		return Signal(
			kind=kind,
			line=call.line,
			call_uuid=call.uuid,
			seq=call.seq,
			direction=call.direction,
			number_raw=call.number,
			presentation="allowed" if call.number else call.presentation or "unavailable",
			name_raw=call.name,
			ring_count=call.ring_count,
			duration_s=duration_s,
			cause=cause[:140] if cause else None,
			device_time_raw=call.device_time,
			raw=raw,
			extension=call.extension,
			did=call.did,
			recording=recording,
			source_call_id=None if self._reuse or call.key.startswith("#") else call.key[:140],
			dial_request=call.dial_request,
			occurred_at=facts.occurred_at,
			history=facts.history,
		)


def _moment(facts: Facts) -> int:
	return facts.occurred_at if facts.occurred_at is not None else clock.wall_ms()
