"""Tells the site at regular times that the bridge lives, and how it is."""

from __future__ import annotations

import logging
import random
import threading
from datetime import datetime

from aftersales_bridge import clock
from aftersales_bridge.client import SiteClient, SiteError
from aftersales_bridge.masking import mask
from aftersales_bridge.status import Status

log = logging.getLogger(__name__)

INTERVAL_S = 60.0
SHORTEST_S, LONGEST_S = 5.0, 3600.0
# So that the devices had time to open.
FIRST_S = 3.0
SKEW_S = 5.0
LOG_SKEW_EVERY_S = 3600.0


class Heartbeat(threading.Thread):
	"""Sends ``status`` every so many seconds as the site asks for. Its failures are the sender's to tell of."""

	def __init__(self, client: SiteClient, status: Status) -> None:
		super().__init__(name="heartbeat", daemon=True)
		self._client = client
		self._status = status
		self._stopping = threading.Event()
		self._next_skew_log = 0.0

	def run(self) -> None:
		delay = FIRST_S
		while not self._stopping.wait(delay):
			delay = self.beat() * random.uniform(0.9, 1.1)

	def stop(self) -> None:
		"""Ask the thread to end."""
		self._stopping.set()

	def beat(self) -> float:
		"""Send the status once; the seconds until the next time."""
		before = clock.mono()
		try:
			answer = self._client.heartbeat(self._status.for_site())
		except SiteError as error:
			log.debug("no heartbeat: %s", mask(error.reason))
			return error.retry_after or INTERVAL_S
		except Exception:
			log.exception("the heartbeat met an error of its own and goes on")
			return INTERVAL_S
		self._compare(answer.get("server_time"), clock.mono() - before)
		interval = answer.get("interval_s")
		if isinstance(interval, bool) or not isinstance(interval, (int, float)):
			return INTERVAL_S
		return min(max(float(interval), SHORTEST_S), LONGEST_S)

	def _compare(self, server_time: object, took: float) -> None:
		"""Note the difference of the clocks: event times are by ours, corrected by their age on the site."""
		skew = skew_of(server_time, took)
		self._status.skew_s = skew
		if skew is None or abs(skew) <= SKEW_S + took or clock.mono() < self._next_skew_log:
			return
		self._next_skew_log = clock.mono() + LOG_SKEW_EVERY_S
		log.warning(
			"this computer's clock is %.0f s %s the site's; switch time synchronisation (NTP) on",
			abs(skew),
			"ahead of" if skew > 0 else "behind",
		)


def skew_of(server_time: object, took: float) -> float | None:
	"""Seconds that our clock is ahead of ``server_time``, an answer's time that took so long; None if it has none."""
	if not isinstance(server_time, str):
		return None
	try:
		there = datetime.fromisoformat(server_time.replace("Z", "+00:00"))
	except ValueError:
		return None
	if there.tzinfo is None:
		return None
	return round(clock.wall_ms() / 1000 - took / 2 - there.timestamp(), 3)
