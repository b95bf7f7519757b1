"""CallerID.com's Whozz Calling? Ethernet Link and Vertex boxes, which broadcast their records in the network."""

from __future__ import annotations

import re

from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.adapters.lines import decode_text
from aftersales_bridge.adapters.whozz_calls import WhozzCalls
from aftersales_bridge.adapters.whozz_records import read_datagram
from aftersales_bridge.events import Signal
from aftersales_bridge.schema import Key


def _check_serials(serials: list[str]) -> str | None:
	wrong = next((serial for serial in serials if not re.fullmatch(r"\d{1,15}", serial)), None)
	return None if wrong is None else f"holds {wrong!r}, but a serial number consists of digits"


class WhozzUdpAdapter(Adapter):
	"""Decodes the boxes' datagrams, one record each. It only listens: a lost datagram is lost."""

	name = "whozz_udp"
	title = "Whozz Calling? Ethernet Link or Vertex box in the network, up to 99 lines"
	ports = ("udp",)
	default_port = "udp://0.0.0.0:3520"
	multi_line = True
	options = {
		"serials": Key(
			list,
			"the serial numbers of the boxes to listen to; empty for every box in the network",
			[],
			_check_serials,
		),
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._serials = {int(serial) for serial in options["serials"]}
		self._own = {word.split("/")[0] for word in options.get("lines", {}) if "/" in word}
		self.calls = WhozzCalls(self.lines, self.bad)

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode one datagram; see Adapter.feed."""
		datagram = read_datagram(data)
		if datagram is None:
			# The vendor's software talks to its boxes on the same port.
			if not data.startswith(b"^^I"):
				self.bad.add("unknown datagrams", data)
			return []
		if self._serials and datagram.serial not in self._serials:
			return []
		unit = str(datagram.serial)
		return self.calls.take(decode_text(datagram.text), now, f"{unit}/" if unit in self._own else "")
