"""Tel-Control boxes (MLX-41, MLX-42, TC-1041, TC-1082), and Whozz Calling? boxes set to speak like them."""

from __future__ import annotations

import re

from aftersales_bridge.adapters.line_adapter import LineAdapter
from aftersales_bridge.adapters.reports import SILENCE, Report, Reports
from aftersales_bridge.events import Signal

_LINE = re.compile(
	r"(?P<line>\d\d)\s{1,6}(?P<date>\d{1,2}/\d\d)\s{2,9}(?P<time>\d{1,2}:\d\d [AP]M)\s{1,20}(?P<number>\S+(?: \S+)*)"
	r"(?:\s{3,}(?P<name>\S.*))?"
)


class TciAdapter(LineAdapter):
	"""Decodes the one line that such a box prints when a call comes in."""

	name = "tci"
	title = "Tel-Control (TCI) box, up to 99 lines"
	port_defaults = {"baud": 9600}
	multi_line = True
	options = {"silence_s": SILENCE}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._reports = Reports(options["silence_s"], self.bad.add)
		self.calls = self._reports.calls

	def _line(self, text: str, now: float) -> list[Signal]:
		match = _LINE.fullmatch(text.rstrip())
		line = self.lines.get(match["line"]) if match else None
		if match is None or line is None:
			self.bad.add("unknown lines", text)
			return []
		report = Report(match["number"], (match["name"] or "").strip(), match["date"], match["time"])
		return self._reports.take(line, report, now, text)
