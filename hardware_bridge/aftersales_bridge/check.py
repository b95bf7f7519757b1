"""``aftersales-bridge check``: is everything the bridge needs in order?"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass

import serial

from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.adapters.base import DeviceError
from aftersales_bridge.client import SiteClient, SiteError
from aftersales_bridge.config import Config, Device, read_token
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.ports import open_port, shown
from aftersales_bridge.schema import ConfigError
from aftersales_bridge.service import InstanceLock

OK, WARN, FAIL, SKIP = "ok", "warning", "FAILED", "skipped"


@dataclass(frozen=True)
class Row:
	"""One line of the table."""

	what: str
	result: str
	detail: str


def check(config: Config) -> list[Row]:
	"""Try the queue, every device and the site, changing nothing; the findings in that order."""
	rows = [
		Row("configuration", OK, f"{config.path}: bridge {config.bridge_id}, {len(config.devices)} device(s)")
	]
	with contextlib.ExitStack() as stack:
		rows.append(_queue(config))
		try:
			running = _is_running(config, stack)
		except ConfigError as error:
			return [*rows, Row("data_dir", FAIL, str(error)), *_site(config)]
		for device in config.devices:
			if running:
				rows.append(Row(f"device {device.id}", SKIP, "the running bridge holds the port"))
			else:
				rows.append(_device(device))
		return rows + _site(config)


def _is_running(config: Config, stack: contextlib.ExitStack) -> bool:
	"""Whether a bridge runs here; if not, none can start before ``stack`` ends."""
	if not (config.data_dir / "lock").exists():
		return False
	lock = stack.enter_context(contextlib.closing(InstanceLock(config.data_dir)))
	return not lock.acquire()


def _queue(config: Config) -> Row:
	# Whoever runs this check may be somebody else than the bridge's user, so it must not leave files of its own.
	if not config.queue_file.exists():
		return Row("queue", OK, f"{config.queue_file}: will be made by the first run")
	queue = EventQueue(config.queue_file)
	try:
		counts = queue.counts()
	except sqlite3.Error as error:
		return Row(
			"queue", FAIL, f"{config.queue_file}: {error}; is there space, and may this user write there?"
		)
	finally:
		queue.close()
	detail = f"{counts['queued']} waiting, {counts['sent']} sent, {counts['dead']} undeliverable"
	if counts["dead"]:
		return Row("queue", WARN, f"{detail}; see: aftersales-bridge queue")
	return Row("queue", OK, detail)


def _device(device: Device) -> Row:
	what = f"device {device.id}"
	adapter = ADAPTERS[device.adapter](device.id, device.line, device.options)
	try:
		port = open_port(device.port, device.port_options)
	except (serial.SerialException, OSError, ValueError) as error:
		return Row(what, FAIL, f"{_port_hint(error)} ({error})")
	try:
		warnings = adapter.start(port, lambda signals: None)
		model = adapter.identify(port)
	except (DeviceError, serial.SerialException, OSError) as error:
		return Row(what, FAIL, f"{shown(device.port)}: {error}")
	finally:
		port.close()
	if warnings:
		return Row(what, WARN, "; ".join(warnings))
	said = f"; it says {model!r}" if model else ""
	return Row(what, OK, f"{shown(device.port)}: {adapter.title}{said}")


def _port_hint(error: Exception) -> str:
	number = getattr(error, "errno", None)
	if number == 2:
		return "the port does not exist; plug the device in or correct port"
	if number == 13:
		return "this user may not open the port; add it to the group dialout"
	if "exclusively lock" in str(error):
		return "another program uses the port; stop it"
	return "the port cannot be opened"


def _site(config: Config) -> list[Row]:
	try:
		client = SiteClient(config, read_token(config.token_file))
	except ConfigError as error:
		return [Row("token", FAIL, str(error))]
	rows = [Row("token", OK, f"{config.token_file}: readable by its owner only")]
	try:
		found = client.check_bridge()
	except SiteError as error:
		return [*rows, Row("site", FAIL, f"{config.site_url}: {error.reason}")]
	finally:
		client.close()
	if not found.get("enabled"):
		return [*rows, Row("site", FAIL, f"the Caller ID Bridge {config.bridge_id} is disabled on the site")]
	rows.append(Row("site", OK, f"{config.site_url}: token accepted, time there {found.get('server_time')}"))
	known = {str(line.get("source_line")): line for line in found["lines"] if isinstance(line, dict)}
	# Without a table the lines of a device are known only when they have rung.
	lines = [line for device in config.devices for line in _lines(device)]
	return rows + [_line(line, known.get(line)) for line in lines]


def _lines(device: Device) -> list[str]:
	adapter = ADAPTERS[device.adapter](device.id, device.line, device.options)
	return adapter.line_names()


def _line(name: str, known: dict | None) -> Row:
	what = f"line {name}"
	if known is None:
		return Row(
			what,
			WARN,
			f"the site has no Phone Line whose Line of the Device is {name}; its calls reach no agent",
		)
	if known.get("enabled") == 0:
		return Row(what, WARN, f"{known.get('title')} is disabled on the site; its calls reach no agent")
	return Row(what, OK, f"is {known.get('title')} on the site")
