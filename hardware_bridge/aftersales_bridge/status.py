"""How the bridge is: gathered for the site's heartbeat, for Prometheus and for people."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aftersales_bridge import __version__, clock
from aftersales_bridge.event_queue import EventQueue, QueueState
from aftersales_bridge.masking import mask

if TYPE_CHECKING:
	from aftersales_bridge.device import DeviceState, DeviceWorker
	from aftersales_bridge.sender import Sender


class Status:
	"""Gathers the state of the running bridge's parts. May be asked from any thread.

	``skew_s`` is how far this computer's clock is ahead of the site's, once the site has said its time.
	"""

	def __init__(
		self, bridge_id: str, queue: EventQueue, sender: Sender, workers: Sequence[DeviceWorker]
	) -> None:
		self.bridge_id = bridge_id
		self.started_ms = clock.wall_ms()
		self.skew_s: float | None = None
		self.recordings: Callable[[], dict] | None = None
		self._queue = queue
		self._sender = sender
		self._workers = workers

	def queue(self) -> QueueState | None:
		"""None while the queue cannot be read."""
		with contextlib.suppress(sqlite3.Error):
			return self._queue.state()
		return None

	def devices(self) -> list[tuple[str, str, DeviceState]]:
		"""Id, adapter and state of each device."""
		return [(worker.name, worker.adapter_name, worker.state()) for worker in self._workers]

	def delivery(self) -> dict[str, float]:
		"""Figures of the sender, by name."""
		return {**self._sender.figures(), "dropped": self._queue.dropped}

	def for_site(self) -> dict:
		"""The heartbeat: see aftersales.telephony.bridge_api.heartbeat."""
		queue = self.queue()
		status = {
			"version": __version__,
			"host": socket.gethostname(),
			"boot_id": clock.BOOT_ID,
			"started_at": clock.iso(self.started_ms),
			"queue": self._queue_for_site(queue),
			"devices": [
				{
					"id": name,
					"adapter": adapter,
					"lines": state.lines,
					"state": "up" if state.up else "down",
					"since": clock.iso(state.since_ms),
					"bad_frames": sum(state.bad_frames.values()),
					"last_event_at": clock.iso(state.last_event_ms) if state.last_event_ms else None,
					"error": mask(state.error) if state.error else None,
				}
				for name, adapter, state in self.devices()
			],
		}
		if self.recordings is not None:
			status["recordings"] = self.recordings()
		return status

	def _queue_for_site(self, state: QueueState | None) -> dict:
		if state is None:
			return {"error": self._queue.error}
		return {
			"queued": state.counts["queued"] + state.counts["unsaved"],
			"dead": state.counts["dead"],
			"oldest_age_s": state.oldest_ms // 1000 if state.oldest_ms is not None else 0,
			"bytes": state.bytes,
			"free_bytes": state.free_bytes,
			"error": state.error,
		}
