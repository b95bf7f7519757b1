"""The bridge's clocks: wall time for people, a monotonic clock for timers and ages."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timezone

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


def mono() -> float:
	"""Seconds since the machine started, suspend included where the system can tell; never steps back."""
	if _BOOTTIME is not None:
		return time.clock_gettime(_BOOTTIME)
	return time.monotonic()


def wall_ms() -> int:
	"""Milliseconds since 1970 by the machine's clock, which an administrator or NTP may set at any time."""
	return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
	"""UTC time of ``ms`` (milliseconds since 1970) as ``2026-11-21T07:30:02.123Z``."""
	return (
		datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}Z"
	)


def _read_boot_id() -> str:
	try:
		with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as source:
			return source.read().strip()
	except OSError:
		# Without the kernel's id only this process can compare its monotonic times.
		return str(uuid.uuid4())


BOOT_ID = _read_boot_id()


def age_ms(at_wall_ms: int, at_mono_ms: int, boot_id: str) -> int:
	"""How long ago something happened, in milliseconds, at least 0.

	The monotonic clock decides, because the wall clock may have been set meanwhile; after a reboot it starts
	anew, so only then the wall clock must do.
	"""
	if boot_id == BOOT_ID:
		return max(0, int(mono() * 1000) - at_mono_ms)
	return max(0, wall_ms() - at_wall_ms)
