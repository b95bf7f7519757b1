"""Telephones, gateways and telephone systems that call an address when something happens (Action URL, webhook).

The event is a field or the last word of the address, the other values are fields of the address, a form or JSON. Which
field is what says a preset, and what it does not say the tables ``fields`` and ``events`` of the configuration.
Several telephones that ring for one call report it several times: it stays one call.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.sip_uri import clean_name, clean_number
from aftersales_bridge.adapters.web_presets import DIRECTIONS, EVENT_WORDS, FIELDS, MEANINGS, PRESETS
from aftersales_bridge.adapters.web_request import RequestSplitter, WebRequest
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between, one_of

MAX_GROUPS = 500
# A telephone first says that the call has ended and then that it was missed.
MISSED_FOLLOWS_S = 2.0
# Other telephones may tell of the same call a little after its end.
LATE_S = 10.0

# ``$remote`` or ``{number}`` that the telephone has not filled in.
_UNFILLED = re.compile(r"\$\{?[A-Za-z_-]+\}?|\$\$\w+\$\$|\{[A-Za-z_.-]+\}")


def _check_fields(fields: dict[str, str]) -> str | None:
	for name in fields:
		if name not in FIELDS:
			return f"has {name!r}; known are {', '.join(FIELDS)}"
	return None


def _check_events(events: dict[str, str]) -> str | None:
	for word, meaning in events.items():
		if meaning not in MEANINGS:
			return f"has {word!r} = {meaning!r}; write one of {', '.join(MEANINGS)}"
	return None


@dataclass
class _Group:
	"""A call and the telephones that have reported it."""

	line: str
	number: str | None
	direction: str
	legs: set[str] = field(default_factory=set)
	answered_by: str | None = None
	answered_at: float = -math.inf
	#: the last telephone has said that the call is over; the cause, and when to believe it
	closing: tuple[str, float] | None = None


class WebhookAdapter(Adapter):
	"""Decodes requests by a map of names."""

	name = "webhook"
	title = "telephones and gateways that call a web address"
	ports = ("http",)
	default_port = "http://127.0.0.1:8790/webhook"
	options = {
		"preset": Key(str, "whose names are understood", "generic", one_of(*PRESETS)),
		"fields": Key(
			dict, 'further names of fields, such as { number = "cli,caller.number" }', {}, _check_fields
		),
		"events": Key(dict, 'further events, such as { "CALL_START" = "ringing" }', {}, _check_events),
		"lines": Key(
			dict,
			"from the field line, did or extension to the Line of the Device, where there are several",
			{},
		),
		"ring_timeout_s": Key(float, "when a call that nobody ends has ended", 120.0, between(10, 600)),
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		preset = PRESETS[options["preset"]]
		self.calls = KnownCalls(ring_limit=options["ring_timeout_s"])
		self._sees_all = preset.sees_all
		self._events = {
			**EVENT_WORDS,
			**preset.events,
			**{word.lower(): meaning for word, meaning in options["events"].items()},
		}
		self._fields = dict(preset.fields)
		for name, words in options["fields"].items():
			own = tuple(word.strip() for word in words.split(",") if word.strip())
			self._fields[name] = own + self._fields.get(name, ())
		self._lines: dict[str, str] = options["lines"]
		self._splitter = RequestSplitter()
		self._groups: dict[str, _Group] = {}
		# By line and number: until when news of a call are those of the one that is over.
		self._late: dict[tuple[str, str | None], float] = {}

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode requests; see Adapter.feed."""
		requests, lost = self._splitter.feed(data)
		for what in lost:
			self.bad.add(what)
		return [signal for request in requests for signal in self._request(request, now)]

	def tick(self, now: float) -> list[Signal]:
		"""End what was to be ended; see Adapter.tick."""
		signals: list[Signal] = []
		for key, group in list(self._groups.items()):
			if group.closing is not None and group.closing[1] <= now:
				signals += self._close(key, now, group.closing[0], certain=self._sees_all)
		self._late = {place: until for place, until in self._late.items() if until > now}
		signals += super().tick(now)
		self._groups = {key: group for key, group in self._groups.items() if self.calls.is_open(key)}
		return signals

	def suspend(self, now: float) -> None:
		self._splitter.reset()
		super().suspend(now)

	def snapshot(self) -> dict | None:
		saved = self.calls.snapshot()
		if saved is None:
			return None
		groups = {
			key: [group.line, group.number, group.direction, sorted(group.legs), group.answered_by]
			for key, group in self._groups.items()
			if self.calls.is_open(key)
		}
		return {**saved, "groups": groups}

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		for key, (line, number, direction, legs, answered_by) in saved["groups"].items():
			self._groups[key] = _Group(line, number, direction, set(legs), answered_by)
		return super().restore(saved, gap, now)

	def line_names(self) -> list[str]:
		return list(dict.fromkeys([self.line, *self._lines.values()]))

	def _request(self, request: WebRequest, now: float) -> list[Signal]:
		values = self._values(request)
		word = (values.get("event") or request.last_word).lower()
		meaning = self._events.get(word)
		if meaning is None:
			self.bad.add("unknown events", word)
			return []
		direction = DIRECTIONS.get(values.get("direction", "").lower())
		if meaning == "outgoing" or (meaning == "ringing" and direction == "out"):
			meaning, direction = "outgoing", "out"
		if meaning == "ignore" or (direction == "internal" and meaning == "ringing"):
			return []
		raw = [f"{request.method} /{request.path} " + "&".join(f"{k}={v}" for k, v in request.fields.items())]
		facts = self._facts(values, direction)
		leg = values.get("call_id") or f"#{facts.extension or ''}|{facts.line}"
		handler = {
			"ringing": self._ringing,
			"outgoing": self._ringing,
			"answered": self._answered,
			"recording": self._recorded,
		}.get(meaning)
		if handler is not None:
			return handler(leg, facts, values, now, raw)
		return self._over(leg, meaning, facts, values, now, raw)

	def _values(self, request: WebRequest) -> dict[str, str]:
		values: dict[str, str] = {}
		for name, words in self._fields.items():
			for word in words:
				value = request.fields.get(word, "").strip()
				if value and _UNFILLED.fullmatch(value):
					self.bad.add("fields that the telephone did not fill in", f"{word}={value}")
				elif value:
					values[name] = value
					break
		if request.files:
			values.setdefault("recording", request.files[0])
		return values

	def _facts(self, values: dict[str, str], direction: str | None) -> Facts:
		outbound = direction == "out"
		# On an outgoing call some name the one who dials as the caller.
		dialled = values.get("dialled") if outbound else None
		number = dialled or values.get("number")
		own = values.get("extension") or (values.get("number") if dialled else None)
		did = values.get("did") if not outbound else None
		names = (values.get(name, "") for name in ("line", "did", "extension"))
		number = (clean_number(number) or None) if number else None
		name = clean_name(values["name"]) if values.get("name") and not dialled else None
		line = next((self._lines[name] for name in names if name in self._lines), self.line)
		return Facts(
			line=line,
			direction="out" if outbound else "in",
			number=number,
			# Where there is no name, some telephones show the number in its place.
			name=name if name != number else None,
			extension=(clean_number(own) or None) if own else None,
			did=(clean_number(did) or None) if did else None,
		)

	def _ringing(
		self, leg: str, facts: Facts, values: dict[str, str], now: float, raw: list[str]
	) -> list[Signal]:
		key = self._group_of(leg) or self._same_call(facts, now)
		signals: list[Signal] = []
		if key is not None and leg.startswith("#") and self._is_next(key, leg, facts, now):
			signals = self._close(key, now, "next_call", certain=False)
			key = None
		if key is None:
			key = self._new_key(leg, now)
			if len(self._groups) >= MAX_GROUPS:
				self._groups.pop(next(iter(self._groups)))
			self._groups[key] = _Group(facts.line, facts.number, facts.direction)
		group = self._groups[key]
		group.legs.add(leg)
		group.number = group.number or facts.number
		group.closing = None
		if group.answered_by is not None:
			return signals
		return [*self.calls.ringing_now(key, now, facts, raw), *signals]

	def _answered(
		self, leg: str, facts: Facts, values: dict[str, str], now: float, raw: list[str]
	) -> list[Signal]:
		key = self._group_of(leg) or self._same_call(facts, now)
		if key is None:
			key = self._new_key(leg, now)
			self._groups[key] = _Group(facts.line, facts.number, facts.direction)
		group = self._groups[key]
		group.legs.add(leg)
		if group.answered_by is None:
			group.answered_at = now
		group.answered_by = leg
		group.closing = None
		known = Facts(
			line=facts.line, direction=group.direction, number=facts.number, extension=facts.extension
		)
		return self.calls.answered(key, now, known, raw)

	def _recorded(
		self, leg: str, facts: Facts, values: dict[str, str], now: float, raw: list[str]
	) -> list[Signal]:
		reference = values.get("recording")
		key = self._group_of(leg) or (None if leg.startswith("#") else leg)
		if not reference or key is None:
			return []
		return self.calls.recording(key, now, reference, _whole(values.get("duration")))

	def _over(
		self, leg: str, meaning: str, facts: Facts, values: dict[str, str], now: float, raw: list[str]
	) -> list[Signal]:
		"""One telephone has done with the call; the call is over with the last of them."""
		key = self._group_of(leg) or self._same_call(facts)
		if key is None:
			return self._missed_unheard(leg, meaning, facts, now, raw)
		group = self._groups[key]
		group.legs.discard(leg)
		answered = group.answered_by is not None
		if answered and group.answered_by != leg and not self._sees_all:
			return []
		if not answered and group.legs and not self._sees_all:
			return []
		if answered or meaning == "missed" or self._sees_all:
			cause = "normal_clearing" if answered else "no_answer"
			signals = self._close(key, now, cause, True, _whole(values.get("duration")), raw)
			reference = values.get("recording")
			return signals + (self.calls.recording(key, now, reference) if reference else [])
		group.closing = ("stopped", now + MISSED_FOLLOWS_S)
		return []

	def _missed_unheard(
		self, leg: str, meaning: str, facts: Facts, now: float, raw: list[str]
	) -> list[Signal]:
		"""A missed call from a telephone that reports nothing else."""
		place = (facts.line, facts.number)
		if meaning != "missed" or place in self._late or self.calls.uuid_of(leg) is not None:
			return []
		self._late[place] = now + LATE_S
		return self.calls.ended(self._new_key(leg, now), now, facts, cause="no_answer", raw=raw)

	def _close(
		self,
		key: str,
		now: float,
		cause: str,
		certain: bool,
		seconds: int | None = None,
		raw: list[str] | None = None,
	) -> list[Signal]:
		group = self._groups.pop(key, None)
		if group is not None:
			self._late[(group.line, group.number)] = now + LATE_S
		return self.calls.ended(
			key, now, cause=cause, duration_s=seconds or None, certain=certain, raw=raw or ()
		)

	def _group_of(self, leg: str) -> str | None:
		return next(
			(key for key, group in self._groups.items() if leg in group.legs or group.answered_by == leg),
			None,
		)

	def _same_call(self, facts: Facts, begins: float | None = None) -> str | None:
		"""The call that another telephone has reported with this number on this line, the latest one.

		``begins``: the time now when the telephone tells of a beginning, which is none of a talk that has gone on for some time:
		its end may have been lost, and the caller must be seen all the same.
		"""
		place = (facts.line, facts.direction, facts.number)
		for key, group in reversed(self._groups.items()):
			if (group.line, group.direction, group.number) == place:
				over = begins is not None and self._talks(group, begins)
				return None if over or not facts.number else key
		return None

	def _is_next(self, key: str, leg: str, facts: Facts, now: float) -> bool:
		group = self._groups[key]
		other = bool(facts.number and group.number and facts.number != group.number)
		return leg in group.legs and (other or self._talks(group, now))

	@staticmethod
	def _talks(group: _Group, now: float) -> bool:
		"""Whether the call was answered longer ago than a telephone of its group is late."""
		return group.answered_by is not None and now - group.answered_at > LATE_S

	def _new_key(self, leg: str, now: float) -> str:
		if not leg.startswith("#") and self.calls.uuid_of(leg) is None:
			return leg
		return f"#{leg.lstrip('#')[:60]}/{int(now * 1000)}"


def _whole(text: str | None) -> int:
	text = (text or "").strip().split(".")[0]
	return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
