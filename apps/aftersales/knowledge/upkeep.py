"""Keeping the search indexes up to date: after each change, now and then, and after any accident.

A change is indexed by a job that is queued when its transaction commits; one job at a time takes everything that
has changed until then. What such a job missed (killed worker, restored database, another machine with an index of
its own) is caught up by whoever comes next: a search that notices it, the scheduler, or the nightly comparison.
The person who saved something finds it at once, because their next search indexes it first.
"""

import shutil
import time
from pathlib import Path

import frappe
from frappe.model.document import Document

from aftersales.knowledge.collection import collections
from aftersales.knowledge.index import IndexBusy, IndexUnavailable, Kind, SearchIndex

# How often a web process asks the database whether the index is behind, and how much it then does itself, so
# that a search stays a search.
CHECK_SECONDS = 5.0
CHECK_BATCH = 100
OWN_CHANGE_SECONDS = 600
OWN_CHANGE_WAIT = 1.0
REBUILD_REQUEST_SECONDS = 60

_indexes: dict[str, SearchIndex] = {}
_checked: dict[str, float] = {}


def kinds() -> dict[str, Kind]:
	"""Return the kinds of documents that are searched for, by DocType."""
	return {doctype: collection.kind for doctype, collection in collections().items()}


def folder_of(kind: str) -> Path:
	"""Where the index of a kind lies on this machine; tests have one of their own."""
	name = "search_test" if frappe.flags.in_test else "search"
	return Path(frappe.get_site_path("private", name, frappe.scrub(kind))).resolve()


def index_of(kind: str) -> SearchIndex:
	"""Return the index of a kind, the same object for all requests of this process."""
	folder = folder_of(kind)
	if str(folder) not in _indexes:
		_indexes[str(folder)] = SearchIndex(kinds()[kind], folder)
	return _indexes[str(folder)]


# After a change


def document_saved(doc: Document, method: str | None = None) -> None:
	"""Hook of every document: one that is searched for is indexed soon, and at once for the person who saved it."""
	if doc.doctype not in kinds() or frappe.flags.in_install or frappe.flags.in_uninstall:
		return
	note_own_change(doc.doctype, doc.name)
	# Again after the commit: a search meanwhile has indexed what was there before.
	frappe.db.after_commit.add(lambda: note_own_change(doc.doctype, doc.name))
	catch_up_later(doc.doctype)


def document_renamed(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Hook of every document: another name leaves `modified` as it is, so both names are looked at."""
	if doc.doctype in kinds():
		refresh_later(doc.doctype, [old, new])


def note_own_change(kind: str, name: str) -> None:
	"""Remember that the session's user changed *name*, for `show_own_changes`."""
	key = own_changes_key(kind)
	names = frappe.cache.get_value(key, expires=True) or []
	frappe.cache.set_value(key, [*names, name][-20:], expires_in_sec=OWN_CHANGE_SECONDS)


def show_own_changes(kind: str) -> None:
	"""Index now what the session's user has just saved; waits a second at most for another writer.

	:raises IndexUnavailable: there is no index.
	"""
	key = own_changes_key(kind)
	names = frappe.cache.get_value(key, expires=True)
	if not names:
		return
	try:
		index_of(kind).refresh(sorted(set(names)), wait=OWN_CHANGE_WAIT)
	except IndexBusy:
		return  # the next search tries again
	frappe.cache.delete_value(key)


def own_changes_key(kind: str) -> str:
	return f"aftersales_search_own:{frappe.scrub(kind)}:{frappe.session.user}"


def catch_up_later(kind: str) -> None:
	"""Queue `catch_up` when this transaction commits, unless one waits already."""
	frappe.db.after_commit.add(lambda: queue_catch_up(kind))


def queue_catch_up(kind: str) -> None:
	"""Queue `catch_up` now, unless one waits already; the job takes the mark away before it reads."""
	if frappe.cache.set(waiting_key(kind), 1, nx=True, ex=60):
		frappe.enqueue("aftersales.knowledge.upkeep.catch_up", queue="short", kind=kind)


def waiting_key(kind: str) -> bytes:
	return frappe.cache.make_key(f"aftersales_search_waiting:{frappe.scrub(kind)}")


def refresh_later(kind: str, names: list[str]) -> None:
	"""Queue `refresh` of these documents when this transaction commits."""
	if names:
		frappe.enqueue(
			"aftersales.knowledge.upkeep.refresh",
			queue="short",
			enqueue_after_commit=True,
			kind=kind,
			names=names,
		)


# Jobs


def catch_up(kind: str) -> None:
	"""Job: index what changed."""
	frappe.cache.delete(waiting_key(kind))
	try:
		index_of(kind).catch_up()
	except IndexUnavailable:
		index_of(kind).rebuild()


def refresh(kind: str, names: list[str]) -> None:
	"""Job: index these documents anew."""
	try:
		index_of(kind).refresh(names)
	except IndexUnavailable:
		index_of(kind).rebuild()


def rebuild(kind: str) -> None:
	"""Job, also run by hand with `bench execute`: build the index anew while the old one serves."""
	index_of(kind).rebuild()


def catch_up_all() -> None:
	"""Scheduler, every few minutes: whatever the queued jobs missed."""
	for kind in kinds():
		catch_up(kind)


def reconcile_all() -> None:
	"""Scheduler, nightly: compare everything, and say so if something had been missed."""
	for kind in kinds():
		try:
			differences = index_of(kind).reconcile()
		except IndexUnavailable:
			index_of(kind).rebuild()
			continue
		if differences:
			frappe.logger("aftersales").warning(f"search index of {kind}: {differences} documents repaired")


def ensure_all() -> None:
	"""After install and migrate: every kind has an index that can be read."""
	for kind in kinds():
		try:
			index_of(kind).searcher()
		except IndexUnavailable:
			index_of(kind).rebuild()


def remove_all() -> None:
	"""After uninstall: the indexes go, too."""
	for name in ("search", "search_test"):
		shutil.rmtree(frappe.get_site_path("private", name), ignore_errors=True)
	_indexes.clear()


# While searching


def make_current(kind: str) -> None:
	"""Called before a search: show the user's own changes, and now and then look whether the index is behind.

	:raises IndexUnavailable: there is no index.
	"""
	show_own_changes(kind)
	index = index_of(kind)
	last = _checked.get(str(index.root), 0.0)
	if time.monotonic() - last < CHECK_SECONDS and last:
		return
	_checked[str(index.root)] = time.monotonic()
	if not index.kind.changes(index.seen(), 1):
		return
	try:
		index.catch_up(batches=1, batch=CHECK_BATCH, overlap=None, wait=0)
	except IndexBusy:
		return  # the other process is doing it
	if index.kind.changes(index.seen(), 1):
		queue_catch_up(kind)


def request_rebuild(kind: str) -> None:
	"""Queue a rebuild, at most one a minute whoever asks."""
	key = frappe.cache.make_key(f"aftersales_search_rebuild:{frappe.scrub(kind)}")
	if frappe.cache.set(key, 1, nx=True, ex=REBUILD_REQUEST_SECONDS):
		frappe.enqueue("aftersales.knowledge.upkeep.rebuild", queue="long", kind=kind)
