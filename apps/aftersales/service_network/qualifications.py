"""Qualifications of outlets: which are missing or expired, and who hears of it in time (S2.33)."""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, formatdate, getdate, today

from aftersales.field_service import reasons
from aftersales.field_service.reasons import say

OUTLET, HELD, KIND = "Service Outlet", "Outlet Qualification", "Qualification Type"
DAYS_AHEAD = 30
ROWS = 5
# Before any paper: an open beginning would find outlets without expiry as well.
EVER = "1970-01-01"


class QualificationPeriodError(frappe.ValidationError):
	"""A qualification ends before it was issued."""


def validate(doc: Document) -> None:
	"""Check the rows of an outlet or an application.

	:raises QualificationPeriodError: names the row.
	"""
	for row in doc.qualifications:
		if row.issued_on and row.valid_until and getdate(row.valid_until) < getdate(row.issued_on):
			frappe.throw(
				_("Row {0}: {1} expires before it was issued. Correct one of the days.").format(
					row.idx, frappe.bold(row.qualification)
				),
				QualificationPeriodError,
				title=_("Qualifications"),
			)


def next_expiry(doc: Document) -> date | None:
	"""Return the first day on which something that the outlet holds expires; None if nothing does.

	Of several papers of one kind for the same goods the one that lasts longest counts.
	"""
	last: dict[tuple, date | None] = {}
	for row in doc.qualifications:
		key, until = (row.qualification, row.product_category), row.valid_until and getdate(row.valid_until)
		known = last.get(key, date.min)
		last[key] = None if known is None or not until else max(known, until)
	return min((until for until in last.values() if until), default=None)


def gaps(outlets: list[str], product_category: str | None = None) -> dict[str, list[str]]:
	"""Return for each outlet which required qualifications it does not hold today, in words; one statement.

	:param outlets: names of Service Outlets; those that lack nothing are not in the answer.
	:param product_category: of the goods of the order; without one only what all outlets need counts.
	"""
	if not outlets:
		return {}
	outlet, kind, held = DocType(OUTLET), DocType(KIND), DocType(HELD)
	asked, above = DocType("Product Category").as_("asked"), DocType("Product Category").as_("above")
	around = (
		frappe.qb.from_(asked)
		.join(above)
		.on((above.lft <= asked.lft) & (above.rgt >= asked.rgt))
		.select(above.name)
		.where(asked.name == (product_category or ""))
	)
	rows = (
		frappe.qb.from_(outlet)
		.join(kind)
		.on((kind.required == 1) & (kind.enabled == 1))
		.left_join(held)
		.on(
			(held.parent == outlet.name)
			& (held.parenttype == OUTLET)
			& (held.qualification == kind.name)
			& (
				held.product_category.isnull()
				| (held.product_category == "")
				| held.product_category.isin(around)
			)
		)
		.select(outlet.name, kind.name.as_("kind"), held.name.as_("held"), held.valid_until)
		.where(outlet.name.isin(outlets))
		.where(
			kind.product_category.isnull()
			| (kind.product_category == "")
			| kind.product_category.isin(around)
		)
		.orderby(kind.name)
		.run(as_dict=True)
	)
	return _in_words(rows)


def _in_words(rows: list[dict]) -> dict[str, list[str]]:
	papers: dict[tuple[str, str], list] = {}
	for row in rows:
		papers.setdefault((row.name, row.kind), []).append(row)
	told: dict[str, list[str]] = {}
	for (outlet, kind), held in papers.items():
		held = [row for row in held if row.held]
		if any(not row.valid_until or row.valid_until >= getdate(today()) for row in held):
			continue
		last = max((row.valid_until for row in held), default=None)
		words = say(reasons.EXPIRED, kind, formatdate(last)) if last else say(reasons.MISSING, kind)
		told.setdefault(outlet, []).append(words)
	return told


def expiring(user: str, days: int) -> dict | None:
	"""Tell whoever keeps outlets which of their qualifications expire soon; for `aftersales_start_up_reminders`.

	:param user: of the session.
	:param days: how many days the user looks ahead; papers need longer, see `DAYS_AHEAD`.
	"""
	if not frappe.has_permission(OUTLET, "write") and not frappe.has_permission(
		"Outlet Application", "create"
	):
		return None
	until = add_days(getdate(today()), max(cint(days), DAYS_AHEAD))
	filters = {"enabled": 1, "qualification_expires_on": ["between", [EVER, str(until)]]}
	rows = frappe.get_list(
		OUTLET,
		filters=filters,
		fields=["name", "qualification_expires_on"],
		order_by="qualification_expires_on asc",
		limit=100,
	)
	return {
		"title": _("Qualifications of outlets that expire"),
		"count": len(rows),
		"route": ["List", OUTLET, filters],
		"rows": [
			{
				"label": row.name,
				"route": ["Form", OUTLET, row.name],
				"date": row.qualification_expires_on,
				"late": row.qualification_expires_on < getdate(today()),
			}
			for row in rows[:ROWS]
		],
	}
