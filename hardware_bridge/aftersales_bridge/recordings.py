"""Recordings of calls: found in the folders where boxes and telephone systems leave them, matched, and uploaded.

A file is taken when it has not changed for a while, and uploaded after the events of its call. What has become of each
file is kept in a small database of its own; the files themselves stay where they are until the site has them, and
after that as long as ``delete_after_days`` says.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import queue
import random
import re
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aftersales_bridge import clock
from aftersales_bridge.client import Passing, Refused, SiteClient, SiteError
from aftersales_bridge.event_queue import CallRecord, EventQueue
from aftersales_bridge.masking import mask
from aftersales_bridge.recording_folder import SoundFolder
from aftersales_bridge.recording_names import PRESETS, NameFacts, read_name, wav_seconds
from aftersales_bridge.schema import Key, between, not_blank, one_of

if TYPE_CHECKING:
	from aftersales_bridge.config import Config
	from aftersales_bridge.events import Signal

log = logging.getLogger(__name__)

KEYS = {
	"folder": Key(
		str, "where the recordings are; folders inside are searched too", check=not_blank, path=True
	),
	"preset": Key(str, "whose rules the file names follow", "any", one_of(*PRESETS)),
	"device": Key(str, "the id of the [[device]] whose calls they are; empty for any", ""),
	"stable_s": Key(float, "how long a file must have been unchanged", 5.0, between(0.1, 600)),
	"max_age_days": Key(int, "older files are left alone", 7, between(1, 365)),
	"delete_after_days": Key(int, "when an uploaded file is deleted here; 0 = never", 0, between(0, 3650)),
}

SCAN_S = 2.0
MAX_NOTES = 1000
# A recording may be complete before the call is known here, if the events are late; then it has no call.
MATCH_S = 900.0
MATCH_AGAIN_S = 10.0
# How often a file asks whether its call's events have reached the site.
DELIVERED_S = 3.0
# Between the first ring and the beginning of the recording.
RINGS_AT_MOST_MS = 600_000
CLOCKS_DIFFER_MS = 60_000
BASE_S = 2.0
CAP_S = 300.0
SLOW_S = 60.0
DAY_MS = 86_400_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS recording (
	path TEXT PRIMARY KEY,
	folder TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'uploaded', 'failed')),
	found_ms INTEGER NOT NULL,
	call_uuid TEXT,
	seconds INTEGER,
	attempts INTEGER NOT NULL DEFAULT 0,
	next_ms INTEGER NOT NULL DEFAULT 0,
	reason TEXT,
	settled_ms INTEGER
);
CREATE TABLE IF NOT EXISTS note (
	name TEXT NOT NULL, source_id TEXT NOT NULL, call_uuid TEXT NOT NULL, seconds INTEGER, noted_ms INTEGER NOT NULL,
	PRIMARY KEY (name, source_id)
);
"""


@dataclass(frozen=True)
class _File:
	"""A file that waits, as the database has it."""

	path: Path
	folder: str
	state: str
	found_ms: int
	call_uuid: str | None
	seconds: int | None
	attempts: int


class RecordingsWatcher(threading.Thread):
	"""Watches the folders of the [[recordings]] sections; ends when ``stop`` is called.

	``client`` must be for this thread alone.
	"""

	def __init__(self, config: Config, events: EventQueue, client: SiteClient) -> None:
		super().__init__(name="recordings", daemon=True)
		self._sections: dict[str, dict] = {section["folder"]: section for section in config.recordings}
		self._path = config.data_dir / "recordings.sqlite3"
		self._queue = events
		self._client = client
		self._stopping = threading.Event()
		self._notes: queue.SimpleQueue[tuple[str, Signal]] = queue.SimpleQueue()
		self._folders = {folder: SoundFolder(Path(folder)) for folder in self._sections}
		self._error: str | None = None
		self._state = {"waiting": 0, "uploaded": 0, "failed": 0, "error": None}

	def run(self) -> None:
		if not self._sections:
			self._stopping.wait()
			return
		db = None
		while not self._stopping.wait(SCAN_S if db else 0):
			try:
				db = db or self._open()
				self.turn(db)
			except (OSError, sqlite3.Error) as error:
				self._trouble(str(error))
			except Exception as error:
				log.exception("recordings: unexpected error; they are tried again")
				self._trouble(type(error).__name__)
			if db is None:
				self._stopping.wait(SCAN_S)
		if db is not None:
			db.close()

	def stop(self) -> None:
		"""Ask the thread to end; what waits goes on after the next start."""
		self._stopping.set()

	def note(self, source_id: str, signal: Signal) -> None:
		"""A device names the recording of a call; may be called from any thread, never waits."""
		if signal.recording and signal.call_uuid and self._notes.qsize() < MAX_NOTES:
			self._notes.put((source_id, signal))

	def state(self) -> dict:
		"""How many files wait, were uploaded and failed, and what is wrong with the folders, for the heartbeat."""
		return dict(self._state)

	def turn(self, db: sqlite3.Connection) -> None:
		"""Look at everything once."""
		self._error = None
		self._save_notes(db)
		for folder, section in self._sections.items():
			self._find(db, folder, section)
		now = clock.wall_ms()
		for file in self._due(db, now):
			if self._stopping.is_set():
				return
			if file.state == "waiting":
				self._match(db, file, now)
			else:
				self._upload(db, file, now)
		self._clean(db, now)
		counts = dict(db.execute("SELECT state, count(*) FROM recording GROUP BY state").fetchall())
		self._state = {
			"waiting": counts.get("waiting", 0) + counts.get("ready", 0),
			"uploaded": counts.get("uploaded", 0),
			"failed": counts.get("failed", 0),
			"error": self._error,
		}

	def _open(self) -> sqlite3.Connection:
		db = sqlite3.connect(self._path, timeout=2.0, isolation_level=None)
		db.executescript(_SCHEMA)
		with contextlib.suppress(OSError):
			os.chmod(self._path, 0o600)
		for path, folder in db.execute("SELECT path, folder FROM recording"):
			if folder in self._folders:
				self._folders[folder].known.add(Path(path))
		return db

	def _trouble(self, reason: str) -> None:
		if reason != self._state["error"]:
			log.error("recordings: %s", mask(reason))
		self._error = reason
		self._state = {**self._state, "error": reason[:140]}

	def _save_notes(self, db: sqlite3.Connection) -> None:
		for _ in range(MAX_NOTES):
			try:
				source_id, signal = self._notes.get_nowait()
			except queue.Empty:
				return
			db.execute(
				"INSERT OR REPLACE INTO note VALUES (?,?,?,?,?)",
				(_base(signal.recording), source_id, signal.call_uuid, signal.duration_s, clock.wall_ms()),
			)

	def _find(self, db: sqlite3.Connection, folder: str, section: dict) -> None:
		"""Note the files of a folder that have come to rest."""
		oldest = clock.wall_ms() - section["max_age_days"] * DAY_MS
		found, trouble = self._folders[folder].rested(oldest, section["stable_s"])
		if trouble:
			self._trouble(trouble)
		for path in found:
			db.execute(
				"INSERT OR IGNORE INTO recording (path, folder, state, found_ms) VALUES (?,?,'waiting',?)",
				(str(path), folder, clock.wall_ms()),
			)

	@staticmethod
	def _due(db: sqlite3.Connection, now: int) -> list[_File]:
		rows = db.execute(
			"SELECT path, folder, state, found_ms, call_uuid, seconds, attempts FROM recording "
			"WHERE state IN ('waiting', 'ready') AND next_ms <= ? ORDER BY found_ms LIMIT 50",
			(now,),
		)
		return [_File(Path(path), *rest) for path, *rest in rows]

	def _match(self, db: sqlite3.Connection, file: _File, now: int) -> None:
		"""Find the call of a file; after a quarter of an hour without one, give it up."""
		section = self._sections.get(file.folder, {"device": "", "preset": "any"})
		noted = db.execute(
			"SELECT call_uuid, seconds FROM note WHERE name = ? AND (? = '' OR source_id = ?) ORDER BY noted_ms DESC",
			(_base(str(file.path)), section["device"], section["device"]),
		).fetchone()
		facts = read_name(file.path.name, section["preset"])
		call_uuid, seconds = noted or (None, None)
		if call_uuid is None and facts is not None and facts != NameFacts():
			since = (facts.started_ms or now) - DAY_MS
			calls = self._queue.find_calls(since, (facts.started_ms or now) + CLOCKS_DIFFER_MS)
			call = best_call(facts, [c for c in calls if section["device"] in ("", c.source_id)])
			call_uuid = call.call_uuid if call else None
		if call_uuid is not None:
			if seconds is None:
				with contextlib.suppress(OSError):
					seconds = wav_seconds(file.path)
			db.execute(
				"UPDATE recording SET state = 'ready', call_uuid = ?, seconds = ? WHERE path = ?",
				(call_uuid, seconds, str(file.path)),
			)
		elif now - file.found_ms > MATCH_S * 1000:
			rules = (
				"" if facts is not None else f"; its name does not follow the rules of {section['preset']}"
			)
			self._fail(db, file, f"no call is known for it{rules}")
		else:
			_put_off(db, file, now, MATCH_AGAIN_S)

	def _upload(self, db: sqlite3.Connection, file: _File, now: int) -> None:
		if not self._queue.is_delivered(file.call_uuid):
			_put_off(db, file, now, DELIVERED_S)
			return
		try:
			check_sum = _sha256(file.path)
			self._client.upload_recording(
				file.call_uuid, file.path, check_sum, file.path.name[-140:], file.seconds
			)
		except OSError as error:
			if not file.path.exists():
				self._fail(db, file, "the file is gone")
			else:
				self._later(db, file, now, str(error), None)
		except Refused as error:
			self._fail(db, file, error.reason)
		except SiteError as error:
			if error.status == 409:
				self._fail(db, file, error.reason)
				return
			slow = None if isinstance(error, Passing) else SLOW_S
			self._later(db, file, now, error.reason, error.retry_after or slow)
		else:
			log.info("recording %s uploaded", mask(file.path.name))
			self._settle(db, file, "uploaded", None)

	def _later(self, db: sqlite3.Connection, file: _File, now: int, reason: str, wait: float | None) -> None:
		"""Try again after a random time that grows, or after ``wait`` seconds; at the end of the files' age give up."""
		section = self._sections.get(file.folder)
		if section is None or now - file.found_ms > section["max_age_days"] * DAY_MS:
			self._fail(db, file, reason)
			return
		grown = random.uniform(0, min(CAP_S, BASE_S * 2 ** min(file.attempts, 20)))
		db.execute(
			"UPDATE recording SET attempts = attempts + 1, reason = ? WHERE path = ?",
			(reason[:200], str(file.path)),
		)
		_put_off(db, file, now, wait if wait is not None else grown)
		self._error = f"{file.path.name}: {reason}"[:140]

	def _fail(self, db: sqlite3.Connection, file: _File, reason: str) -> None:
		log.warning("recording %s is not uploaded: %s", mask(file.path.name), mask(reason))
		self._settle(db, file, "failed", reason)

	@staticmethod
	def _settle(db: sqlite3.Connection, file: _File, state: str, reason: str | None) -> None:
		db.execute(
			"UPDATE recording SET state = ?, reason = ?, settled_ms = ? WHERE path = ?",
			(state, reason and reason[:200], clock.wall_ms(), str(file.path)),
		)

	def _clean(self, db: sqlite3.Connection, now: int) -> None:
		"""Delete uploaded files whose time is over, and forget what is too old to come back."""
		for folder, section in self._sections.items():
			if section["delete_after_days"]:
				before = now - section["delete_after_days"] * DAY_MS
				for (path,) in db.execute(
					"SELECT path FROM recording WHERE folder = ? AND state = 'uploaded' AND settled_ms <= ?",
					(folder, before),
				).fetchall():
					with contextlib.suppress(OSError):
						os.unlink(path)
		keep = max((section["max_age_days"] for section in self._sections.values()), default=7)
		keep = max(keep, *(section["delete_after_days"] for section in self._sections.values()), 1)
		db.execute("DELETE FROM recording WHERE settled_ms <= ?", (now - (keep + 1) * DAY_MS,))
		db.execute("DELETE FROM note WHERE noted_ms <= ?", (now - 7 * DAY_MS,))


def best_call(facts: NameFacts, calls: list[CallRecord]) -> CallRecord | None:
	"""The call among ``calls`` that a file with these facts belongs to; None when it is none, or may be several.

	The source's own id decides alone. Without one the recording must begin while the call lasts, and a number must agree.
	"""
	if facts.source_call_id:
		same = [call for call in calls if call.source_call_id == facts.source_call_id]
		if same:
			return same[0] if len(same) == 1 else None
	if facts.started_ms is None:
		return None
	fitting = [
		call
		for call in calls
		if call.started_ms - CLOCKS_DIFFER_MS <= facts.started_ms
		and facts.started_ms <= (call.ended_ms or call.started_ms + RINGS_AT_MOST_MS) + CLOCKS_DIFFER_MS
		and facts.direction in (None, call.direction)
		and _numbers_agree(facts, call)
	]
	if len(fitting) > 1 and facts.line:
		fitting = [call for call in fitting if re.sub(r"^\D*0*", "", call.line) == facts.line] or fitting
	fitting.sort(key=lambda call: abs(call.started_ms - facts.started_ms))
	if len(fitting) > 1 and fitting[0].started_ms == fitting[1].started_ms:
		return None
	return fitting[0] if fitting else None


def _numbers_agree(facts: NameFacts, call: CallRecord) -> bool:
	known = [re.sub(r"\D", "", text) for text in (call.number or "", call.extension or "")]
	if not facts.numbers or not known[0]:
		return True
	return any(
		one == other or (min(len(one), len(other)) >= 7 and (one.endswith(other) or other.endswith(one)))
		for one in facts.numbers
		for other in known
		if other
	)


def _put_off(db: sqlite3.Connection, file: _File, now: int, seconds: float) -> None:
	db.execute("UPDATE recording SET next_ms = ? WHERE path = ?", (now + int(seconds * 1000), str(file.path)))


def _base(reference: str) -> str:
	"""The file name of a path or address, of whatever system."""
	return re.split(r"[\\/]", reference.split("?")[0])[-1].lower()[:300]


def _sha256(path: Path) -> str:
	digest = hashlib.sha256()
	with path.open("rb") as source:
		while piece := source.read(1_048_576):
			digest.update(piece)
	return digest.hexdigest()
