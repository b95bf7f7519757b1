"""Figures for Prometheus, on a loopback address."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aftersales_bridge import __version__
from aftersales_bridge.schema import ConfigError
from aftersales_bridge.status import Status

log = logging.getLogger(__name__)

PREFIX = "aftersales_bridge_"
Sample = tuple[dict[str, str], float]


def render(status: Status) -> str:
	"""The text exposition format, version 0.0.4."""
	lines: list[str] = []
	for name, kind, help_text, samples in _families(status):
		lines += [f"# HELP {PREFIX}{name} {help_text}", f"# TYPE {PREFIX}{name} {kind}"]
		lines += [f"{PREFIX}{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
	return "\n".join(lines) + "\n"


def _families(status: Status) -> Iterator[tuple[str, str, str, list[Sample]]]:
	yield "info", "gauge", "This bridge.", [({"bridge": status.bridge_id, "version": __version__}, 1)]
	yield "start_time_seconds", "gauge", "When it started.", [({}, status.started_ms / 1000)]
	if status.skew_s is not None:
		yield "clock_skew_seconds", "gauge", "This clock ahead of the site's.", [({}, status.skew_s)]
	yield from _of_queue(status)
	for name, value in status.delivery().items():
		kind = "gauge" if name.endswith("_seconds") else "counter"
		full = f"delivery_{name}" if kind == "gauge" else f"delivery_{name}_total"
		yield full, kind, f"Delivery to the site: {name.replace('_', ' ')}.", [({}, value)]
	yield from _of_devices(status)


def _of_queue(status: Status) -> Iterator[tuple[str, str, str, list[Sample]]]:
	state = status.queue()
	yield "queue_readable", "gauge", "1 if the queue can be read.", [({}, float(state is not None))]
	if state is None:
		return
	counts = [({"state": name}, float(count)) for name, count in sorted(state.counts.items())]
	yield "queue_events", "gauge", "Events in the queue.", counts
	yield (
		"queue_oldest_seconds",
		"gauge",
		"Age of the oldest waiting event.",
		[({}, (state.oldest_ms or 0) / 1000)],
	)
	yield "queue_bytes", "gauge", "Size of the queue's file.", [({}, float(state.bytes))]
	yield "queue_writable", "gauge", "1 if events can be saved.", [({}, float(state.error is None))]
	if state.free_bytes is not None:
		yield "disk_free_bytes", "gauge", "Room left on its disk.", [({}, float(state.free_bytes))]


def _of_devices(status: Status) -> Iterator[tuple[str, str, str, list[Sample]]]:
	devices = status.devices()
	label = [({"device": name, "adapter": adapter}, state) for name, adapter, state in devices]
	yield "device_up", "gauge", "1 if the device works.", [(of, float(bool(state.up))) for of, state in label]
	yield (
		"device_last_event_seconds",
		"gauge",
		"When the device last reported something, 0 for never.",
		[(of, (state.last_event_ms or 0) / 1000) for of, state in label],
	)
	yield (
		"device_bad_frames_total",
		"counter",
		"What the device sent that nobody could use.",
		[
			({**of, "reason": reason}, float(count))
			for of, state in label
			for reason, count in sorted(state.bad_frames.items())
		],
	)


def _labels(labels: dict[str, str]) -> str:
	if not labels:
		return ""
	quoted = (
		value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for value in labels.values()
	)
	return "{" + ",".join(f'{name}="{value}"' for name, value in zip(labels, quoted)) + "}"


class _Handler(BaseHTTPRequestHandler):
	timeout = 5.0
	server_version = f"aftersales-bridge/{__version__}"
	sys_version = ""

	def do_GET(self) -> None:
		if self.path.split("?")[0] != "/metrics":
			self.send_error(404)
			return
		data = render(self.server.status).encode()
		self.send_response(200)
		self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		self.send_header("Content-Length", str(len(data)))
		self.end_headers()
		self.wfile.write(data)

	def log_message(self, *_: object) -> None:
		"""Scrapes are no news."""


class Metrics(threading.Thread):
	"""Serves ``/metrics`` on ``listen`` (host:port). Raises ConfigError when that is in use."""

	def __init__(self, listen: str, status: Status) -> None:
		super().__init__(name="metrics", daemon=True)
		host, _, number = listen.rpartition(":")
		try:
			self._server = ThreadingHTTPServer((host.strip("[]"), int(number)), _Handler)
		except OSError as error:
			raise ConfigError(
				f"[metrics]: {listen} cannot be used ({error.strerror}); give another port"
			) from None
		self._server.daemon_threads = True
		self._server.status = status
		self.port = self._server.server_address[1]

	def run(self) -> None:
		self._server.serve_forever(poll_interval=0.5)

	def stop(self) -> None:
		"""Ask the thread to end."""
		self._server.shutdown()
		self._server.server_close()
