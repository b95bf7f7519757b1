"""Boxes that pass on the DTMF digits of a telephone line as characters."""

from __future__ import annotations

import re

from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.dtmf_codes import DIGITS, DtmfCollector
from aftersales_bridge.adapters.reports import SILENCE, Reports
from aftersales_bridge.events import Signal
from aftersales_bridge.schema import Key, between


def check_marks(marks: str) -> str | None:
	"""A check for ``start`` and ``end``."""
	return None if re.fullmatch(r"[0-9ABCD*#]*", marks) else "may hold only the digits 0-9 A B C D * #"


#: how a DTMF caller ID is told from other digits, wherever they come from
DTMF_OPTIONS = {
	"start": Key(
		str, "the digits with which caller ID begins; empty where the exchange sends none", "ABD", check_marks
	),
	"end": Key(str, "the digits with which caller ID ends", "C#", check_marks),
	"digit_silence_s": Key(float, "the pause that ends caller ID without an end digit", 1.0, between(0.2, 5)),
}


class DtmfAdapter(Adapter):
	"""Collects single digits into caller ID. What does not begin like one, such as dialled digits, is passed over."""

	name = "dtmf"
	title = "box that passes on DTMF digits as characters"
	port_defaults = {"baud": 9600}
	options = {**DTMF_OPTIONS, "silence_s": SILENCE}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._collector = DtmfCollector(options["start"], options["end"], options["digit_silence_s"])
		self._reports = Reports(options["silence_s"], self.bad.add)
		self.calls = self._reports.calls

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from the box; see Adapter.feed."""
		signals: list[Signal] = []
		strange = 0
		for byte in data:
			digit = chr(byte).upper()
			if digit in DIGITS:
				signals += self._reports.digits(self.line, self._collector.feed(digit, now), now)
			elif digit not in " \r\n\t":
				strange += 1
		if strange:
			self.bad.add("bytes that are no digits", data, strange)
		return signals

	def tick(self, now: float) -> list[Signal]:
		"""Take what a pause has completed; see Adapter.tick."""
		return [*self._reports.digits(self.line, self._collector.flush(now), now), *super().tick(now)]

	def suspend(self, now: float) -> None:
		"""The box is lost, and with it half a number; see Adapter.suspend."""
		self._collector.reset()
		super().suspend(now)
