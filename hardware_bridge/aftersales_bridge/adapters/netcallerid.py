"""The NetCallerID box of Ugotcall: one line for each caller."""

from __future__ import annotations

import re

from aftersales_bridge.adapters.line_adapter import LineAdapter
from aftersales_bridge.adapters.reports import SILENCE, Report, Reports
from aftersales_bridge.events import Signal

_LINE = re.compile(r".*###DATE(?P<stamp>\d{8})?\.\.\.NMBR(?P<number>[^.]*)\.\.\.NAME(?P<name>.*?)\+\+\+.*")
# What stands between hyphens is the box's own word, not a caller's name.
_WORD = re.compile(r"\s*-\s*(.*?)\s*-\s*")


class NetCallerIdAdapter(LineAdapter):
	"""Decodes NetCallerID lines."""

	name = "netcallerid"
	title = "NetCallerID box"
	port_defaults = {"baud": 4800}
	options = {"silence_s": SILENCE}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._reports = Reports(options["silence_s"], self.bad.add)
		self.calls = self._reports.calls

	def _line(self, text: str, now: float) -> list[Signal]:
		match = _LINE.fullmatch(text)
		if not match:
			self.bad.add("unknown lines", text)
			return []
		number, name = match["number"].strip(), match["name"].strip()
		word = _WORD.fullmatch(match["name"])
		if word and word[1].upper().startswith("MSG"):
			# The lamp for waiting messages was switched.
			return []
		if word:
			name = ""
			number = number or ("P" if "PRIVATE" in word[1].upper() or "BLOCKED" in word[1].upper() else "O")
		stamp = match["stamp"] or ""
		return self._reports.take(self.line, Report(number, name, stamp[:4], stamp[4:]), now, text)
