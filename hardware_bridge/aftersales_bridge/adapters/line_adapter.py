"""What devices that speak in lines of text have in common."""

from __future__ import annotations

from abc import abstractmethod

from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.lines import LineSplitter, decode_text
from aftersales_bridge.events import Signal


class LineAdapter(Adapter):
	"""An adapter that decodes line by line; a subclass says what a line means (``_line``)."""

	#: bytes of the longest line that a device of this kind sends
	longest_line = 200

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._splitter = LineSplitter(limit=self.longest_line, dle=False)

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from the device; see Adapter.feed."""
		signals: list[Signal] = []
		lines, lost = self._splitter.feed(data, now)
		for what in lost:
			self.bad.add(what)
		for line in lines:
			signals += self._line(self._text(line), now)
		return signals

	def suspend(self, now: float) -> None:
		"""The device is lost, and with it half a line; see Adapter.suspend."""
		self._splitter.reset()
		super().suspend(now)

	def _text(self, line: bytes) -> str:
		return decode_text(line)

	@abstractmethod
	def _line(self, text: str, now: float) -> list[Signal]:
		"""The signals that follow from a line without its end."""
