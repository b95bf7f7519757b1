"""One device at work: open it, read it, and open it again whenever it vanishes."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import serial

from aftersales_bridge import clock
from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.adapters.base import DeviceError, DialError, DialRequest, Port
from aftersales_bridge.config import Device
from aftersales_bridge.event_queue import EventQueue, OpenCall
from aftersales_bridge.events import Event, Signal
from aftersales_bridge.known_calls import KnownCalls
from aftersales_bridge.masking import mask
from aftersales_bridge.ports import open_port, shown
from aftersales_bridge.ports.common import READ_S

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0
# A device that worked this long starts again with the short waiting times.
STEADY_S = 30.0


MAX_DIAL_REQUESTS = 20
# No device says more in a second; one that does must not keep the others from being heard.
FLOOD_BYTES = 262_144


@dataclass(frozen=True)
class DeviceState:
	"""How a device is, for the heartbeat, the metrics and people. Times are milliseconds since 1970."""

	up: bool | None
	since_ms: int
	error: str | None
	last_event_ms: int | None
	lines: list[str]
	bad_frames: dict[str, int]


class DeviceWorker(threading.Thread):
	"""Runs one [[device]] of the configuration; ends only when ``stop`` is called.

	``on_recording`` is told of every signal of the kind ``recording``.
	"""

	def __init__(
		self,
		device: Device,
		bridge_id: str,
		events: EventQueue,
		saved: tuple[dict, float] | None = None,
		on_recording: Callable[[str, Signal], None] | None = None,
	) -> None:
		super().__init__(name=device.id, daemon=True)
		self._device = device
		self._bridge_id = bridge_id
		self._queue = events
		self._saved = saved
		self._on_recording = on_recording
		self._adapter = ADAPTERS[device.adapter](device.id, device.line, device.options)
		if isinstance(self._adapter.calls, KnownCalls):
			self._adapter.calls.namespace = f"{bridge_id}|{device.id}"
		self._dial_requests: queue.Queue[DialRequest] = queue.Queue(MAX_DIAL_REQUESTS)
		self._announced: set[str] = set()
		self._second, self._in_second = 0.0, 0
		self._since_ms = clock.wall_ms()
		self._last_event_ms: int | None = None
		self._error: str | None = None
		self._port: Port | None = None
		self._stopping = threading.Event()
		self._up: bool | None = None
		self._retry_s = FIRST_RETRY_S
		self._last_snapshot: dict | None = None

	def run(self) -> None:
		self._restore()
		while not self._stopping.is_set():
			try:
				self._session()
			except (serial.SerialException, OSError, DeviceError) as error:
				reason = _plain(error)
			except Exception as error:
				# An error in an adapter must not silence the telephone: start it anew.
				log.exception("%s: unexpected error", self._device.id)
				reason = f"internal error {type(error).__name__}"
			else:
				return
			self._lost(reason)
			self._wait(self._retry_s)
			self._retry_s = min(self._retry_s * 2, LAST_RETRY_S)

	def stop(self) -> None:
		"""Ask the thread to end. An open call stays noted in the queue, and goes on after a restart."""
		self._stopping.set()
		port = self._port
		if port is not None:
			port.wake()

	@property
	def adapter_name(self) -> str:
		return self._device.adapter

	@property
	def can_dial(self) -> bool:
		return self._adapter.can_dial

	def serves(self, line: str) -> bool:
		"""Whether calls on the line ``line`` go through this device."""
		return self._adapter.serves(line)

	def dial(self, request: DialRequest) -> None:
		"""Let the device dial as soon as it can; what comes of it is reported as events."""
		try:
			self._dial_requests.put_nowait(request)
		except queue.Full:
			self._emit([request.failed("too many numbers wait to be dialled")])
			return
		port = self._port
		if port is not None:
			port.wake()

	def state(self) -> DeviceState:
		"""How the device is now."""
		return DeviceState(
			up=self._up,
			since_ms=self._since_ms,
			error=self._error,
			last_event_ms=self._last_event_ms,
			lines=self._adapter.line_names(),
			bad_frames=dict(self._adapter.bad.total),
		)

	def _restore(self) -> None:
		if self._saved is None:
			return
		body, gap = self._saved
		try:
			signals = self._adapter.restore(body, gap, clock.mono())
		except (TypeError, KeyError, ValueError):
			log.warning(
				"%s: the call noted before the restart cannot be read; it is forgotten", self._device.id
			)
			signals = []
		self._last_snapshot = body
		self._emit(signals)

	def _session(self) -> None:
		"""From opening the device to losing it; returns only when the bridge stops."""
		port = open_port(self._device.port, self._device.port_options)
		self._port = port
		try:
			warnings = self._adapter.start(port, self._emit)
			self._adapter.resume(clock.mono())
			self._found(warnings)
			steady_at = clock.mono() + STEADY_S
			while not self._stopping.is_set():
				data = port.read()
				self._hold_up(len(data))
				now = clock.mono()
				signals = self._adapter.feed(data, now) if data else []
				signals += self._adapter.tick(now)
				signals += self._dial(port, now)
				if data or signals:
					self._emit(signals)
					self._announce()
				self._adapter.check_up(port, now)
				if now >= steady_at:
					self._retry_s = FIRST_RETRY_S
		finally:
			self._port = None
			port.close()

	def _hold_up(self, count: int) -> None:
		"""Let a device that floods wait until its second is over."""
		now = clock.mono()
		if now - self._second >= 1.0:
			self._second, self._in_second = now, 0
		self._in_second += count
		if self._in_second > FLOOD_BYTES:
			self._adapter.bad.add("floods held up")
			self._stopping.wait(self._second + 1.0 - now)

	def _dial(self, port: Port, now: float) -> list[Signal]:
		"""Dial the next number that somebody wants."""
		try:
			request = self._dial_requests.get_nowait()
		except queue.Empty:
			return []
		try:
			return self._adapter.dial(port, request, now)
		except DialError as error:
			return [request.failed(str(error))]

	def _found(self, warnings: list[str]) -> None:
		for warning in warnings:
			log.warning("%s: %s", self._device.id, warning)
		log.info("%s: working on %s", self._device.id, shown(self._device.port))
		self._change(True, "; ".join(warnings)[:140] or None)
		self._announced.clear()
		self._announce()

	def _announce(self) -> None:
		"""Tell the site of each line that it is up, also of those first heard of now."""
		fresh = [line for line in self._adapter.line_names() if line not in self._announced]
		self._announced.update(fresh)
		if fresh:
			self._emit([Signal("device_up", line, cause=self._error) for line in fresh])

	def _lost(self, reason: str) -> None:
		self._adapter.suspend(clock.mono())
		self._fail_dial_requests(reason)
		if self._up is False:
			log.debug("%s: still not usable: %s", self._device.id, reason)
			return
		self._change(False, reason[:140])
		log.warning("%s: not usable, will go on trying: %s", self._device.id, reason)
		self._emit([Signal("device_down", line, cause=reason[:140]) for line in self._adapter.line_names()])

	def _change(self, up: bool, remark: str | None) -> None:
		self._up, self._error, self._since_ms = up, remark, clock.wall_ms()

	def _fail_dial_requests(self, reason: str) -> None:
		while True:
			try:
				request = self._dial_requests.get_nowait()
			except queue.Empty:
				return
			self._emit([request.failed(f"the device is not usable: {reason}")])

	def _wait(self, seconds: float) -> None:
		until = clock.mono() + seconds
		while not self._stopping.wait(max(0.0, min(READ_S, until - clock.mono()))):
			signals = self._adapter.tick(clock.mono())
			if signals:
				self._emit(signals)
			self._fail_dial_requests(self._error or "unknown")
			if clock.mono() >= until:
				return

	def _emit(self, signals: list[Signal]) -> None:
		"""Queue ``signals``, together with what is needed to take the open call up after a restart."""
		snapshot = self._adapter.snapshot()
		changed = snapshot != self._last_snapshot
		if not signals and not changed:
			return
		events = [
			Event.stamp(signal, self._bridge_id, self._device.id, self._device.adapter) for signal in signals
		]
		self._queue.put(events, OpenCall(self._device.id, snapshot) if changed else None)
		self._last_snapshot = snapshot
		if signals:
			self._last_event_ms = clock.wall_ms()
		for signal in signals:
			if signal.kind == "recording" and self._on_recording:
				self._on_recording(self._device.id, signal)
			if signal.call_uuid:
				shown = mask(signal.number_raw) if signal.number_raw else signal.presentation
				log.info("line %s: %s %s", signal.line, signal.kind, shown)


def _plain(error: Exception) -> str:
	text = str(error) or type(error).__name__
	if "returned no data" in text:
		return "the device was unplugged, or another program reads its port"
	return text
