"""What every adapter is: the part of the bridge that knows one kind of hardware's language."""

from __future__ import annotations

import logging
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from aftersales_bridge import clock
from aftersales_bridge.events import Signal
from aftersales_bridge.masking import mask
from aftersales_bridge.schema import Key

log = logging.getLogger(__name__)

LOG_EVERY_S = 60.0
# A box has eight lines, a telephone system some dozens; more is noise that looks like line numbers.
MAX_LINES = 250
#: what carries a stream of bytes, see ports.KINDS
STREAMS = ("serial", "tcp", "tcp-listen", "pipe")


class DeviceError(Exception):
	"""The device cannot be used now; the message says why. The bridge closes it and tries again."""


class DialError(Exception):
	"""The number could not be dialled; the message says why, for the person who wanted it."""


class Port(Protocol):
	"""An open connection to a device. Every method raises OSError once it is gone."""

	def read(self) -> bytes:
		"""The bytes that have arrived; waits a moment for the first one and may return none.

		From ``udp`` one datagram at a time, from ``http`` one request as a line of JSON, from ``tcp-listen`` whole lines.
		"""

	def write(self, data: bytes) -> None:
		"""Send ``data`` to the device."""

	def wake(self) -> None:
		"""Let a waiting read return at once; may be called from another thread."""

	def close(self) -> None:
		"""Close it; never raises."""


class Calls(Protocol):
	"""The state of an adapter's calls: RingTracker, RingTrackers or KnownCalls."""

	@property
	def ringing(self) -> bool: ...

	def take_suppressed(self) -> int: ...

	def tick(self, now: float) -> list[Signal]: ...

	def suspend(self, now: float) -> None: ...

	def resume(self, now: float) -> None: ...

	def snapshot(self) -> dict | None: ...

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]: ...


@dataclass(frozen=True)
class DialRequest:
	"""Somebody wants ``number`` to be dialled on ``line``, for the phone ``extension`` where that is needed."""

	id: str
	line: str
	number: str
	extension: str | None = None

	def failed(self, reason: str) -> Signal:
		"""What tells the site that nothing came of it, and why."""
		return Signal(
			"dial_failed",
			self.line or "-",
			call_uuid=str(uuid.uuid4()),
			direction="out",
			number_raw=self.number or None,
			presentation="allowed" if self.number else "unavailable",
			cause=reason[:140],
			extension=self.extension,
			dial_request=self.id,
		)


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


class LineMap:
	"""From a device's own words for its lines (``01``) to the Source Lines of the site.

	A word that the table ``lines`` of the configuration lacks becomes ``prefix`` and the word.
	"""

	def __init__(self, prefix: str, table: dict[str, str]) -> None:
		self._prefix = prefix
		self._known = dict(table)

	def get(self, word: str) -> str | None:
		"""The Line of the Device; None for what can be no line, or for one too many."""
		word = word.strip()
		if word not in self._known:
			name = f"{self._prefix}{word}"
			if not word or len(name) > 32 or not name.isprintable() or len(self._known) >= MAX_LINES:
				return None
			self._known[word] = name
		return self._known[word]

	def names(self) -> list[str]:
		"""The Source Lines of the table, and of the words heard so far."""
		return list(dict.fromkeys(self._known.values()))


class Adapter(ABC):
	"""One device's decoder. Bytes go in, signals come out; it does no input or output of its own.

	``feed`` and ``tick`` never raise, whatever the bytes are: what cannot be read is counted in ``bad``. A small
	adapter sets ``calls`` in its ``__init__`` and writes ``feed``; all else has a default.
	"""

	#: the word for ``adapter`` in the configuration file
	name: ClassVar[str]
	#: what it is for, in a few words for people
	title: ClassVar[str]
	#: its own keys of a [[device]] section
	options: ClassVar[dict[str, Key]] = {}
	#: the kinds of port it can use (ports.KINDS)
	ports: ClassVar[tuple[str, ...]] = STREAMS
	#: the port when the configuration gives none
	default_port: ClassVar[str | None] = None
	#: other defaults for the keys of its port, such as {"baud": 9600}
	port_defaults: ClassVar[dict[str, Any]] = {}
	#: it says itself on which of several lines a call is: ``lines`` is a table and ``line`` a prefix
	multi_line: ClassVar[bool] = False
	#: it can dial
	can_dial: ClassVar[bool] = False

	calls: Calls

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		self.source_id = source_id
		self.line = line
		self.bad = BadFrames(source_id)
		#: for adapters with ``multi_line``
		self.lines = LineMap(line, options.get("lines", {}))

	@abstractmethod
	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode ``data``, which arrived at ``now`` (monotonic seconds)."""

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Bring a freshly opened device into working order.

		A call that comes in meanwhile goes to ``emit``. Returns warnings, one line each, about what the device
		would not do; raises DeviceError when it is of no use at all.
		"""
		return []

	def tick(self, now: float) -> list[Signal]:
		"""Let time pass: signals that follow from silence."""
		suppressed = self.calls.take_suppressed()
		if suppressed:
			self.bad.add("calls too close together", count=suppressed)
		self.bad.report(now)
		return self.calls.tick(now)

	def check_up(self, port: Port, now: float) -> None:
		"""Ask a quiet device from time to time whether it still works; raises DeviceError if not."""
		return

	def identify(self, port: Port) -> str:
		"""What the started device says of itself, for a person to read; empty if it cannot be asked."""
		return ""

	def dial(self, port: Port, request: DialRequest, now: float) -> list[Signal]:
		"""Dial; signals that follow at once. Raises DialError."""
		raise DialError(f"{self.source_id} cannot dial")

	def serves(self, line: str) -> bool:
		"""Whether calls on the line ``line`` go through this device."""
		return line in self.line_names()

	def line_names(self) -> list[str]:
		"""The Source Lines that are known to be on this device."""
		return self.lines.names() if self.multi_line else [self.line]

	def suspend(self, now: float) -> None:
		"""The device is lost for now."""
		self.calls.suspend(now)

	def resume(self, now: float) -> None:
		"""The device works again."""
		self.calls.resume(now)

	def snapshot(self) -> dict | None:
		"""The open calls as JSON values, or None; ``restore`` takes them up after a restart."""
		return self.calls.snapshot()

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		"""Take up the calls saved ``gap`` seconds ago."""
		return self.calls.restore(saved, gap, now)

	@staticmethod
	def now() -> float:
		"""The clock of ``feed`` and ``tick``."""
		return clock.mono()
