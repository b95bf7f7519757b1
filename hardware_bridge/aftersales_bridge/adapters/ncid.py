"""An NCID server (ncidd), with the bridge as one of its clients.

The server sends calls as they come, and after each connection its log of earlier ones: those that the bridge has
not told yet are told as history. From a modem it knows no more than rings and their silence; gateways also tell how
a call ended.
"""

from __future__ import annotations

import re
import uuid
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from aftersales_bridge import __version__, clock
from aftersales_bridge.adapters.base import Adapter, DeviceError, Port
from aftersales_bridge.adapters.lines import LineSplitter, decode_text
from aftersales_bridge.adapters.ncid_lines import (
	CALLING,
	TURNED_AWAY,
	NcidLine,
	call_time,
	read_line,
	seconds_between,
)
from aftersales_bridge.calls import read_name, read_number
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between

ANSWER_S = 5.0
# The server wants to be left alone for this long before a client asks whether it is still there.
QUIET_S = 900.0
ALIVE_S = 10.0
# After the last RING the server waits 7 to 8 seconds before it tells of the silence.
SILENCE_S = 15.0
# ``CIDINFO`` with the end comes just before ``END``, which knows more.
END_FOLLOWS_S = 1.0
# A gateway that tells how calls end may do so after hours.
LONGEST_S = 4 * 3600.0
MAX_SEEN = 500
SEEN_ON_DISK = 200
# The telephone company's minutes need not be in order on several lines.
OUT_OF_ORDER = timedelta(minutes=10)

_GONE = re.compile(r"Hung Up, Terminated|Too many clients", re.IGNORECASE)


class NcidAdapter(Adapter):
	"""Decodes what an NCID server tells its clients."""

	name = "ncid"
	title = "NCID server"
	ports = ("tcp",)
	default_port = "tcp://127.0.0.1:3333"
	multi_line = True
	options = {
		"history_days": Key(
			int, "how old calls in the server's log may be to be told; 0 = none", 7, between(0, 36500)
		),
		"day_first": Key(bool, "whether the server writes dates as ddmmyyyy", False),
		"ring_timeout_s": Key(
			float, "the silence that ends a call of which only the number is told", 60.0, between(10, 600)
		),
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self.calls = KnownCalls(ring_limit=LONGEST_S)
		self._history_days: int = options["history_days"]
		self._day_first: bool = options["day_first"]
		self._ring_timeout: float = options["ring_timeout_s"]
		self._splitter = LineSplitter(limit=1000, gap=None, dle=False)
		self._table: dict[str, str] = options.get("lines", {})
		# The server has told of a call without a word for its line.
		self._unnamed = False
		self._codes: set[int] = set()
		self._acknowledges = False
		self._asked_at: float | None = None
		self._last_byte = 0.0
		self._trouble = ""
		# The latest call of each line, by the server's word for the line.
		self._current: dict[str, str] = {}
		self._count = 0
		# By key of a call: when it is over although nobody said so.
		self._silent_at: dict[str, float] = {}
		# By key: CIDINFO's word for the end, until END tells more or has had its time.
		self._ending: dict[str, tuple[str, float]] = {}
		self._numbers: dict[str, str] = {}
		self._tell_ends: set[str] = set()
		self._seen: OrderedDict[str, None] = OrderedDict()
		self._newest: datetime | None = None
		self._pending: dict[str, tuple[NcidLine, datetime]] = {}

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Introduce the bridge and take the log; see Adapter.start."""
		self._splitter.reset()
		self._codes.clear()
		self._pending.clear()
		self._trouble = ""
		self._asked_at = None
		greeted = False
		deadline = self.now() + ANSWER_S
		while self.now() < deadline and not self._started():
			data = port.read()
			signals = self.feed(data, self.now())
			if data:
				deadline = self.now() + ANSWER_S
			if signals:
				emit(signals)
			if 210 in self._codes and not greeted:
				# The server waits for this only a moment after its 210.
				greeted = True
				port.write(self._hello())
		if 200 not in self._codes:
			raise DeviceError("no greeting; is this the address of an NCID server?")
		self._last_byte = self.now()
		return []

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from the server; see Adapter.feed."""
		self._last_byte = now
		signals: list[Signal] = []
		lines, lost = self._splitter.feed(data, now)
		for what in lost:
			self.bad.add(what)
		for raw in lines:
			text = decode_text(raw)
			line = read_line(text)
			if line is not None:
				signals += self._line(line, text, now)
			elif not text.startswith("+"):
				# What begins with + goes from one server to another.
				self.bad.add("unknown lines", text)
		return signals

	def tick(self, now: float) -> list[Signal]:
		"""End calls that have gone silent; see Adapter.tick."""
		signals: list[Signal] = []
		for key in [key for key, (_, until) in self._ending.items() if until <= now]:
			signals += self._end(key, now, spoke=self._ending[key][0] == "-2")
		for key in [key for key, at in self._silent_at.items() if at <= now]:
			signals += self._silence(key, now, "silence")
		return signals + super().tick(now)

	def check_up(self, port: Port, now: float) -> None:
		"""Ask a server that has been quiet for long whether it is still there."""
		if self._trouble:
			raise DeviceError(f"the server says: {self._trouble}")
		if self._asked_at is not None:
			if self._last_byte > self._asked_at:
				self._asked_at = None
			elif now - self._asked_at > ALIVE_S and self._acknowledges:
				raise DeviceError("the server does not answer any more")
		elif now - self._last_byte >= QUIET_S:
			port.write(b"REQ: YO\n" if self._acknowledges else b"\n")
			if self._acknowledges:
				self._asked_at = now
			else:
				self._last_byte = now

	def snapshot(self) -> dict | None:
		saved = self.calls.snapshot()
		if saved is None and self._newest is None:
			return None
		newest = self._newest.isoformat() if self._newest else None
		return {
			**(saved or {"calls": []}),
			"current": {word: key for word, key in self._current.items() if self.calls.is_open(key)},
			"newest": newest,
			"seen": list(self._seen)[-SEEN_ON_DISK:],
		}

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		self._newest = datetime.fromisoformat(saved["newest"]) if saved["newest"] else None
		self._seen = OrderedDict.fromkeys(map(str, saved["seen"]))
		signals = super().restore(saved, gap, now)
		self._current = {str(word): str(key) for word, key in saved["current"].items()}
		self._silent_at = {key: now + self._ring_timeout for key in self.calls.open_keys()}
		return signals

	def line_names(self) -> list[str]:
		return [*([self.line] if self._unnamed else []), *self.lines.names()]

	def _hello(self) -> bytes:
		hello = f"HELLO: IDENT: client aftersales-bridge {__version__}\n"
		return (hello + ("" if self._history_days else "HELLO: CMD: no_log\n")).encode("ascii")

	def _started(self) -> bool:
		if 300 in self._codes:
			return True
		# Servers before API 1.5 neither wait for a greeting nor say 300.
		return 200 in self._codes and 210 not in self._codes and bool(self._codes & {250, 251, 252, 253})

	def _line(self, line: NcidLine, text: str, now: float) -> list[Signal]:
		if line.code is not None:
			return self._answer(line, now)
		if line.from_log:
			return self._log(line)
		if line.label in CALLING or line.label == "OUT":
			return self._call(line, text, now)
		if line.label in TURNED_AWAY:
			return self._turned_away(line, text, now)
		if line.label == "CIDINFO":
			return self._info(line, text, now)
		if line.label == "END":
			return self._over(line, text, now)
		if line.label == "MSG" and _GONE.search(line.text):
			self._trouble = line.text[:100]
		return []

	def _answer(self, line: NcidLine, now: float) -> list[Signal]:
		self._codes.add(line.code)
		if line.code == 210:
			features = line.text.partition("Feature Set")[2].split()
			self._acknowledges = "4" in features
		return self._flush() if line.code in (250, 300) else []

	def _call(self, line: NcidLine, text: str, now: float) -> list[Signal]:
		source_line = self._source_line(line.word)
		if source_line is None:
			return []
		facts = self._facts(line, source_line)
		key = self._key(line, now)
		known = self._numbers.get(key)
		signals: list[Signal] = []
		if known and facts.number and known != facts.number:
			signals += self._silence(key, now, "next_call")
			key = self._key(line, now)
		if facts.number:
			self._numbers[key] = facts.number
		self._remember(self._log_key(line), call_time(line, self._day_first))
		if key not in self._silent_at:
			patience = LONGEST_S if line.word in self._tell_ends else self._ring_timeout
			self._silent_at[key] = now + patience
		# Somebody waits for the new call; nobody for the end of the former.
		return [*self.calls.ringing_now(key, now, facts, [text]), *signals]

	def _info(self, line: NcidLine, text: str, now: float) -> list[Signal]:
		source_line = self._source_line(line.word)
		key = self._current.get(line.word, "")
		rings = line.fields.get("RING", "")
		if source_line is None or not re.fullmatch(r"-?[0-9]{1,4}", rings):
			return []
		if rings in ("-1", "-2"):
			self._tell_ends.add(line.word)
			if self.calls.is_open(key):
				self._ending[key] = (rings, now + END_FOLLOWS_S)
			return []
		if rings == "0":
			return self._silence(key, now, "ringing_stopped")
		if not rings.isdigit():
			return []
		key = self._key(line, now)
		self._silent_at[key] = now + SILENCE_S
		return self.calls.ringing_now(key, now, Facts(line=source_line, ring_count=int(rings)), [text])

	def _over(self, line: NcidLine, text: str, now: float) -> list[Signal]:
		key = self._current.get(line.word)
		self._tell_ends.add(line.word)
		if key is None:
			return []
		seconds = seconds_between(line.value("SCALL"), line.value("ECALL"))
		return self._end(key, now, line.fields.get("HTYPE") == "BYE", seconds, text)

	def _end(
		self, key: str, now: float, spoke: bool, seconds: int | None = None, text: str | None = None
	) -> list[Signal]:
		"""A gateway has told how the call ended: with ``spoke`` it was answered, we never heard when."""
		self._forget(key)
		raw = [text] if text else []
		if not spoke:
			return self.calls.ended(key, now, cause="caller_gave_up", raw=raw)
		signals = [] if seconds else self.calls.answered(key, now)
		return signals + self.calls.ended(key, now, cause="normal_clearing", duration_s=seconds or 0, raw=raw)

	def _silence(self, key: str, now: float, cause: str) -> list[Signal]:
		self._forget(key)
		return self.calls.ended(key, now, cause=cause, certain=False)

	def _forget(self, key: str) -> None:
		for table in (self._silent_at, self._ending, self._numbers):
			table.pop(key, None)

	def _turned_away(self, line: NcidLine, text: str, now: float) -> list[Signal]:
		source_line = self._source_line(line.word)
		if source_line is None:
			return []
		told = self._log_key(line) in self._seen
		self._remember(self._log_key(line), call_time(line, self._day_first))
		cause = TURNED_AWAY[line.label]
		key = self._current.get(line.word, "")
		if self.calls.is_open(key):
			self._forget(key)
			facts = self._facts(line, source_line)
			return self.calls.ended(key, now, facts, cause=cause, certain=False, raw=[text])
		return [] if told else self._past(line, source_line, clock.wall_ms(), "ended", cause)

	def _log(self, line: NcidLine) -> list[Signal]:
		"""An entry of the server's log: told when it is news. How it ended may stand in one of the next entries."""
		if line.label == "END":
			return self._flush(line)
		if line.label not in (*CALLING, "OUT", *TURNED_AWAY) or not self._history_days:
			return []
		at = call_time(line, self._day_first)
		key = self._log_key(line)
		if at is None or key in self._seen:
			return []
		oldest = datetime.now() - timedelta(days=self._history_days)
		if at < max(oldest, self._newest - OUT_OF_ORDER if self._newest else oldest):
			return []
		signals = self._flush_word(line.word)
		self._remember(key, at)
		self._pending[line.word] = (line, at)
		return signals

	def _flush(self, end: NcidLine | None = None) -> list[Signal]:
		"""Tell the pending entries of the log; with ``end`` only the one that it belongs to."""
		if end is None:
			return [signal for word in list(self._pending) for signal in self._flush_word(word)]
		pending = self._pending.get(end.word)
		if pending is None or pending[0].fields.get("NMBR") != end.fields.get("NMBR"):
			return []
		return self._flush_word(end.word, end)

	def _flush_word(self, word: str, end: NcidLine | None = None) -> list[Signal]:
		pending = self._pending.pop(word, None)
		source_line = self._source_line(word)
		if pending is None or source_line is None:
			return []
		line, at = pending
		kind, cause, seconds = "ring_end", "from_log", None
		if line.label in TURNED_AWAY:
			kind, cause = "ended", TURNED_AWAY[line.label]
		elif end is not None and end.fields.get("HTYPE") == "BYE":
			kind, seconds = "ended", seconds_between(end.value("SCALL"), end.value("ECALL"))
		elif end is not None:
			kind = "ended" if line.label == "OUT" else "missed"
		return self._past(line, source_line, int(at.timestamp() * 1000), kind, cause, seconds)

	def _past(
		self, line: NcidLine, source_line: str, ms: int, kind: str, cause: str, seconds: int | None = None
	) -> list[Signal]:
		"""A call that is over. Its id follows from what the log says of it, so that it stays one call."""
		facts = self._facts(line, source_line)
		reading = read_number(facts.number or "") or (None, facts.presentation or "unavailable")
		common = {
			"line": source_line,
			"call_uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.source_id}|{self._log_key(line)}")),
			"direction": facts.direction,
			"number_raw": reading[0],
			"presentation": reading[1],
			"name_raw": read_name(facts.name) if facts.name else None,
			"device_time_raw": facts.device_time,
			"occurred_at": ms,
			"history": True,
		}
		return [
			Signal("ringing", seq=1, raw=(line.text[:500],), **common),
			Signal(kind, seq=2, cause=cause, duration_s=seconds, **common),
		]

	def _facts(self, line: NcidLine, source_line: str) -> Facts:
		number = line.value("NMBR")
		if number and read_number(number) is None:
			self.bad.add("unreadable numbers", number)
			number = None
		return Facts(
			line=source_line,
			direction="out" if line.label == "OUT" else "in",
			number=number,
			presentation=None if number else "unavailable",
			name=line.value("NAME"),
			device_time=f"{line.fields.get('DATE', '')} {line.fields.get('TIME', '')}".strip(),
		)

	def _key(self, line: NcidLine, now: float) -> str:
		"""The open call of the line, or a name for a new one."""
		# A caller who waits while the line is busy is a call beside the one that is spoken.
		word = f"{line.word}/waiting" if line.label == "WID" else line.word
		key = self._current.get(word)
		if key is None or not self.calls.is_open(key):
			self._count += 1
			key = self._current[word] = f"#{word[:40]}/{int(now * 1000)}.{self._count}"
		return key

	def _source_line(self, word: str) -> str | None:
		if word == "-" and self.line and word not in self._table:
			self._unnamed = True
			return self.line
		name = self.lines.get(word)
		if name is None:
			self.bad.add("unusable line names", word)
		return name

	def _log_key(self, line: NcidLine) -> str:
		fields = line.fields
		parts = (line.label, *(fields.get(name, "") for name in ("DATE", "TIME", "LINE", "NMBR")))
		return "|".join(parts)[:160]

	def _remember(self, key: str, at: datetime | None) -> None:
		self._seen[key] = None
		self._seen.move_to_end(key)
		if len(self._seen) > MAX_SEEN:
			self._seen.popitem(last=False)
		# A date in the future is a clock that runs wrong, and would hide the calls until then.
		if at is not None and at <= datetime.now() + timedelta(days=1):
			self._newest = max(at, self._newest) if self._newest else at
