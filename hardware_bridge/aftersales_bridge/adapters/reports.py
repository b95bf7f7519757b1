"""Calls of boxes that report a caller once and then say nothing more: no ring, no answer, no end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aftersales_bridge.calls import read_number
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between

# The same report again this soon is a repetition; later it is the same caller calling anew.
REPEATED_S = 3.0

#: the option of every adapter that uses Reports
SILENCE = Key(float, "how long a call rings, as the device never tells of its end", 30.0, between(5, 300))


@dataclass(frozen=True)
class Report:
	"""What a box says of one caller. ``number`` may be a word for its absence; "" when it says nothing of it."""

	number: str = ""
	name: str = ""
	date: str = ""
	time: str = ""


class Reports:
	"""Makes each report a call that rings for a fixed time, or until the next report of its line.

	``bad`` is told of numbers that cannot be read; their calls are calls nevertheless.
	"""

	def __init__(self, silence_s: float, bad: Callable[[str, object], None]) -> None:
		self.calls = KnownCalls(reuse=True, ring_limit=silence_s)
		self._bad = bad
		self._last: dict[str, tuple[Report, float]] = {}

	def take(self, line: str, report: Report, now: float, raw: str) -> list[Signal]:
		"""The signals of a report; the new call comes first, since somebody waits for it."""
		last, self._last[line] = self._last.get(line), (report, now)
		ended: list[Signal] = []
		if self.calls.is_open(line):
			if last and last[0] == report and now - last[1] < REPEATED_S:
				return []
			ended = self.calls.ended(line, now, cause="next_call", certain=False)
		if report.number and read_number(report.number) is None:
			self._bad("unreadable numbers", raw)
		facts = Facts(
			line=line,
			direction="in",
			number=report.number,
			name=report.name,
			device_time=f"{report.date} {report.time}".strip(),
		)
		return [*self.calls.ringing_now(line, now, facts, [raw]), *ended]

	def digits(self, line: str, done: tuple[str | None, str] | None, now: float) -> list[Signal]:
		"""The signals of what a DtmfCollector has completed, if it has."""
		if done is None:
			return []
		number, raw = done
		if number is None:
			self._bad("digits that are no caller ID", raw)
			return []
		return self.take(line, Report(number), now, raw)
