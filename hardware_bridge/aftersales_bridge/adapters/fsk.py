"""Boxes that hand over the caller-ID bytes of the exchange as they are (HT9032 receivers, CTI Comet USB and the like)."""

from __future__ import annotations

from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.packets import Packet, PacketFinder
from aftersales_bridge.adapters.reports import SILENCE, Report, Reports
from aftersales_bridge.events import Signal


class FskAdapter(Adapter):
	"""Finds SDMF and MDMF messages in a stream of bytes; the box reports no ring."""

	name = "fsk"
	title = "box that passes on the raw FSK caller-ID bytes"
	port_defaults = {"baud": 1200}
	options = {"silence_s": SILENCE}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._finder = PacketFinder()
		self._reports = Reports(options["silence_s"], self.bad.add)
		self.calls = self._reports.calls

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from the box; see Adapter.feed."""
		return self._take(*self._finder.feed(data, now), now)

	def tick(self, now: float) -> list[Signal]:
		"""Give up a message that broke off; see Adapter.tick."""
		return [*self._take(*self._finder.flush(now), now), *super().tick(now)]

	def suspend(self, now: float) -> None:
		"""The box is lost, and with it half a message; see Adapter.suspend."""
		self._finder.reset()
		super().suspend(now)

	def _take(self, found: list[tuple[Packet | None, bytes]], lost: list[str], now: float) -> list[Signal]:
		for what in lost:
			self.bad.add(what)
		signals: list[Signal] = []
		for packet, data in found:
			if packet is None:
				signals += self._reports.take(self.line, Report(), now, f"unreadable {data.hex().upper()}")
			elif packet.is_call:
				report = Report(packet.number, packet.name, packet.date, packet.time)
				signals += self._reports.take(self.line, report, now, data.hex().upper())
		return signals
