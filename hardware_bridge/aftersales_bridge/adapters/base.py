"""What every adapter is: the part of the bridge that knows one kind of hardware's language."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from typing import ClassVar, Protocol

from aftersales_bridge import clock
from aftersales_bridge.events import Signal
from aftersales_bridge.masking import mask
from aftersales_bridge.schema import Key

log = logging.getLogger(__name__)

LOG_EVERY_S = 60.0


class DeviceError(Exception):
	"""The device cannot be used now; the message says why. The bridge closes it and tries again."""


class Port(Protocol):
	"""An open connection to a device."""

	def read(self) -> bytes:
		"""The bytes that have arrived; waits a moment for the first one and may return none."""

	def write(self, data: bytes) -> None:
		"""Send ``data`` to the device."""


class BadFrames:
	"""Counts what a device sent that nobody could use, and says so at most once a minute."""

	def __init__(self, source: str) -> None:
		self.total: Counter[str] = Counter()
		self._source = source
		self._fresh: Counter[str] = Counter()
		self._sample = ""
		self._next_log = 0.0

	def add(self, what: str, sample: object = "", count: int = 1) -> None:
		"""Count ``count`` frames bad for the reason ``what``; ``sample`` shows one of them in the log."""
		self.total[what] += count
		self._fresh[what] += count
		self._sample = self._sample or repr(sample)[:60]

	def report(self, now: float) -> None:
		"""Log the frames counted since the last time, unless that was less than a minute ago."""
		if not self._fresh or now < self._next_log:
			return
		counts = ", ".join(f"{count} {what}" for what, count in sorted(self._fresh.items()))
		log.warning(
			"%s: ignored what could not be read: %s; first %s", self._source, counts, mask(self._sample)
		)
		self._fresh.clear()
		self._sample = ""
		self._next_log = now + LOG_EVERY_S


class Adapter(ABC):
	"""One device's decoder. Bytes go in, signals come out; it does no input or output of its own.

	``feed`` and ``tick`` never raise, whatever the bytes are: what cannot be read is counted in ``bad``.
	"""

	#: the word for ``adapter`` in the configuration file
	name: ClassVar[str]
	#: its own keys of a [[device]] section
	options: ClassVar[dict[str, Key]] = {}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		self.bad = BadFrames(source_id)

	@abstractmethod
	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Bring a freshly opened device into working order.

		A call that comes in meanwhile goes to ``emit``. Returns warnings, one line each, about what the device
		would not do; raises DeviceError when it is of no use at all.
		"""

	@abstractmethod
	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode ``data``, which arrived at ``now`` (monotonic seconds)."""

	@abstractmethod
	def tick(self, now: float) -> list[Signal]:
		"""Let time pass: signals that follow from silence."""

	@abstractmethod
	def check_up(self, port: Port, now: float) -> None:
		"""Ask a quiet device from time to time whether it still works; raises DeviceError if not."""

	@abstractmethod
	def suspend(self, now: float) -> None:
		"""The device is lost for now."""

	@abstractmethod
	def resume(self, now: float) -> None:
		"""The device works again."""

	@abstractmethod
	def snapshot(self) -> dict | None:
		"""The open calls as JSON values, or None; ``restore`` takes them up after a restart."""

	@abstractmethod
	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		"""Take up the calls saved ``gap`` seconds ago."""

	@staticmethod
	def now() -> float:
		"""The clock of ``feed`` and ``tick``."""
		return clock.mono()
