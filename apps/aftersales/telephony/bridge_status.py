"""What a bridge tells about itself, and what happens when it tells nothing any more.

A bridge sends a heartbeat each minute. When none came for as long as Aftersales Settings say, the bridge is marked
silent, once per silence; the Notification "Silent Caller ID Bridge" tells its overseer. The next heartbeat ends it.
"""

import json
import math
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, now_datetime
from frappe.utils.data import get_datetime_in_timezone, get_system_timezone

from aftersales.telephony.events import clean, parse_time

INTERVAL_S = 60
MAX_STATUS = 64_000
MAX_DEVICES = 64
MAX_INT = 2**31 - 1
DEVICE_STATES = {"up": "Connected", "down": "Disconnected"}


class MalformedStatusError(frappe.ValidationError):
	"""The status cannot be read; nothing of it was stored."""


def heartbeat(bridge: str, status: dict | str) -> None:
	"""Store what a bridge tells about itself; odd values are left out rather than refused.

	:param bridge: Caller ID Bridge.
	:param status: `version`, `host`, `started_at`, `queue` and `devices` as docs/guide/telephony describes them, or
	        the same as JSON text.
	:raises MalformedStatusError: no JSON object, or longer than 64,000 characters.
	"""
	status = _read(status)
	queue = status.get("queue") if isinstance(status.get("queue"), dict) else {}
	now = now_datetime()
	values = {
		"last_seen": now,
		"last_heartbeat": now,
		"silent": 0,
		"silent_since": None,
		"version": clean(status.get("version"), 140),
		"host": clean(status.get("host"), 140),
		"running_since": _site_time(status.get("started_at")),
		"queued": _count(queue.get("queued")),
		"dead": _count(queue.get("dead")),
		"oldest_age": _count(queue.get("oldest_age_s")),
		"free_mb": _count(queue.get("free_bytes"), 1024 * 1024),
	}
	frappe.db.set_value("Caller ID Bridge", bridge, values, update_modified=False)
	_store_devices(bridge, _devices(status.get("devices")))


def mark_silent() -> None:
	"""Scheduled: mark bridges of which nothing was heard for too long; their Notification runs once per silence.

	Bridges that never sent a heartbeat are older programs, which are quiet whenever the telephone is.
	"""
	minutes = cint(frappe.get_cached_doc("Aftersales Settings").bridge_silent_minutes)
	if not minutes:
		return
	before = now_datetime() - timedelta(minutes=minutes)
	names = frappe.get_all(
		"Caller ID Bridge",
		{"enabled": 1, "silent": 0, "last_heartbeat": ("<", before)},
		pluck="name",
		ignore_ifnull=True,  # else those without a heartbeat count as very old
	)
	for name in names:
		bridge = frappe.get_doc("Caller ID Bridge", name, for_update=True)
		heard = max(filter(None, (bridge.last_heartbeat, bridge.last_seen)))
		if bridge.silent or heard >= before:
			continue
		bridge.update({"silent": 1, "silent_since": heard})
		bridge.flags.update(ignore_links=True, ignore_version=True)
		bridge.save(ignore_permissions=True)
		# Each bridge for itself: a Notification that fails must not silence the others.
		frappe.db.commit()


def _read(status: dict | str) -> dict:
	if isinstance(status, str):
		try:
			status = json.loads(status) if len(status) <= MAX_STATUS else None
		except ValueError:
			status = None
	if not isinstance(status, dict) or len(frappe.as_json(status)) > MAX_STATUS:
		frappe.throw(
			_("A status is a JSON object of at most {0} characters.").format(MAX_STATUS), MalformedStatusError
		)
	return status


def _devices(devices: object) -> dict[str, dict]:
	"""Return the rows of the devices by their id."""
	found = {}
	for device in devices[:MAX_DEVICES] if isinstance(devices, list) else ():
		if not isinstance(device, dict) or not (device_id := clean(device.get("id"), 64)):
			continue
		lines = device.get("lines")
		found[device_id] = {
			"adapter": clean(device.get("adapter"), 32),
			"device_lines": clean(", ".join(map(str, lines[:64])), 255) if isinstance(lines, list) else "",
			"state": DEVICE_STATES.get(clean(device.get("state"), 10), ""),
			"since": _site_time(device.get("since")),
			"last_event_at": _site_time(device.get("last_event_at")),
			"bad_frames": _count(device.get("bad_frames")),
			"error": clean(device.get("error"), 255),
		}
	return found


def _store_devices(bridge: str, devices: dict[str, dict]) -> None:
	"""Rows keep their names, so that a form which is open meanwhile saves none of them away."""
	known = {
		row.device_id: row
		for row in frappe.get_all(
			"Bridge Device",
			{"parent": bridge, "parenttype": "Caller ID Bridge"},
			["name", "device_id", *next(iter(devices.values()), {})],
		)
	}
	if gone := [row.name for device_id, row in known.items() if device_id not in devices]:
		frappe.db.delete("Bridge Device", {"name": ("in", gone)})
	for index, (device_id, values) in enumerate(devices.items(), start=1):
		if row := known.get(device_id):
			if any(row[field] != value for field, value in values.items()):
				frappe.db.set_value("Bridge Device", row.name, values, update_modified=False)
			continue
		frappe.get_doc(
			doctype="Bridge Device",
			parent=bridge,
			parenttype="Caller ID Bridge",
			parentfield="devices",
			idx=index,
			device_id=device_id,
			**values,
		).db_insert()


def _site_time(value: object):
	"""Return an ISO 8601 time with zone as time of the site; None if it is not one."""
	time = parse_time(value)
	if not time:
		return None
	zone = get_datetime_in_timezone(get_system_timezone()).tzinfo
	return time.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _count(value: object, unit: int = 1) -> int:
	if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
		return 0
	return int(min(max(value // unit, 0), MAX_INT))
