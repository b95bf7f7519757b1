"""Caller-ID boxes with one to eight lines whose program on a Windows PC posts what happens (USBBox, AD101 and alike).

The program sends forms with ``event_type`` and the values it has. What each ``event_type`` means is not documented, so
the values decide: a ``caller`` is a call, a growing ``RingCnt`` is ringing, a ``FilePath`` is the end with a
recording. The table ``events`` of the configuration adds what a box is seen to send.
"""

from __future__ import annotations

from dataclasses import dataclass

from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.web_request import RequestSplitter, WebRequest
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between

EVENT_WORDS = ("ringing", "answered", "ended", "missed", "ignore")
MAX_BOX_LINES = 64
# A number that is told again this soon after its call's end is that call's.
STALE_S = 10.0


def _check_events(events: dict[str, str]) -> str | None:
	for number, word in events.items():
		if not number.isdigit() or word not in EVENT_WORDS:
			return f"has {number!r} = {word!r}; write event_type numbers and one of {', '.join(EVENT_WORDS)}"
	return None


@dataclass
class _Line:
	"""The latest call of one line."""

	key: str | None = None
	call_id: str = ""
	caller: str = ""
	rings: int = 0
	over_at: float = 0.0
	silent_at: float | None = None

	def begins(self, call_id: str, caller: str, rings: int, open_now: bool, now: float) -> bool:
		"""Whether a post tells of a call that has not been heard of.

		The values of a call stand in the posts after its end, too.
		"""
		if call_id and self.call_id and call_id != self.call_id:
			return bool(caller or rings)
		if (rings and rings < self.rings) or (caller and self.caller and caller != self.caller):
			return True
		if open_now:
			return False
		return rings > self.rings or (bool(caller) and (self.key is None or now - self.over_at > STALE_S))


class UsbBoxAdapter(Adapter):
	"""Decodes what the program of such a box posts."""

	name = "usbbox"
	title = "USB caller-ID box (HTTP POST of its program)"
	ports = ("http",)
	default_port = "http://127.0.0.1:8790/usbbox"
	multi_line = True
	options = {
		"boxes": Key(list, "the device ids that are listened to; none = all", []),
		"events": Key(dict, "what further event_type numbers mean", {}, _check_events),
		"ring_timeout_s": Key(float, "the silence after which ringing has ended", 8.0, between(5, 30)),
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self.calls = KnownCalls()
		self._boxes: list[str] = options["boxes"]
		self._events: dict[str, str] = options["events"]
		self._ring_timeout: float = options["ring_timeout_s"]
		self._splitter = RequestSplitter()
		self._lines: dict[str, _Line] = {}
		self._count = 0

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode requests; see Adapter.feed."""
		requests, lost = self._splitter.feed(data)
		for what in lost:
			self.bad.add(what)
		return [signal for request in requests for signal in self._request(request, now)]

	def tick(self, now: float) -> list[Signal]:
		"""End calls that have stopped ringing; see Adapter.tick."""
		signals: list[Signal] = []
		for line in self._lines.values():
			if line.silent_at is not None and line.silent_at <= now:
				line.silent_at = None
				line.over_at = now
				signals += self.calls.ended(line.key, now, cause="silence", certain=False)
		return signals + super().tick(now)

	def suspend(self, now: float) -> None:
		self._splitter.reset()
		super().suspend(now)

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		signals = super().restore(saved, gap, now)
		for key in self.calls.open_keys():
			place = key[1:].rpartition("/")[0]
			silent_at = None if self.calls.is_answered(key) else now + self._ring_timeout
			self._lines[place] = _Line(key=key, silent_at=silent_at)
		return signals

	def _request(self, request: WebRequest, now: float) -> list[Signal]:
		fields = request.fields
		box, word = fields.get("device_id", "")[:20], fields.get("line", "").strip()
		if self._boxes and box not in self._boxes:
			self.bad.add("requests of other boxes", box)
			return []
		source_line = self.lines.get(word)
		if source_line is None or "event_type" not in fields:
			self.bad.add("requests without line or event_type", fields)
			return []
		place = f"{box}/{word}"
		if place not in self._lines and len(self._lines) >= MAX_BOX_LINES:
			self.bad.add("too many lines", place)
			return []
		line = self._lines.setdefault(place, _Line())
		meaning = self._events.get(fields["event_type"].strip(), "")
		raw = ["&".join(f"{name}={value}" for name, value in fields.items())[:500]]
		if meaning == "ignore":
			return []
		file = fields.get("FilePath") or (request.files[0] if request.files else "")
		if file or meaning == "ended":
			return self._recorded(line, place, source_line, fields, file, now, raw)
		if meaning == "answered":
			line.silent_at = None
			return self.calls.answered(line.key or "", now, raw=raw)
		if meaning == "missed":
			line.silent_at = None
			return self.calls.ended(line.key or "", now, cause="no_answer", raw=raw)
		return self._ringing(line, place, source_line, fields, meaning, now, raw)

	def _ringing(
		self,
		line: _Line,
		place: str,
		source_line: str,
		fields: dict[str, str],
		meaning: str,
		now: float,
		raw: list[str],
	) -> list[Signal]:
		rings = _whole(fields.get("RingCnt"))
		caller = fields.get("caller", "").strip()
		call_id = fields.get("callid", "").strip()
		open_now = line.key is not None and self.calls.is_open(line.key)
		begins = line.begins(call_id, caller, rings, open_now, now) or (meaning == "ringing" and not open_now)
		if not begins and not open_now:
			line.rings = rings
			return []
		ended: list[Signal] = []
		if begins:
			if open_now:
				ended = self.calls.ended(line.key, now, cause="next_call", certain=False)
			line.key = self._name(place, now)
			line.rings = 0
			line.caller = ""
		if begins or rings > line.rings:
			line.silent_at = now + self._ring_timeout
		line.call_id = call_id or line.call_id
		line.caller = caller or line.caller
		line.rings = rings
		line.over_at = now
		facts = Facts(
			line=source_line,
			direction="in",
			number=caller or None,
			name=fields.get("from_name") or None,
			did=fields.get("to") or None,
			ring_count=rings or None,
			device_time=fields.get("date"),
		)
		# Somebody waits for the new call; nobody for the end of the former.
		return [*self.calls.ringing_now(line.key, now, facts, raw), *ended]

	def _recorded(
		self,
		line: _Line,
		place: str,
		source_line: str,
		fields: dict[str, str],
		file: str,
		now: float,
		raw: list[str],
	) -> list[Signal]:
		"""The call is over, and its recording lies on the PC."""
		caller, dialled = fields.get("caller", "").strip(), fields.get("dtmf", "").strip()
		outbound = not caller and bool(dialled or fields.get("callOutId", "").strip())
		if line.key is None or outbound or self._is_next(line, fields):
			line.key = self._name(place, now)
		facts = Facts(
			line=source_line,
			direction="out" if outbound else "in",
			number=(dialled if outbound else caller) or None,
			device_time=fields.get("Start") or fields.get("date"),
		)
		seconds = _whole(fields.get("duration")) or _whole(fields.get("TimeLong")) or None
		if file and seconds is None and not self.calls.is_answered(line.key):
			# There is no recording of a call that nobody answered.
			seconds = 1
		line.silent_at = None
		line.over_at = now
		line.rings = _whole(fields.get("RingCnt"))
		line.caller = caller
		line.call_id = fields.get("callid", "").strip() or line.call_id
		signals = self.calls.ended(line.key, now, facts, cause="normal_clearing", duration_s=seconds, raw=raw)
		if file:
			signals += self.calls.recording(line.key, now, file, seconds)
		return signals

	def _is_next(self, line: _Line, fields: dict[str, str]) -> bool:
		call_id = fields.get("callid", "").strip()
		return bool(call_id and line.call_id and call_id != line.call_id)

	def _name(self, place: str, now: float) -> str:
		self._count += 1
		return f"#{place}/{int(now * 1000)}.{self._count}"


def _whole(text: str | None) -> int:
	text = (text or "").strip()
	return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
