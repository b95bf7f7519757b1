"""The running bridge: every device, the queue and the sender, from start to SIGTERM."""

from __future__ import annotations

import logging
import os
import socket
import threading
from pathlib import Path
from types import TracebackType

from aftersales_bridge import __version__
from aftersales_bridge.client import SiteClient
from aftersales_bridge.config import Config, read_token
from aftersales_bridge.device import DeviceWorker
from aftersales_bridge.dialler import Dialler
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.heartbeat import Heartbeat
from aftersales_bridge.metrics import Metrics
from aftersales_bridge.recordings import RecordingsWatcher
from aftersales_bridge.schema import ConfigError
from aftersales_bridge.sender import Sender
from aftersales_bridge.signals import StopSignal
from aftersales_bridge.status import Status

log = logging.getLogger(__name__)

WATCH_S = 5.0
STOP_S = 5.0


class InstanceLock:
	"""Keeps a second bridge away from the same data directory; the system frees it when the process dies."""

	def __init__(self, data_dir: Path) -> None:
		self._path = data_dir / "lock"
		self._file = None

	def __enter__(self) -> InstanceLock:
		if not self.acquire():
			raise ConfigError(
				f"{self._path.parent}: another bridge is running here; stop it, or give another data_dir"
			)
		return self

	def __exit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		self.close()

	def close(self) -> None:
		"""Give the directory free."""
		if self._file is not None:
			self._file.close()
			self._file = None

	def acquire(self) -> bool:
		"""Take the lock; False when another process has it. Raises ConfigError when it cannot be tried."""
		try:
			self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
			self._file = self._path.open("a")
		except OSError as error:
			raise ConfigError(
				f"{self._path.parent}: data_dir cannot be used ({error.strerror}); see [bridge]"
			) from None
		try:
			_lock(self._file.fileno())
		except OSError:
			self._file.close()
			self._file = None
			return False
		return True


if os.name == "nt":
	import msvcrt

	def _lock(fd: int) -> None:
		msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
	import fcntl

	def _lock(fd: int) -> None:
		fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def notify_systemd(state: str) -> None:
	"""Tell systemd ``state`` (sd_notify); nothing happens when it does not listen."""
	address = os.environ.get("NOTIFY_SOCKET")
	if not address:
		return
	if address.startswith("@"):
		address = "\0" + address[1:]
	try:
		with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
			sock.sendto(state.encode(), address)
	except OSError as error:
		log.debug("systemd was not notified: %s", error)


def run(config: Config) -> int:
	"""Run the bridge until SIGTERM or SIGINT; the exit code. Raises ConfigError before anything has started."""
	token = read_token(config.token_file)
	with InstanceLock(config.data_dir):
		stopping = StopSignal()
		queue = EventQueue(config.queue_file)
		threads = _threads(config, queue, SiteClient(config, token))
		for thread in threads:
			thread.start()
		log.info(
			"aftersales-bridge %s: bridge %s, %d device(s), site %s",
			__version__,
			config.bridge_id,
			len(config.devices),
			config.site_url,
		)
		notify_systemd("READY=1")
		code = _watch(threads, stopping)
		notify_systemd("STOPPING=1")
		for thread in reversed(threads):
			thread.stop()
		for thread in reversed(threads):
			thread.join(STOP_S)
		queue.close()
		log.info("stopped")
		return code


def _threads(config: Config, queue: EventQueue, client: SiteClient) -> list[threading.Thread]:
	"""All parts of the bridge, in the order in which they start; each has ``stop``. Raises ConfigError."""
	saved = queue.open_calls()
	sender = Sender(queue, client, config.keep_sent_days, config.keep_dead_days)
	# Also without folders: a device may name a recording that it has left or sent somewhere.
	recordings = RecordingsWatcher(config, queue, client.twin())
	workers = [
		DeviceWorker(device, config.bridge_id, queue, saved.get(device.id), recordings.note)
		for device in config.devices
	]
	status = Status(config.bridge_id, queue, sender, workers)
	status.recordings = recordings.state
	threads: list[threading.Thread] = [sender, *workers, recordings, Heartbeat(client.twin(), status)]
	if any(worker.can_dial for worker in workers):
		threads.append(Dialler(client.twin(), queue, workers, config.bridge_id, config.dial_poll_s))
	if config.metrics_listen:
		threads.append(Metrics(config.metrics_listen, status))
	return threads


def _watch(threads: list[threading.Thread], stopping: StopSignal) -> int:
	while not stopping.wait(WATCH_S):
		dead = [thread.name for thread in threads if not thread.is_alive()]
		if dead:
			log.critical(
				"%s ended unexpectedly; the bridge stops so that its supervisor starts it anew", dead
			)
			return 1
		notify_systemd("WATCHDOG=1")
	return 0
