"""Follow-up and Opinion Record (质量回访/顾客意见记录表, S6.40): the follow-ups of a period with what customers said."""

import frappe
from frappe import _

from aftersales.aftersales.follow_up_reports import between
from aftersales.utils.people import full_names
from aftersales.utils.report import column, period_of

DOCTYPE = "Follow-up"


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date` (of the talk), optionally `customer`, `opinion`, `satisfied`, `followed_up_by`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read follow-ups.
	"""
	filters = frappe._dict(filters or {})
	conditions = between(DOCTYPE, "followed_up_on", *period_of(filters))
	for field in ("customer", "opinion", "satisfied", "followed_up_by"):
		if filters.get(field):
			conditions.append([DOCTYPE, field, "=", filters.get(field)])
	fields = [
		"name",
		"followed_up_on",
		"customer_name",
		"phone",
		"source_doctype",
		"source_name",
		"mode",
		"opinion",
	]
	fields += [
		"satisfied",
		"result",
		"remaining_problem",
		"dissatisfaction_handling",
		"followed_up_by",
		"status",
	]
	rows = frappe.get_list(
		DOCTYPE, filters=conditions, fields=fields, order_by="followed_up_on asc", limit_page_length=0
	)
	people = full_names({row.followed_up_by for row in rows})
	for number, row in enumerate(rows, start=1):
		row.number = number
		row.followed_up_by = people.get(row.followed_up_by, "")
		for field in ("mode", "opinion", "satisfied", "status"):
			row[field] = _(row[field]) if row[field] else ""
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns, in the order of the paper form."""
	return [
		column("number", _("No."), "Int", 50),
		column("followed_up_on", _("Followed Up on"), "Datetime", 140),
		column("customer_name", _("Customer Name"), width=130),
		column("phone", _("Phone"), width=120),
		column("source_name", _("Document"), "Dynamic Link", 120, options="source_doctype"),
		column("mode", _("Mode"), width=80),
		column("opinion", _("Customer Opinion"), width=130),
		column("satisfied", _("Satisfaction"), width=100),
		column("result", _("Result"), width=260),
		column("remaining_problem", _("Remaining Problem"), width=160),
		column("dissatisfaction_handling", _("Dissatisfaction Handling"), width=160),
		column("followed_up_by", _("Followed Up by"), width=110),
		column("status", _("Status"), width=90),
		column("name", _("Follow-up"), "Link", 120, options=DOCTYPE),
	]
