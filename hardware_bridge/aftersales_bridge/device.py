"""One device at work: open it, read it, and open it again whenever it vanishes."""

from __future__ import annotations

import logging
import threading

import serial

from aftersales_bridge import clock
from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.adapters.base import DeviceError
from aftersales_bridge.config import Device
from aftersales_bridge.event_queue import EventQueue, OpenCall
from aftersales_bridge.events import Event, Signal
from aftersales_bridge.masking import mask
from aftersales_bridge.ports import READ_S, SerialPort

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0
# A device that worked this long starts again with the short waiting times.
STEADY_S = 30.0


class DeviceWorker(threading.Thread):
	"""Runs one [[device]] of the configuration; ends only when ``stop`` is called."""

	def __init__(
		self, device: Device, bridge_id: str, queue: EventQueue, saved: tuple[dict, float] | None = None
	) -> None:
		super().__init__(name=device.id, daemon=True)
		self._device = device
		self._bridge_id = bridge_id
		self._queue = queue
		self._saved = saved
		self._adapter = ADAPTERS[device.adapter](device.id, device.line, device.options)
		self._port: SerialPort | None = None
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
		port = SerialPort(self._device.port, self._device.options["baud"])
		self._port = port
		try:
			warnings = self._adapter.start(port, self._emit)
			self._adapter.resume(clock.mono())
			self._found(warnings)
			steady_at = clock.mono() + STEADY_S
			while not self._stopping.is_set():
				data = port.read()
				now = clock.mono()
				signals = self._adapter.feed(data, now) if data else []
				signals += self._adapter.tick(now)
				if data or signals:
					self._emit(signals)
				self._adapter.check_up(port, now)
				if now >= steady_at:
					self._retry_s = FIRST_RETRY_S
		finally:
			self._port = None
			port.close()

	def _found(self, warnings: list[str]) -> None:
		for warning in warnings:
			log.warning("%s: %s", self._device.id, warning)
		log.info("%s: working on %s", self._device.id, self._device.port)
		self._up = True
		self._emit([Signal("device_up", self._device.line, cause="; ".join(warnings)[:140] or None)])

	def _lost(self, reason: str) -> None:
		self._adapter.suspend(clock.mono())
		if self._up is False:
			log.debug("%s: still not usable: %s", self._device.id, reason)
			return
		self._up = False
		log.warning("%s: not usable, will go on trying: %s", self._device.id, reason)
		self._emit([Signal("device_down", self._device.line, cause=reason[:140])])

	def _wait(self, seconds: float) -> None:
		until = clock.mono() + seconds
		while not self._stopping.wait(max(0.0, min(READ_S, until - clock.mono()))):
			signals = self._adapter.tick(clock.mono())
			if signals:
				self._emit(signals)
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
		for signal in signals:
			if signal.call_uuid:
				shown = mask(signal.number_raw) if signal.number_raw else signal.presentation
				log.info("line %s: %s %s", signal.line, signal.kind, shown)


def _plain(error: Exception) -> str:
	text = str(error) or type(error).__name__
	if "returned no data" in text:
		return "the device was unplugged, or another program reads its port"
	return text
