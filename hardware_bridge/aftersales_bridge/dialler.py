"""Fetches what people on the site want dialled, and gives it to the device of the line."""

from __future__ import annotations

import logging
import random
import re
import threading
from collections.abc import Sequence

from aftersales_bridge.adapters.base import DialRequest
from aftersales_bridge.client import Lasting, SiteClient, SiteError
from aftersales_bridge.device import DeviceWorker
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.events import Event
from aftersales_bridge.masking import mask

log = logging.getLogger(__name__)

LONGEST_S = 30.0
SLOW_S = 60.0
# What a telephone can dial; anything else could be a command to a device.
NUMBER = re.compile(r"\+?[0-9*#,]{1,40}")
EXTENSION = re.compile(r"[A-Za-z0-9._*#-]{1,32}")


class Dialler(threading.Thread):
	"""Asks the site every ``poll_s`` seconds. For bridges with a device that can dial."""

	def __init__(
		self,
		client: SiteClient,
		queue: EventQueue,
		workers: Sequence[DeviceWorker],
		bridge_id: str,
		poll_s: float,
	) -> None:
		super().__init__(name="dialler", daemon=True)
		self._client = client
		self._queue = queue
		self._workers = [worker for worker in workers if worker.can_dial]
		self._bridge_id = bridge_id
		self._poll_s = poll_s
		self._failures = 0
		self._stopping = threading.Event()

	def run(self) -> None:
		delay = self._poll_s
		while not self._stopping.wait(delay):
			delay = self.poll()

	def stop(self) -> None:
		"""Ask the thread to end."""
		self._stopping.set()

	def poll(self) -> float:
		"""Ask once; the seconds until the next time."""
		try:
			requests = self._client.take_dial_requests()
		except SiteError as error:
			self._failures += 1
			log.debug("no dial requests: %s", mask(error.reason))
			if isinstance(error, Lasting):
				return SLOW_S
			longest = min(LONGEST_S, self._poll_s * 2 ** min(self._failures, 10))
			return error.retry_after or random.uniform(self._poll_s, max(self._poll_s, longest))
		except Exception:
			log.exception("the dialler met an error of its own and goes on")
			return LONGEST_S
		self._failures = 0
		for request in requests:
			self._hand_over(request)
		return self._poll_s

	def _hand_over(self, told: dict) -> None:
		request = DialRequest(
			id=str(told.get("dial_request") or "")[:140],
			line=str(told.get("line") or "")[:32],
			number=re.sub(r"[ ()./-]", "", str(told.get("number") or "")),
			extension=str(told["extension"]) if told.get("extension") else None,
		)
		reason = self._refuse(request, told.get("expires_in_s"))
		if reason is None:
			for worker in self._workers:
				if worker.serves(request.line):
					log.info("line %s: dialling %s", request.line, mask(request.number))
					worker.dial(request)
					return
			reason = f"no device that can dial serves the line {request.line}"
		log.warning("line %s: cannot dial %s: %s", request.line, mask(request.number), reason)
		self._queue.put([Event.stamp(request.failed(reason), self._bridge_id, "dialler", "dialler")])

	@staticmethod
	def _refuse(request: DialRequest, expires_in_s: object) -> str | None:
		"""Why the request must not be dialled, or None."""
		if not NUMBER.fullmatch(request.number):
			return "the number holds characters that cannot be dialled"
		if request.extension is not None and not EXTENSION.fullmatch(request.extension):
			return "the extension holds characters that are none"
		if isinstance(expires_in_s, (int, float)) and expires_in_s <= 0:
			return "it came too late"
		return None
