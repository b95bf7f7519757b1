"""The local queue: every event lies on disk before it goes anywhere.

One SQLite file in WAL mode with synchronous=FULL, so that neither a killed process nor a power cut takes a
committed event. While the disk is full or broken, events wait in memory (bounded) and are sent from there; the
queue goes on trying to save them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from aftersales_bridge import clock
from aftersales_bridge.events import Event

log = logging.getLogger(__name__)

MAX_UNSAVED = 10_000
# Settled events are deleted in pieces, so that a call never waits for it.
PRUNE_PIECE = 500
# Reading a larger file through would keep a call waiting at the start; damage in it shows when it is met.
CHECK_BYTES = 64_000_000
# A recording finds its call for at least this long.
CALLS_DAYS = 7
RETRY_SAVE_S = 1.0
LOG_EVERY_S = 60.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	event_id TEXT NOT NULL UNIQUE,
	line TEXT NOT NULL,
	call_uuid TEXT,
	kind TEXT NOT NULL,
	body TEXT NOT NULL,
	wall_ms INTEGER NOT NULL,
	mono_ms INTEGER NOT NULL,
	boot_id TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'dead')),
	reason TEXT,
	settled_ms INTEGER
);
CREATE INDEX IF NOT EXISTS event_state ON event (state, id);
CREATE INDEX IF NOT EXISTS event_waiting ON event (call_uuid) WHERE state = 'queued';
CREATE TABLE IF NOT EXISTS call (
	call_uuid TEXT PRIMARY KEY,
	source_id TEXT NOT NULL,
	line TEXT NOT NULL,
	direction TEXT NOT NULL,
	number TEXT,
	extension TEXT,
	source_call_id TEXT,
	started_ms INTEGER NOT NULL,
	ended_ms INTEGER
);
CREATE INDEX IF NOT EXISTS call_started ON call (started_ms);
CREATE TABLE IF NOT EXISTS open_call (
	source_id TEXT PRIMARY KEY,
	body TEXT NOT NULL,
	wall_ms INTEGER NOT NULL,
	mono_ms INTEGER NOT NULL,
	boot_id TEXT NOT NULL
);
"""
OVER = ("ring_end", "ended", "missed")
_COLUMNS = "event_id, line, call_uuid, kind, body, wall_ms, mono_ms, boot_id"


@dataclass(frozen=True)
class OpenCall:
	"""What a device's adapter wants to find again after a restart; ``body`` None when its lines are quiet."""

	source_id: str
	body: dict | None


@dataclass(frozen=True)
class CallRecord:
	"""A call of the last days, for whoever has something that belongs to it. Times are milliseconds since 1970."""

	call_uuid: str
	source_id: str
	line: str
	direction: str
	number: str | None
	extension: str | None
	source_call_id: str | None
	started_ms: int
	ended_ms: int | None


@dataclass(frozen=True)
class QueueState:
	"""How full the queue is; ``oldest_ms`` is the age of the oldest event that waits."""

	counts: dict[str, int]
	oldest_ms: int | None
	bytes: int
	free_bytes: int | None
	error: str | None


class EventQueue:
	"""Events in the order they happened, from the adapters' threads to the one sender.

	All methods may be called from any thread. ``put`` never raises.
	"""

	def __init__(self, path: Path) -> None:
		self.path = path
		self.dropped = 0
		self._db: sqlite3.Connection | None = None
		self._disk = threading.RLock()
		self._memory = threading.Condition()
		self._unsaved: list[Event | OpenCall] = []
		self._unmarked: dict[str, tuple[str, str | None]] = {}
		self._version = 0
		self._error: str | None = None
		self._next_log = 0.0
		self._next_try = 0.0
		self._suspect = False

	@property
	def error(self) -> str | None:
		"""Why events cannot be saved at present; None while all is well."""
		return self._error

	def put(self, events: list[Event], open_call: OpenCall | None = None) -> bool:
		"""Commit ``events`` and the state of the device's open call together, then wake the sender.

		Threads that come at the same time share one commit. Returns whether everything is on disk; if not, it is
		kept in memory and saved as soon as the disk allows.
		"""
		with self._memory:
			self._unsaved += events
			if open_call is not None:
				self._unsaved.append(open_call)
		self._save()
		with self._memory:
			if events:
				self._version += 1
				self._memory.notify_all()
			return not self._unsaved

	def next_batch(self, limit: int) -> list[Event]:
		"""The oldest queued events, at most ``limit``, in order."""
		with self._disk:
			self._save()
			batch = self._queued(limit + len(self._unmarked))
			if self._error:
				# What could not be saved is younger than anything on disk, because saving keeps the order.
				with self._memory:
					batch += [item for item in self._unsaved if isinstance(item, Event)]
			return [event for event in batch if event.event_id not in self._unmarked][:limit]

	def settle(self, outcomes: dict[str, tuple[str, str | None]]) -> None:
		"""Mark events, by their ids, as ``("sent", None)`` or ``("dead", reason)``."""
		with self._disk:
			self._unmarked.update(outcomes)
			self._save()

	def wait(self, seen: int, timeout: float) -> int:
		"""Sleep until an event newer than version ``seen`` is queued, or ``timeout`` seconds; the present version."""
		with self._memory:
			if self._version == seen:
				self._memory.wait(timeout)
			return self._version

	@property
	def version(self) -> int:
		"""Grows with every event put."""
		with self._memory:
			return self._version

	def wake(self) -> None:
		"""Let ``wait`` return."""
		with self._memory:
			self._version += 1
			self._memory.notify_all()

	def open_calls(self) -> dict[str, tuple[dict, float]]:
		"""The calls that were open when the bridge stopped: by source id, with the seconds since then."""
		found = {}
		with contextlib.suppress(sqlite3.Error, ValueError), self._disk:
			for source_id, body, wall, mono, boot in self._connection().execute(
				"SELECT source_id, body, wall_ms, mono_ms, boot_id FROM open_call"
			):
				found[source_id] = (json.loads(body), clock.age_ms(wall, mono, boot) / 1000)
		return found

	def counts(self) -> dict[str, int]:
		"""How many events are in each state, those in memory under ``unsaved``. Raises sqlite3.Error."""
		with self._disk:
			rows = self._connection().execute("SELECT state, count(*) FROM event GROUP BY state").fetchall()
		with self._memory:
			unsaved = sum(isinstance(item, Event) for item in self._unsaved)
		return {"queued": 0, "sent": 0, "dead": 0, **dict(rows), "unsaved": unsaved}

	def state(self) -> QueueState:
		"""How full the queue is. Raises sqlite3.Error."""
		counts = self.counts()
		with self._disk:
			row = (
				self._connection()
				.execute(
					"SELECT wall_ms, mono_ms, boot_id FROM event WHERE state = 'queued' ORDER BY id LIMIT 1"
				)
				.fetchone()
			)
		size = 0
		for suffix in ("", "-wal"):
			with contextlib.suppress(OSError):
				size += os.stat(f"{self.path}{suffix}").st_size
		free = None
		with contextlib.suppress(OSError):
			free = shutil.disk_usage(self.path.parent).free
		return QueueState(counts, clock.age_ms(*row) if row else None, size, free, self._error)

	def find_calls(self, since_ms: int, until_ms: int) -> list[CallRecord]:
		"""The calls that began between these times, oldest first; none while the queue cannot be read."""
		with contextlib.suppress(sqlite3.Error), self._disk:
			rows = self._connection().execute(
				f"SELECT {', '.join(CallRecord.__annotations__)} FROM call WHERE started_ms BETWEEN ? AND ? ORDER BY started_ms",
				(since_ms, until_ms),
			)
			return [CallRecord(*row) for row in rows]
		return []

	def is_delivered(self, call_uuid: str) -> bool:
		"""Whether the site has every event of a call, as far as they have happened."""
		with self._memory:
			if any(isinstance(item, Event) and item.call_uuid == call_uuid for item in self._unsaved):
				return False
		with contextlib.suppress(sqlite3.Error), self._disk:
			found = self._connection().execute(
				"SELECT 1 FROM event WHERE state = 'queued' AND call_uuid = ? LIMIT 1", (call_uuid,)
			)
			return found.fetchone() is None
		return False

	def dead(self, limit: int = 100) -> list[dict]:
		"""The newest undeliverable events: event_id, line, kind, body, reason. Raises sqlite3.Error."""
		with self._disk:
			rows = self._connection().execute(
				"SELECT event_id, line, kind, body, reason FROM event WHERE state = 'dead' ORDER BY id DESC LIMIT ?",
				(limit,),
			)
			return [
				{"event_id": e, "line": line, "kind": kind, "body": json.loads(body), "reason": reason}
				for e, line, kind, body, reason in rows
			]

	def requeue(self, event_ids: list[str] | None) -> int:
		"""Queue dead events again, all of them when ``event_ids`` is None; how many. Raises sqlite3.Error."""
		back = "UPDATE event SET state = 'queued', reason = NULL, settled_ms = NULL WHERE state = 'dead'"
		with self._disk, self._connection() as db:
			if event_ids is None:
				return db.execute(back).rowcount
			return sum(db.execute(f"{back} AND event_id = ?", (event_id,)).rowcount for event_id in event_ids)

	def prune(self, keep_sent_days: int, keep_dead_days: int) -> int:
		"""Delete what was settled longer ago than these days; how many events."""
		now = clock.wall_ms()
		deleted = 0
		try:
			for state, days in (("sent", keep_sent_days), ("dead", keep_dead_days)):
				deleted += self._prune_state(state, now - days * 86_400_000)
			with self._disk, self._connection() as db:
				before = now - max(keep_sent_days, CALLS_DAYS) * 86_400_000
				db.execute("DELETE FROM call WHERE started_ms < ?", (before,))
			if deleted:
				with self._disk:
					# Hands the room back to the disk; does nothing in files made without auto_vacuum.
					self._connection().execute("PRAGMA incremental_vacuum(10000)").fetchall()
		except sqlite3.Error as error:
			self._trouble(error)
		return deleted

	def _prune_state(self, state: str, before: int) -> int:
		# Events are settled nearly in their order: after a piece that is all too young there is nothing to be found.
		deleted, last = 0, 0
		while True:
			with self._disk, self._connection() as db:
				rows = db.execute(
					"SELECT id, settled_ms FROM event WHERE state = ? AND id > ? ORDER BY id LIMIT ?",
					(state, last, PRUNE_PIECE),
				).fetchall()
				old = [(row_id,) for row_id, settled in rows if settled <= before]
				db.executemany("DELETE FROM event WHERE id = ?", old)
			deleted += len(old)
			if not old or len(rows) < PRUNE_PIECE:
				return deleted
			last = rows[-1][0]

	def close(self) -> None:
		"""Save what can be saved and close the file."""
		with self._disk:
			self._save(now_or_never=True)
			if self._db is not None:
				self._db.close()
				self._db = None

	def _queued(self, limit: int) -> list[Event]:
		try:
			rows = self._connection().execute(
				f"SELECT {_COLUMNS} FROM event WHERE state = 'queued' ORDER BY id LIMIT ?", (limit,)
			)
			return [Event(*row) for row in rows]
		except sqlite3.Error as error:
			self._trouble(error)
			return []

	def _save(self, now_or_never: bool = False) -> None:
		"""Write everything that waits in memory; on failure it stays there, and the next try waits a moment."""
		with self._disk:
			if self._error and clock.mono() < self._next_try and not now_or_never:
				self._forget_settled()
				return
			with self._memory:
				items = list(self._unsaved)
			marks = dict(self._unmarked)
			if not items and not marks:
				return
			try:
				with self._connection() as db:
					self._write(db, items, marks)
			except sqlite3.Error as error:
				self._trouble(error)
				self._forget_settled()
				return
			with self._memory:
				del self._unsaved[: len(items)]
			self._unmarked.clear()
			if self._error:
				log.warning("the queue can be written again")
				self._error = None

	@staticmethod
	def _write(db: sqlite3.Connection, items: list, marks: dict) -> None:
		for item in items:
			if isinstance(item, Event):
				db.execute(
					f"INSERT OR IGNORE INTO event ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",
					(
						item.event_id,
						item.line,
						item.call_uuid,
						item.kind,
						item.body,
						item.wall_ms,
						item.mono_ms,
						item.boot_id,
					),
				)
				_note_call(db, item)
			elif item.body is None:
				db.execute("DELETE FROM open_call WHERE source_id = ?", (item.source_id,))
			else:
				db.execute(
					"INSERT OR REPLACE INTO open_call VALUES (?,?,?,?,?)",
					(
						item.source_id,
						json.dumps(item.body),
						clock.wall_ms(),
						int(clock.mono() * 1000),
						clock.BOOT_ID,
					),
				)
		now = clock.wall_ms()
		db.executemany(
			"UPDATE event SET state = ?, reason = ?, settled_ms = ? WHERE event_id = ?",
			[(state, reason, now, event_id) for event_id, (state, reason) in marks.items()],
		)

	def _forget_settled(self) -> None:
		"""Keep the memory bounded while the disk cannot be written."""
		with self._memory:
			events = {item.event_id for item in self._unsaved if isinstance(item, Event)}
			gone = {event_id: self._unmarked.pop(event_id) for event_id in events & self._unmarked.keys()}
			self._unsaved = [
				item for item in self._unsaved if not (isinstance(item, Event) and item.event_id in gone)
			]
			# Of each device only its latest open call matters.
			latest = {item.source_id: item for item in self._unsaved if isinstance(item, OpenCall)}
			self._unsaved = [
				item for item in self._unsaved if isinstance(item, Event) or latest[item.source_id] is item
			]
			surplus = len(self._unsaved) - MAX_UNSAVED
			if surplus > 0:
				del self._unsaved[:surplus]
				self.dropped += surplus
				log.error(
					"%d events lost: the queue cannot be written and the memory for it is full", surplus
				)

	def _connection(self) -> sqlite3.Connection:
		if self._db is None:
			self._db = self._open()
		return self._db

	def _open(self) -> sqlite3.Connection:
		try:
			return self._connect()
		except sqlite3.DatabaseError as error:
			if isinstance(error, sqlite3.OperationalError):
				raise
			self._set_aside(error)
			return self._connect()

	def _connect(self) -> sqlite3.Connection:
		db = sqlite3.connect(self.path, timeout=2.0, check_same_thread=False)
		try:
			# Counts for a new file only, and must come first.
			db.execute("PRAGMA auto_vacuum=INCREMENTAL")
			db.execute("PRAGMA journal_mode=WAL")
			db.execute("PRAGMA synchronous=FULL")
			small = self.path.stat().st_size <= CHECK_BYTES
			if (small or self._suspect) and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
				raise sqlite3.DatabaseError("the file is damaged")
			self._suspect = False
			db.executescript(_SCHEMA)
			with contextlib.suppress(OSError):
				os.chmod(self.path, 0o600)
		except BaseException:
			db.close()
			raise
		return db

	def _set_aside(self, error: sqlite3.DatabaseError) -> None:
		# The telephone rings on: a damaged file is kept for a person to look at, and a new one begun.
		kept = self.path.with_name(f"{self.path.name}.damaged-{clock.wall_ms()}")
		log.error("the queue is damaged (%s); it is kept as %s and a new one begun", error, kept)
		for suffix in ("", "-wal", "-shm"):
			with contextlib.suppress(OSError):
				os.replace(f"{self.path}{suffix}", f"{kept}{suffix}")

	def _trouble(self, error: sqlite3.Error) -> None:
		self._error = str(error)
		self._next_try = clock.mono() + RETRY_SAVE_S
		if self._db is not None:
			with contextlib.suppress(sqlite3.Error):
				self._db.rollback()
			if not isinstance(error, sqlite3.OperationalError):
				# Not a full disk but a damaged file: opening it again finds out, and begins a new one.
				self._db.close()
				self._db = None
				self._suspect = True
		now = clock.mono()
		if now >= self._next_log:
			self._next_log = now + LOG_EVERY_S
			log.error("the queue %s cannot be written (%s); events wait in memory", self.path, error)


def _note_call(db: sqlite3.Connection, event: Event) -> None:
	"""Remember which call an event belongs to."""
	if event.call_uuid is None:
		return
	body = json.loads(event.body)
	known = (body.get("number_raw"), body.get("extension"), body.get("source_call_id"))
	db.execute(
		"INSERT INTO call VALUES (?,?,?,?,?,?,?,?,NULL) ON CONFLICT (call_uuid) DO UPDATE SET "
		"number = coalesce(excluded.number, number), extension = coalesce(excluded.extension, extension), "
		"source_call_id = coalesce(excluded.source_call_id, source_call_id)",
		(
			event.call_uuid,
			body.get("source_id", ""),
			event.line,
			body.get("direction", ""),
			*known,
			event.wall_ms,
		),
	)
	if event.kind in OVER:
		db.execute(
			"UPDATE call SET ended_ms = coalesce(ended_ms, ?) WHERE call_uuid = ?",
			(event.wall_ms, event.call_uuid),
		)
