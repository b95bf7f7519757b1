"""What a simulated device is: the bytes of a call, and the answers to what the bridge sends."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

#: words for a caller without number
WITHHELD, UNAVAILABLE, NONE = "withheld", "unavailable", "none"

#: seconds since the call began, and what the device sends then
Script = list[tuple[float, bytes]]


@dataclass(frozen=True)
class Call:
	"""A call to be simulated.

	``number`` is digits, or withheld, unavailable or none. ``line`` is the device's own word for the line. Somebody answers after
	``answer_s`` seconds and speaks for ``talk_s``; None lets it ring ``rings`` times, ``cadence`` seconds apart.
	"""

	number: str
	name: str = ""
	line: str = ""
	rings: int = 4
	cadence: float = 5.0
	answer_s: float | None = None
	talk_s: float = 30.0
	outbound: bool = False

	@property
	def digits(self) -> str:
		"""The number, empty if none is shown."""
		return "" if self.number in (WITHHELD, UNAVAILABLE, NONE) else self.number

	@property
	def ring_s(self) -> float:
		"""How long it rings."""
		return self.answer_s if self.answer_s is not None else self.rings * self.cadence

	@property
	def end_s(self) -> float:
		"""When it is over, seconds after its start."""
		return self.ring_s + (self.talk_s if self.answer_s is not None or self.outbound else 0)

	def ring_times(self) -> list[float]:
		"""When the bell rings."""
		return [
			n * self.cadence for n in range(max(1, self.rings)) if n * self.cadence < max(self.ring_s, 0.001)
		]

	def word(self, withheld: str, unavailable: str) -> str:
		"""The number, or the device's word for its absence."""
		return {WITHHELD: withheld, UNAVAILABLE: unavailable, NONE: unavailable}.get(self.number, self.number)


class SimulatedDevice(ABC):
	"""One kind of device. ``wire`` says how it is connected.

	pty: a pseudo terminal; udp: datagrams to the bridge; connect: it opens a TCP connection to the bridge; listen: the bridge opens one;
	fifo: a named pipe, of which a program such as multimon-ng reads sound.
	"""

	name: ClassVar[str]
	title: ClassVar[str]
	wire: ClassVar[str] = "pty"
	#: its own words for its lines; the first is taken when none is given
	lines: ClassVar[tuple[str, ...]] = ("1",)

	@abstractmethod
	def call(self, call: Call) -> Script:
		"""What it sends in the course of ``call``."""

	def greeting(self) -> bytes:
		"""What it says first on a new network connection."""
		return b""

	def reply(self, data: bytes) -> bytes:
		"""What it answers to bytes from the bridge."""
		return b""

	def follow_ups(self) -> Script:
		"""What it sends later because of the latest ``reply``, in seconds from it."""
		return []

	def line(self, call: Call) -> str:
		"""The line of ``call``, by its own word."""
		return call.line or self.lines[0]


def now(form: str) -> str:
	"""The local time in the form of strftime."""
	return time.strftime(form, time.localtime())


def later(form: str, seconds: float) -> str:
	"""The local time ``seconds`` from now."""
	return time.strftime(form, time.localtime(time.time() + seconds))
