"""Searches Without Result: what people looked for in vain, the most frequent first, and whether it is found by now."""

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.query_builder.functions import Count, Max
from frappe.utils import add_days

from aftersales.knowledge.finder import find, read_typed
from aftersales.knowledge.search import COLLECTION
from aftersales.utils.access import check_permission
from aftersales.utils.report import column, period_of

MOST = 200


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date`, and optionally `source`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read the searches.
	"""
	check_permission("Search Miss", "read")
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	miss = frappe.qb.DocType("Search Miss")
	query = (
		frappe.qb.from_(miss)
		.select(
			Max(miss.text).as_("text"),
			Count("*").as_("times"),
			Max(miss.creation).as_("last"),
			Max(miss.source).as_("source"),
			Max(miss.language).as_("language"),
		)
		.where(miss.creation >= start)
		.where(miss.creation < add_days(end, 1))
		.groupby(miss.text_key)
		.orderby(Count("*"), order=Order.desc)
		.orderby(Max(miss.creation), order=Order.desc)
		.limit(MOST)
	)
	if filters.source:
		query = query.where(miss.source == filters.source)
	rows = query.run(as_dict=True)
	for row in rows:
		row.found_now = find(COLLECTION, read_typed(row.text), limit=1).total
		row.source = _(row.source)
		row.language = frappe.get_cached_value("Language", row.language, "language_name") or row.language
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("text", _("Searched For"), width=320),
		column("times", _("Number of Searches"), "Int", 160),
		column("found_now", _("Found Today"), "Int", 110),
		column("last", _("Last Time"), "Datetime", 160),
		column("source", _("Where"), width=110),
		column("language", _("Language"), width=110),
	]
