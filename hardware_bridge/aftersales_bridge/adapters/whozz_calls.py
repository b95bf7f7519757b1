"""What the records of a Whozz Calling? box mean for the calls on its lines, whichever way they come."""

from __future__ import annotations

from aftersales_bridge.adapters.base import BadFrames, LineMap
from aftersales_bridge.adapters.whozz_records import (
	HUNG_UP,
	LIFTED,
	RINGS,
	CallRecord,
	DetailRecord,
	read_record,
)
from aftersales_bridge.calls import read_number
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls

# A record that comes again this soon is a repetition: boxes on a network may be set to send everything twice.
REPEATED_S = 2.0
# After the receiver is back the end record follows at once; when it was lost, this is the end.
END_RECORD_S = 5.0


class WhozzCalls(KnownCalls):
	"""The calls of a box, by line: detail records tell of ring and answer, call records of the caller and the end."""

	def __init__(self, lines: LineMap, bad: BadFrames) -> None:
		# A box prints only the first ring, so its silence means nothing for a long time.
		super().__init__(reuse=True)
		self._lines = lines
		self._bad = bad
		self._seen: dict[str, float] = {}
		#: lines whose call is known from detail records, which also tell of an answer
		self._detailed: set[str] = set()
		#: lines whose call has had its start record, and whether that was an outgoing call
		self._started: dict[str, bool] = {}
		self._hung_up: dict[str, float] = {}

	def take(self, text: str, now: float, unit: str = "") -> list[Signal]:
		"""The signals of one record; ``unit`` tells boxes with equal line numbers apart."""
		record = read_record(text)
		if record is None:
			self._bad.add("unknown lines", text)
			return []
		line = self._lines.get(unit + record.line)
		if line is None:
			self._bad.add("unknown lines", text)
			return []
		if isinstance(record, CallRecord) and record.index is not None:
			self._bad.add("records out of the box's memory", text)
			return []
		if self._is_repeated(unit + text, now):
			return []
		if isinstance(record, DetailRecord):
			return self._detail(line, record, now, text)
		return self._end(line, record, now, text) if record.end else self._start(line, record, now, text)

	def tick(self, now: float) -> list[Signal]:
		"""Also close calls whose end record was lost; see KnownCalls.tick."""
		signals: list[Signal] = []
		for line in [line for line, at in self._hung_up.items() if now - at >= END_RECORD_S]:
			del self._hung_up[line]
			signals += self.ended(line, now, cause="hung_up", certain=line in self._detailed)
			# Its start is remembered, so that an end record that comes after all makes no call of its own.
			self._started.setdefault(line, False)
		return [*signals, *super().tick(now)]

	def _is_repeated(self, text: str, now: float) -> bool:
		self._seen = {key: at for key, at in self._seen.items() if now - at < REPEATED_S}
		known = text in self._seen
		self._seen.setdefault(text, now)
		return known

	def _detail(self, line: str, record: DetailRecord, now: float, raw: str) -> list[Signal]:
		if record.code == RINGS:
			ended = self._make_way(line, now)
			self._detailed.add(line)
			facts = Facts(line=line, direction="in", device_time=f"{record.date} {record.time}")
			return [*self.ringing_now(line, now, facts, [raw]), *ended]
		if record.code == LIFTED:
			self._hung_up.pop(line, None)
			# Lifted without a ring: somebody dials, and the box will say whom.
			if self.is_open(line) and not self._started.get(line):
				self._detailed.add(line)
				return self.answered(line, now, raw=[raw])
		if record.code == HUNG_UP and self.is_open(line):
			self._hung_up[line] = now
		return []

	def _start(self, line: str, record: CallRecord, now: float, raw: str) -> list[Signal]:
		ended = self._make_way(line, now) if line in self._started or record.outbound else []
		self._started[line] = record.outbound
		return [*self.ringing_now(line, now, self._facts(line, record, raw), [raw]), *ended]

	def _end(self, line: str, record: CallRecord, now: float, raw: str) -> list[Signal]:
		"""The end record. Whether an incoming call was answered only a box with detail records can tell."""
		signals: list[Signal] = []
		if self.is_open(line) or line not in self._started:
			signals = self.ended(
				line,
				now,
				self._facts(line, record, raw),
				duration_s=record.duration_s if record.outbound else None,
				certain=line in self._detailed,
				raw=[raw],
			)
		self._forget(line)
		return signals

	def _make_way(self, line: str, now: float) -> list[Signal]:
		"""The next call shows that the former is over."""
		signals = self.ended(line, now, cause="next_call", certain=False) if self.is_open(line) else []
		self._forget(line)
		return signals

	def _forget(self, line: str) -> None:
		self._detailed.discard(line)
		self._started.pop(line, None)
		self._hung_up.pop(line, None)

	def _facts(self, line: str, record: CallRecord, raw: str) -> Facts:
		number = record.number
		if not record.good and read_number(number) != (None, "restricted"):
			# Digits with a wrong checksum would show a wrong customer.
			self._bad.add("numbers with a wrong checksum", raw)
			number = "O"
		return Facts(
			line=line,
			direction="out" if record.outbound else "in",
			number=number,
			name=record.name if record.good and not record.outbound else None,
			ring_count=record.rings if record.end and not record.outbound else None,
			device_time=f"{record.date} {record.time}",
		)
