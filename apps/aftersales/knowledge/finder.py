"""The one way in which collections are searched: the index gives the order, the database has the last word.

The caller's rights are part of the query, and every hit is read again with them before it is shown. While the index
cannot be read, the database answers within bounds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe.utils import cint
from tantivy import Query

from aftersales.knowledge import query, synonyms, upkeep
from aftersales.knowledge.collection import Collection
from aftersales.knowledge.index import IndexUnavailable, SearchIndex
from aftersales.knowledge.plain import phone_keys

# Users whom something limits that the index does not know are counted hit by hit, up to so many.
MAX_COUNTED = 500
# Without an index, so many of the newest documents are looked through.
MAX_SCANNED = 5_000
# Instead of hits that were deleted or hidden since they were indexed, so many more are read.
SPARE = 5


@dataclass(frozen=True)
class Found:
	"""Rows of a page in their order, each with `score`; how many there are for the user; whether the index answered."""

	rows: list[dict]
	total: int
	complete: bool = True


def read_typed(text: str) -> query.Typed:
	"""Cut what was typed, with the site's synonyms, and with every spelling if it is a telephone number."""
	typed = query.read(str(text or ""), synonyms.current())
	if typed.keys and sum(char.isdigit() for char in text) >= 5:
		typed.keys.extend(phone_keys(text[:64]))
	return typed


def find(
	collection: Collection,
	typed: query.Typed,
	filters: dict[str, list[str]] | None = None,
	limit: int = 10,
	start: int = 0,
	preferred: Iterable[tuple[Query, float]] = (),
	scans: bool = True,
) -> Found:
	"""Search a collection with the session user's rights.

	:param filters: field (or term of the index) to the values of which one must hold.
	:param preferred: what goes before others that match as well, beside what the collection prefers.
	:param scans: look through the newest documents while there is no index; else nothing is found then.
	:raises frappe.PermissionError: the user may not read such documents at all.
	"""
	filters = filters or {}
	try:
		return search_index(collection, typed, filters, limit, start, preferred)
	except IndexUnavailable:
		upkeep.request_rebuild(collection.doctype)
		return (
			scan_database(collection, typed, filters, limit, start) if scans else Found([], 0, complete=False)
		)


def search_index(
	collection: Collection,
	typed: query.Typed,
	filters: dict[str, list[str]],
	limit: int,
	start: int,
	preferred: Iterable[tuple[Query, float]] = (),
) -> Found:
	"""See `find`.

	:raises IndexUnavailable: there is no index that can be read.
	"""
	upkeep.make_current(collection.doctype)
	index = upkeep.index_of(collection.doctype)
	rights = collection.rights(collection.doctype)
	conditions = [*(query.has_filter(name, values) for name, values in filters.items()), *rights.conditions]
	preferred = [*collection.preferred(), *preferred]
	if not rights.complete:
		found, _count = search_best(index, typed, conditions, preferred, MAX_COUNTED)
		found = permitted(collection, found)
		return Found(read_rows(collection, found[start : start + limit]), len(found))
	found, total = search_best(index, typed, conditions, preferred, limit + SPARE, start)
	rows = read_rows(collection, found)
	return Found(rows[:limit], total - (len(found) - len(rows)))


def search_best(
	index: SearchIndex,
	typed: query.Typed,
	conditions: list[Query],
	preferred: list[tuple[Query, float]],
	limit: int,
	start: int = 0,
) -> tuple[list[tuple[str, float]], int]:
	"""Search for several of the typed words together or, if nothing has them, for any one.

	:returns: (name, score) of the best, and how many there are.
	:raises IndexUnavailable: there is no index that can be read.
	"""
	strict = query.build(typed, conditions, index.searcher(), preferred)
	found, total = index.search(strict, limit, start)
	if total or len(typed.words) < 2:
		return found, total
	return index.search(query.build(typed, conditions, index.searcher(), preferred, loose=True), limit, start)


def permitted(collection: Collection, found: list[tuple[str, float]]) -> list[tuple[str, float]]:
	"""Return those hits that the user may read, in their order; one statement."""
	names = [name for name, _score in found]
	if not names:
		return []
	readable = set(
		frappe.get_list(collection.doctype, filters={"name": ("in", names)}, pluck="name", limit=len(names))
	)
	return [hit for hit in found if hit[0] in readable]


def read_rows(collection: Collection, found: list[tuple[str, float]]) -> list[dict]:
	"""Read the hits with the caller's rights, in their order; those that may not be read are left out."""
	names = [name for name, _score in found]
	if not names:
		return []
	rows = frappe.get_list(
		collection.doctype, filters={"name": ("in", names)}, fields=list(collection.fields), limit=len(names)
	)
	by_name = {row.name: row for row in rows}
	return [{**by_name[name], "score": score} for name, score in found if name in by_name]


def scan_database(
	collection: Collection, typed: query.Typed, filters: dict[str, list[str]], limit: int, start: int
) -> Found:
	"""Look for the typed words in some columns of the newest documents, while there is no index."""
	columns = set(frappe.get_meta(collection.doctype).get_valid_columns())
	conditions = [[name, "in", values] for name, values in filters.items() if name in columns]
	oldest = frappe.get_all(
		collection.doctype,
		fields=["modified"],
		order_by="modified desc",
		limit_start=MAX_SCANNED,
		limit_page_length=1,
	)
	if oldest:
		conditions.append(["modified", ">", oldest[0].modified])
	words = [*typed.words, *typed.single, *typed.codes]
	rows = frappe.get_list(
		collection.doctype,
		filters=conditions,
		or_filters=[[name, "like", f"%{word}%"] for word in words[:12] for name in collection.scanned],
		fields=list(collection.fields),
		order_by="modified desc",
		limit_page_length=MAX_COUNTED,
	)
	rows = [row for row in rows if collection.may_be_found(row)]
	title = collection.scanned[0]
	rows.sort(key=lambda row: -sum(word in (row[title] or "").casefold() for word in words))
	return Found(rows[start : start + limit], len(rows), complete=False)


def subtree(doctype: str, name: str) -> list[str]:
	"""Return a tree node and all below it; only itself if there is no such node, which then finds nothing."""
	node = frappe.db.get_value(doctype, str(name), ["lft", "rgt"])
	if not node:
		return [str(name)]
	return frappe.get_all(doctype, filters={"lft": (">=", node[0]), "rgt": ("<=", node[1])}, pluck="name")


def check_page(limit: int, start: int, most: int, farthest: int) -> tuple[int, int]:
	"""Return limit and start as numbers.

	:raises frappe.ValidationError: one is out of bounds.
	"""
	limit, start = cint(limit), cint(start)
	if not (1 <= limit <= most and 0 <= start <= farthest):
		frappe.throw(frappe._("Ask for 1 to {0} hits, starting at {1} at most.").format(most, farthest))
	return limit, start
