"""The search index of one kind of document: derived data on the local disk, MariaDB stays the truth.

Layout, below `private/search/<kind>` of the site:

    CURRENT            name of the generation that serves, replaced atomically
    <generation>/      a tantivy index
    write.lock         held while a batch is written: one writer among all processes of the machine
    rebuild.lock       held while a new generation is built

Nothing here may be relied on: the folder can be deleted at any time. A reader notices a new commit or a new
generation by looking at two files. What the index has seen is told by a state document inside it, which is
committed together with the documents, so that a crash at any point leaves an older but consistent index, and
`catch_up` finds in the database what is missing.
"""

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import frappe
import tantivy

from aftersales.knowledge.generation import (
	BEGINNING,
	REBUILD_MEMORY,
	SCHEMA,
	Entry,
	Writer,
	all_signatures,
	open_searcher,
	read_seen,
	read_signatures,
)

BATCH = 1_000
LOCK_WAIT = 60.0
# Begins the name of each generation; a new number when the fields below change, so that old ones are rebuilt.
FORMAT = "4-"
# A transaction may commit later than another that began after it; so much is read again.
OVERLAP = timedelta(minutes=15)


class IndexUnavailable(Exception):
	"""The index is missing, damaged or of another version; it has to be rebuilt."""


class IndexBusy(Exception):
	"""Another process has been writing for longer than the caller wants to wait."""


@dataclass(frozen=True)
class Kind:
	"""A kind of document that is searched for, and how it is read from the database.

	changes(after, limit): rows (modified, name, signature) in the order of (modified, name), after that pair.
	deletions(since): names deleted since then. entries(names): what to index of those that exist.
	The signature changes whenever the entry would, and is empty for a document that is not to be found.
	"""

	name: str
	changes: Callable[[tuple[datetime, str], int], list[tuple[datetime, str, str]]]
	deletions: Callable[[datetime], list[str]]
	entries: Callable[[list[str]], list[Entry]]


class SearchIndex:
	"""Reading and writing the index of one kind below one folder. Safe for threads and processes."""

	def __init__(self, kind: Kind, root: Path | str):
		self.kind = kind
		self.root = Path(root)
		self._opening = threading.Lock()
		self._open: tuple | None = None

	# Reading

	def searcher(self) -> tantivy.Searcher:
		"""Return a searcher that sees everything committed so far.

		:raises IndexUnavailable: there is no index that can be read.
		"""
		with self._opening:
			while True:
				serving = self._serving()
				try:
					return self._current_searcher()
				except BaseException as error:
					# A rebuild may have switched over and removed the generation that was just looked up.
					if self._serving() == serving:
						raise_unavailable(error)

	def _current_searcher(self) -> tantivy.Searcher:
		generation = self.generation()
		meta = os.stat(generation / "meta.json")
		seen = (os.getpid(), generation, meta.st_ino, meta.st_mtime_ns)
		if self._open is None or self._open[0][:2] != seen[:2]:
			index = tantivy.Index.open(str(generation))
			index.config_reader(reload_policy="manual")
			self._open = (seen, index)
		if self._open[0] != seen or len(self._open) == 2:
			index = self._open[1]
			index.reload()
			self._open = (seen, index, index.searcher())
		return self._open[2]

	def search(
		self, query: tantivy.Query, limit: int, offset: int = 0
	) -> tuple[list[tuple[str, float]], int]:
		"""Return (name, score) of the best documents and how many there are.

		:raises IndexUnavailable: there is no index that can be read.
		"""
		searcher = self.searcher()
		try:
			result = searcher.search(query, limit=limit, offset=offset, count=True)
			return [(searcher.doc(address)["key"][0], score) for score, address in result.hits], result.count
		except BaseException as error:
			raise_unavailable(error)

	def signatures(self, names: list[str]) -> dict[str, str]:
		"""Return the signature under which each of *names* is indexed, without those that are not.

		:raises IndexUnavailable: there is no index that can be read.
		"""
		return read_signatures(self.searcher(), names)

	def seen(self) -> tuple[datetime, str]:
		"""Return (modified, name) of the last change that the index has.

		:raises IndexUnavailable: there is no index that can be read.
		"""
		return read_seen(self.searcher())

	def generation(self) -> Path:
		"""Return the folder that serves now.

		:raises OSError: there is none.
		:raises IndexUnavailable: it was written by another version of the app.
		"""
		name = (self.root / "CURRENT").read_text(encoding="utf-8").strip()
		if not name.startswith(FORMAT):
			raise IndexUnavailable(f"index of another format: {name}")
		return self.root / name

	# Writing

	def catch_up(
		self,
		batches: int | None = None,
		batch: int = BATCH,
		overlap: timedelta | None = OVERLAP,
		wait: float = LOCK_WAIT,
	) -> int:
		"""Bring what changed in the database since the last time, deleted documents included.

		Safe to run at any time and from several processes; they take turns, batch by batch.

		:param batches: at most so many; None means until nothing is left.
		:param batch: documents in one.
		:param overlap: how far to look back behind the last change that was seen; None means not at all, and
			that deleted documents stay for the next time.
		:param wait: seconds to wait for another writer.
		:returns: how many documents were written or removed.
		:raises IndexUnavailable: there is no index to bring up to date.
		:raises IndexBusy: another process has been writing for that long.
		"""
		position = self.seen()
		written = 0
		if overlap and position > BEGINNING:
			position = (position[0] - overlap, "")
			written = self._remove_deleted(position[0])
		while batches is None or batches > 0:
			with self._writing(wait) as folder:
				rows = self.kind.changes(position, batch)
				written += write_changed(folder, self.kind, rows)
			if len(rows) < batch:
				break
			position = rows[-1][:2]
			batches = batches if batches is None else batches - 1
		return written

	def _remove_deleted(self, since: datetime) -> int:
		names = self.kind.deletions(since)
		indexed = list(self.signatures(names)) if names else []
		if indexed:
			self.refresh(indexed)
		return len(indexed)

	def refresh(self, names: list[str], wait: float = LOCK_WAIT) -> None:
		"""Index these documents anew, whatever the index thinks it knows; those that are gone leave it.

		:param wait: seconds to wait for another writer.
		:raises IndexUnavailable: there is no index to bring up to date.
		:raises IndexBusy: another process has been writing for that long.
		"""
		for start in range(0, len(names), BATCH):
			part = names[start : start + BATCH]
			with self._writing(wait) as folder, Writer(folder) as writer:
				writer.put(self.kind.entries(part), part)

	def reconcile(self) -> int:
		"""Compare every document with the index and repair each difference.

		:returns: how many documents differed.
		:raises IndexUnavailable: there is no index to bring up to date.
		"""
		self.catch_up()
		indexed = all_signatures(self.searcher())
		wrong = []
		for rows in self._pages(BEGINNING):
			wrong.extend(name for _modified, name, signature in rows if indexed.pop(name, "") != signature)
		wrong.extend(indexed)
		self.refresh(wrong)
		return len(wrong)

	def rebuild(self) -> bool:
		"""Build a new generation beside the one that serves, bring it up to date and switch over.

		:returns: False if another process is doing so already.
		"""
		try:
			with self._lock("rebuild.lock", wait=0):
				self._rebuild()
		except IndexBusy:
			return False
		return True

	def _rebuild(self) -> None:
		self._remove_generations(keep=self._serving())
		folder = self.root / f"{FORMAT}{datetime.now():%Y%m%d%H%M%S}-{frappe.generate_hash(length=6)}"
		folder.mkdir(parents=True)
		tantivy.Index(SCHEMA, path=str(folder))
		with Writer(folder, REBUILD_MEMORY) as writer:
			for rows in self._pages(BEGINNING):
				writer.put(self.kind.entries([row[1] for row in rows]), [], rows[-1][:2])
		with self._lock("write.lock"):
			# What changed meanwhile went to the old generation; from here on nobody writes to it.
			last, _name = read_seen(open_searcher(folder))
			for rows in self._pages((last - OVERLAP, "") if last > BEGINNING[0] else BEGINNING):
				write_changed(folder, self.kind, rows)
			self._switch(folder.name)
		self._remove_generations(keep=folder.name)

	def _pages(self, position: tuple[datetime, str]) -> Iterator[list[tuple[datetime, str, str]]]:
		while True:
			fresh_snapshot()
			rows = self.kind.changes(position, BATCH)
			if rows:
				yield rows
			if len(rows) < BATCH:
				return
			position = rows[-1][:2]

	def _switch(self, generation: str) -> None:
		temporary = self.root / f"CURRENT.{os.getpid()}"
		with open(temporary, "w", encoding="utf-8") as file:
			file.write(generation)
			file.flush()
			os.fsync(file.fileno())
		os.replace(temporary, self.root / "CURRENT")

	def _serving(self) -> str | None:
		try:
			return self.generation().name
		except (OSError, IndexUnavailable):
			return None

	def _remove_generations(self, keep: str | None) -> None:
		"""Readers keep the files of an old generation that they have open; the disk is freed with the last."""
		for folder in self.root.iterdir():
			if folder.is_dir() and folder.name != keep:
				shutil.rmtree(folder, ignore_errors=True)

	@contextmanager
	def _writing(self, wait: float = LOCK_WAIT) -> Iterator[Path]:
		"""Hold the writers' lock, with a view of the database not older than what others wrote to the index."""
		with self._lock("write.lock", wait):
			fresh_snapshot()
			self.searcher()  # raises what a caller understands if the index is damaged
			yield self.generation()

	@contextmanager
	def _lock(self, name: str, wait: float = LOCK_WAIT) -> Iterator[None]:
		self.root.mkdir(parents=True, exist_ok=True)
		deadline = time.monotonic() + wait
		with open(self.root / name, "w") as file:
			while True:
				try:
					fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
					break
				except BlockingIOError:
					if time.monotonic() >= deadline:
						raise IndexBusy(name) from None
					time.sleep(0.01)
			yield


def write_changed(folder: Path, kind: Kind, rows: list[tuple[datetime, str, str]]) -> int:
	"""Write those of *rows* whose signature is not the indexed one; returns how many."""
	if not rows:
		return 0
	searcher = open_searcher(folder)
	indexed = read_signatures(searcher, [row[1] for row in rows])
	changed = [name for _modified, name, signature in rows if indexed.get(name, "") != signature]
	if changed or rows[-1][:2] > read_seen(searcher):
		with Writer(folder) as writer:
			writer.put(kind.entries(changed), changed, rows[-1][:2])
	return len(changed)


def fresh_snapshot() -> None:
	"""See what others committed meanwhile, unless this transaction has changes of its own to keep."""
	if not frappe.db.transaction_writes:
		frappe.db.commit()


def raise_unavailable(error: BaseException) -> NoReturn:
	"""Turn what tantivy and the file system raise for a damaged index into `IndexUnavailable`.

	A panic inside tantivy comes as a class of its own that cannot be imported.
	"""
	if isinstance(error, OSError | ValueError) or type(error).__name__ == "PanicException":
		raise IndexUnavailable(str(error)) from error
	raise error
