"""Searches that found nothing: what the knowledge base lacks, or calls by another name."""

import re

import frappe
from frappe.utils import add_days, now_datetime

from aftersales.knowledge.text import runs
from aftersales.utils.access import check_permission
from aftersales.utils.text import harmless

SOURCES = ("Console", "Ticket", "Complaint", "Search", "Portal")
LONGEST = 120
# Telephone, identity card and order numbers say nothing about what is missing, but something about people.
PRIVATE = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d[\d\s().-]{5,}\d")
KEPT_DAYS = 180
DELETED_AT_ONCE = 5_000
# From all visitors together in one hour: more is no search for an answer, and the table would grow without end.
MOST_OF_VISITORS = 1_000


@frappe.whitelist(methods=["POST"])
def note_search_miss(text: str, source: str = "Search") -> None:
	"""Note that a finished search found nothing; the screens call it when somebody has stopped typing.

	:param text: what was typed.
	:param source: Console, Ticket, Complaint or Search.
	:raises frappe.PermissionError: the user may not search FAQs.
	"""
	check_permission("FAQ", "read")
	note(text, source)


def note(text: str, source: str) -> bool:
	"""Keep a search without result, without personal data; returns whether there was anything to keep."""
	# Visitors write it, and the staff read it in a report and in spreadsheets, where some signs begin a formula.
	text = harmless(PRIVATE.sub(" ", text or "")).lstrip("=+-@ ")[:LONGEST]
	key = " ".join(runs(text))[:140]
	if len(key) < 2 or (source == "Portal" and not has_room()):
		return False
	frappe.get_doc(
		doctype="Search Miss",
		text=text,
		text_key=key,
		source=source if source in SOURCES else "Search",
		language=frappe.local.lang,
		# Not who: only what is missing.
		owner="Administrator",
		modified_by="Administrator",
	).db_insert()
	return True


def has_room() -> bool:
	"""Count a visitor's search; whether it is one of the first of this hour."""
	key = frappe.cache.make_key(f"aftersales_search_misses:{now_datetime():%Y%m%d%H}")
	number = frappe.cache.incrby(key, 1)
	frappe.cache.expire(key, 3600)
	return number <= MOST_OF_VISITORS


def remove_old() -> None:
	"""Scheduler, daily: forget searches of long ago, in pieces."""
	limit = add_days(now_datetime(), -KEPT_DAYS)
	while names := frappe.get_all(
		"Search Miss", {"creation": ("<", limit)}, pluck="name", limit=DELETED_AT_ONCE, order_by="creation"
	):
		frappe.db.delete("Search Miss", {"name": ("in", names)})
		frappe.db.commit()
