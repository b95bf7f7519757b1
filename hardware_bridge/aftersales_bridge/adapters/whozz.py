"""CallerID.com's Whozz Calling? boxes on a serial line: two, four or eight telephone lines each."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from aftersales_bridge.adapters.base import DeviceError, Port
from aftersales_bridge.adapters.line_adapter import LineAdapter
from aftersales_bridge.adapters.whozz_calls import WhozzCalls
from aftersales_bridge.events import Signal
from aftersales_bridge.schema import Key, between

# The box writes each setting to its memory before it takes the next character.
PAUSE_S = 0.06
ANSWER_S = 1.0


def _check_toggles(toggles: str) -> str | None:
	return (
		None
		if re.fullmatch(r"[EeCcXxAaSsDdOoTtUuKkBb]*", toggles)
		else "holds a letter that is no setting of the box"
	)


class WhozzAdapter(LineAdapter):
	"""Decodes the records of a box, or of several on one serial line, and sets it to report all it can."""

	name = "whozz"
	title = "Whozz Calling? box on a serial line, up to 99 lines"
	port_defaults = {"baud": 9600}
	multi_line = True
	options = {
		"toggles": Key(
			str, "the settings sent after each open; empty to leave the box alone", "EcXdAo", _check_toggles
		),
		"set_clock": Key(bool, "whether the box's clock is set after each open", True),
		"check_every_s": Key(int, "how often a quiet box is asked whether it works", 600, between(0, 86400)),
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._toggles: str = options["toggles"]
		self._set_clock: bool = options["set_clock"]
		self._check_every: int = options["check_every_s"]
		self.calls = WhozzCalls(self.lines, self.bad)
		self._answers = False
		self._asked_at: float | None = None
		self._last_byte = 0.0

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Ask the box whether it is there, and set it; see Adapter.start."""
		self._splitter.reset()
		self._asked_at = None
		self._answers = False
		if not self._toggles and not self._set_clock:
			return []
		port.write(b"@")
		until = self.now() + ANSWER_S
		while not self._answers and self.now() < until:
			self._listen(port, emit)
		if not self._answers:
			return [
				"the box does not answer, so its settings are as they were; is its transmit wire connected?"
			]
		clock = time.strftime("Z%m%d%H%M%S\r") if self._set_clock else ""
		for character in self._toggles + clock:
			port.write(character.encode("ascii"))
			time.sleep(PAUSE_S)
		self._last_byte = self.now()
		return []

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from the box; see Adapter.feed."""
		self._last_byte = now
		self._asked_at = None
		return super().feed(data, now)

	def check_up(self, port: Port, now: float) -> None:
		"""Ask a box that has answered before; see Adapter.check_up."""
		if self._asked_at is not None:
			if now - self._asked_at > 3 * ANSWER_S:
				self._asked_at = None
				raise DeviceError("no answer while idle")
			return
		if (
			self._answers
			and self._check_every
			and not self.calls.ringing
			and now - self._last_byte >= self._check_every
		):
			port.write(b"@")
			self._asked_at = now

	def _listen(self, port: Port, emit: Callable[[list[Signal]], None]) -> None:
		data = port.read()
		if data:
			self._answers = True
			signals = self.feed(data, self.now())
			if signals:
				emit(signals)

	def _line(self, text: str, now: float) -> list[Signal]:
		# The answers to single characters come without a line end, in front of the next record.
		record = re.search(r"\$?\d\d [IORFNH].*|\d{4} \d\d \d\d/\d\d .*|\$?\d\d {1,5}\d\d/\d\d .*", text)
		if record is None:
			if len(text) > 40:
				self.bad.add("unknown lines", text)
			return []
		return self.calls.take(record.group(), now)
