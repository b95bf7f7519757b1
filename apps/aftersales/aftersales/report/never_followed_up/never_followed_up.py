"""Never Followed Up (Q27, S7.24): customers with a sale, a completed service, a closed complaint or, by a plan, anything else, whom
nobody followed up since."""

import frappe
from frappe import _
from frappe.utils import date_diff, nowdate

from aftersales.aftersales.doctype.follow_up_plan.follow_up_plan import POPULATIONS
from aftersales.aftersales.follow_up_plans import candidates, chunks, never_followed_up
from aftersales.utils.access import check_permission
from aftersales.utils.report import column, period_of


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date`, `population` (one that plans know) or `plan`, whose population is taken.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read the documents.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	plan = plan_of(filters)
	check_permission(plan.document_type, "read")
	rows = never_followed_up(candidates(plan, start, end))
	readable, customers = set(), {}
	for part in chunks(rows):
		names = [row.name for row in part]
		readable.update(
			frappe.get_list(plan.document_type, {"name": ("in", names)}, pluck="name", limit_page_length=0)
		)
		wanted = [row.customer for row in part]
		fields = ["name", "customer_name", "phone", "region"]
		for row in frappe.get_list("Service Customer", {"name": ("in", wanted)}, fields, limit_page_length=0):
			customers[row.name] = row
	data = [
		{
			"document_type": plan.document_type,
			"document": row.name,
			"date": row.date,
			"days": date_diff(nowdate(), row.date),
			"customer": row.customer,
			"customer_name": customers[row.customer].customer_name,
			"phone": customers[row.customer].phone,
			"region": customers[row.customer].region,
		}
		for row in sorted(rows, key=lambda row: (row.date, row.name))
		if row.name in readable and row.customer in customers
	]
	return columns(), data


def plan_of(filters: dict) -> frappe._dict:
	"""Return the plan whose population is meant, saved or not."""
	doc = frappe.new_doc("Follow-up Plan")
	if filters.plan:
		check_permission("Follow-up Plan", "read", filters.plan)
		doc = frappe.get_doc("Follow-up Plan", filters.plan)
	else:
		doc.update(
			POPULATIONS[filters.population if filters.population in POPULATIONS else "Completed Tickets"]
		)
	doc.only_never_followed_up = 0
	return doc


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("customer", _("Customer"), "Link", 120, options="Service Customer"),
		column("customer_name", _("Customer Name"), width=180),
		column("phone", _("Phone"), width=130),
		column("region", _("Region"), "Link", 110, options="Service Region"),
		column("document", _("Document"), "Dynamic Link", 140, options="document_type"),
		column("date", _("Date"), "Date", 100),
		column("days", _("Days Since"), "Int", 100),
	]
