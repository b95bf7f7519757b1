"""The output of multimon-ng, which listens to a telephone line through a sound card."""

from __future__ import annotations

import re

from aftersales_bridge.adapters.dtmf import DTMF_OPTIONS
from aftersales_bridge.adapters.dtmf_codes import DtmfCollector
from aftersales_bridge.adapters.line_adapter import LineAdapter
from aftersales_bridge.adapters.reports import SILENCE, Report, Reports
from aftersales_bridge.events import Signal

_FIELD = re.compile(r"\b(DATE|CID|CNT|RACLI|RACNT|RVD|CT)=")
_DTMF = re.compile(r"DTMF: ([0-9ABCD*#])")
# What the program says when it starts.
_GREETING = re.compile(r"multimon-ng .*|\s*\(C\).*|Available demod.*|Enabled demod.*")


class PipeAdapter(LineAdapter):
	"""Decodes ``CLIPFSK:`` and ``DTMF:`` lines."""

	name = "pipe"
	title = "multimon-ng listening on a sound card"
	ports = ("pipe", "serial", "tcp", "tcp-listen")
	options = {**DTMF_OPTIONS, "silence_s": SILENCE}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._collector = DtmfCollector(options["start"], options["end"], options["digit_silence_s"])
		self._reports = Reports(options["silence_s"], self.bad.add)
		self.calls = self._reports.calls

	def tick(self, now: float) -> list[Signal]:
		"""Take the digits that a pause has completed; see Adapter.tick."""
		return [*self._reports.digits(self.line, self._collector.flush(now), now), *super().tick(now)]

	def suspend(self, now: float) -> None:
		"""The program has ended; see Adapter.suspend."""
		self._collector.reset()
		super().suspend(now)

	def _line(self, text: str, now: float) -> list[Signal]:
		digit = _DTMF.fullmatch(text)
		if digit:
			return self._reports.digits(self.line, self._collector.feed(digit[1], now), now)
		if text.startswith("CLIPFSK: CS "):
			return self._caller(text, now)
		if not _GREETING.fullmatch(text):
			self.bad.add("unknown lines", text)
		return []

	def _caller(self, text: str, now: float) -> list[Signal]:
		# A name may hold blanks, so a value goes up to the next known word.
		parts = _FIELD.split(text)
		fields = dict(zip(parts[1::2], (value.strip() for value in parts[2::2])))
		stamp = fields.get("DATE", "")
		number = fields.get("CID") or fields.get("RACLI", "")[:1]
		report = Report(number, fields.get("CNT", ""), stamp[:4], stamp[4:8])
		return self._reports.take(self.line, report, now, text)
