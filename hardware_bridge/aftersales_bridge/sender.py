"""Takes events from the queue to the site, in order, until the site has them."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from aftersales_bridge import clock
from aftersales_bridge.client import Lasting, Passing, Refused, SiteClient, SiteError
from aftersales_bridge.event_queue import RETRY_SAVE_S, EventQueue
from aftersales_bridge.events import Event
from aftersales_bridge.masking import mask

log = logging.getLogger(__name__)

BATCH = 100
# A site that is too slow or breaks off gets less at a time, until it is well again.
SMALL_BATCH = 10
AWAITED = ("ringing", "caller_id", "answered")
BASE_S = 0.5
CAP_S = 60.0
SLOW_S = 60.0
IDLE_S = 30.0
# A new call may cut a back-off short, but not below this distance between two attempts.
EAGER_S = 1.0
ALARM_S = 600.0
PRUNE_S = 3600.0
# This many server errors in a row make an event suspect of causing them.
SUSPECT_AFTER = 4


def _urgent(batch: list[Event]) -> list[Event]:
	"""What somebody waits for at a screen, with all that comes before it on its line and in its call; else all of ``batch``.

	The ends of earlier calls cost the site time, and go with the next batch. The order on a line and in a call stays as it is.
	"""
	lines: set[str] = set()
	calls: set[str] = set()
	chosen = []
	for event in reversed(batch):
		awaited = event.kind in AWAITED and event.is_live()
		if awaited or event.line in lines or event.call_uuid in calls:
			lines.add(event.line)
			if event.call_uuid:
				calls.add(event.call_uuid)
			chosen.append(event)
	return chosen[::-1] or batch


class Sender(threading.Thread):
	"""The one thread that talks to the site.

	A single batch is under way at any time and later events wait for it, so the events of a line and of a call arrive in order.
	"""

	def __init__(
		self,
		queue: EventQueue,
		client: SiteClient,
		keep_sent_days: int = 7,
		keep_dead_days: int = 90,
		uniform: Callable[[float, float], float] = random.uniform,
	) -> None:
		super().__init__(name="sender", daemon=True)
		self._queue = queue
		self._client = client
		self._keep = (keep_sent_days, keep_dead_days)
		self._uniform = uniform
		self._stopping = threading.Event()
		self._failures = 0
		self._server_errors = 0
		self._size = BATCH
		self._failing_since: float | None = None
		self._alarmed = False
		self._next_prune = 0.0
		self._figures = {"sent": 0, "rejected": 0, "batches": 0, "failures": 0, "last_success_seconds": 0.0}

	def figures(self) -> dict[str, float]:
		"""What was done since the start: sent, rejected, batches, failures, and when a batch last succeeded."""
		return dict(self._figures)

	def run(self) -> None:
		while not self._stopping.is_set():
			self._prune()
			seen = self._queue.version
			batch = self._queue.next_batch(1 if self._server_errors >= SUSPECT_AFTER else self._size)
			if not batch:
				self._queue.wait(seen, RETRY_SAVE_S if self._queue.error else IDLE_S)
				continue
			try:
				self._deliver(_urgent(batch))
			except SiteError as error:
				self._pause(self._failed(error), error, seen)
			except Exception:
				log.exception("the sender met an error of its own and goes on")
				self._stopping.wait(CAP_S)
			else:
				self._succeeded()

	def stop(self) -> None:
		"""Ask the thread to end; what is not sent stays in the queue."""
		self._stopping.set()
		self._queue.wake()

	def _deliver(self, batch: list[Event]) -> None:
		"""Send ``batch`` and settle its events; a batch that is refused as a whole is halved to find the reason."""
		try:
			self._post(batch)
		except Refused as error:
			if len(batch) > 1:
				middle = len(batch) // 2
				self._deliver(batch[:middle])
				self._deliver(batch[middle:])
				return
			self._refused(batch[0], error)
		except Passing as error:
			if error.status != 500 or len(batch) > 1 or self._server_errors < SUSPECT_AFTER:
				raise
			self._prove(batch[0], error)

	def _post(self, batch: list[Event]) -> None:
		answers = self._client.post_events([event.wire() for event in batch])
		outcomes: dict[str, tuple[str, str | None]] = {}
		for event in batch:
			answer = answers.get(event.event_id)
			if answer is None:
				continue
			if answer.status == "rejected":
				outcomes[event.event_id] = ("dead", answer.reason or "rejected without a reason")
				log.error(
					"%s of line %s rejected by the site: %s", event.kind, event.line, mask(answer.reason)
				)
			else:
				outcomes[event.event_id] = ("sent", None)
		self._queue.settle(outcomes)
		dead = sum(state == "dead" for state, _ in outcomes.values())
		self._figures["sent"] += len(outcomes) - dead
		self._figures["rejected"] += dead
		self._figures["batches"] += 1
		self._figures["last_success_seconds"] = clock.wall_ms() / 1000
		if len(outcomes) < len(batch):
			raise Passing(f"the site answered for {len(outcomes)} of {len(batch)} events")

	def _refused(self, event: Event, error: Refused) -> None:
		# A site in the middle of an upgrade refuses everything in the same words. Only a site that is well and
		# still refuses this event tells something about the event.
		try:
			self._client.check_bridge()
		except Refused:
			raise Lasting(error.reason, error.status) from None
		self._bury(event, error.reason)

	def _prove(self, suspect: Event, error: Passing) -> None:
		"""Give up an event that makes the site fail, but only when the site takes another one and fails again.

		Raises SiteError while there is no such proof: then it is the site that is ill, and everything waits.
		"""
		others = [
			event
			for event in self._queue.next_batch(BATCH)
			if event.event_id != suspect.event_id
			and (event.call_uuid is None or event.call_uuid != suspect.call_uuid)
		]
		if not others:
			raise error
		self._post(others[:1])
		try:
			self._post([suspect])
		except Passing as again:
			if again.status != 500:
				raise
			self._bury(suspect, f"{again.reason} (while other events pass)")

	def _bury(self, event: Event, reason: str) -> None:
		self._queue.settle({event.event_id: ("dead", reason)})
		self._figures["rejected"] += 1
		log.error("%s of line %s cannot be delivered: %s", event.kind, event.line, mask(reason))

	def _failed(self, error: SiteError) -> float:
		"""Count the failure; how many seconds to wait."""
		self._failures += 1
		self._size = max(SMALL_BATCH, self._size // 2)
		self._figures["failures"] += 1
		self._server_errors = self._server_errors + 1 if error.status == 500 else 0
		now = clock.mono()
		if self._failing_since is None:
			self._failing_since = now
			log.warning("cannot deliver, will go on trying: %s", mask(error.reason))
		elif not self._alarmed and now - self._failing_since >= ALARM_S:
			self._alarmed = True
			log.error("nothing delivered for %d minutes: %s", ALARM_S / 60, mask(error.reason))
		else:
			log.debug("attempt %d failed: %s", self._failures, mask(error.reason))
		if error.retry_after is not None:
			return error.retry_after
		if isinstance(error, Lasting):
			return self._uniform(SLOW_S / 2, SLOW_S)
		return self._uniform(0, min(CAP_S, BASE_S * 2 ** min(self._failures, 10)))

	def _pause(self, delay: float, error: SiteError, seen: int) -> None:
		if isinstance(error, Lasting) or error.retry_after is not None or delay <= EAGER_S:
			self._stopping.wait(delay)
			return
		self._stopping.wait(EAGER_S)
		self._queue.wait(seen, delay - EAGER_S)

	def _succeeded(self) -> None:
		if self._failing_since is not None:
			minutes = (clock.mono() - self._failing_since) / 60
			log.warning("delivering again after %.1f minutes", minutes)
		self._failures = self._server_errors = 0
		self._size = min(BATCH, self._size * 2)
		self._failing_since = None
		self._alarmed = False

	def _prune(self) -> None:
		now = clock.mono()
		if now >= self._next_prune:
			self._next_prune = now + PRUNE_S
			deleted = self._queue.prune(*self._keep)
			if deleted:
				log.info("%d settled events pruned", deleted)
