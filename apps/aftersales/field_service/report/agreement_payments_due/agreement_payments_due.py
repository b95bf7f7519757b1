"""Agreement Payments Due: the payments that agreements in force plan for a period, the list that settlement starts from (S17.01)."""

import frappe
from frappe import _
from frappe.utils import getdate

from aftersales.field_service.agreements import DOCTYPE, IN_FORCE
from aftersales.utils.report import column, period_of


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date` (of the due date), optionally `customer`, `outlet`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read agreements.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	conditions = [
		[DOCTYPE, "stage", "=", IN_FORCE],
		["Agreement Billing Line", "due_date", "between", [start, end]],
	]
	for field in ("customer", "outlet"):
		if filters.get(field):
			conditions.append([DOCTYPE, field, "=", filters.get(field)])
	# One row per payment: Frappe joins the billing lines of the agreements that the user may read.
	rows = frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=[
			"`tabAgreement Billing Line`.due_date",
			"name",
			"customer",
			"customer_name",
			"outlet",
			"`tabAgreement Billing Line`.description",
			"`tabAgreement Billing Line`.amount",
		],
		order_by="`tabAgreement Billing Line`.due_date asc, `tabService Agreement`.name asc",
		limit_page_length=0,
	)
	for row in rows:
		row.days = max(0, (getdate() - getdate(row.due_date)).days)
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("due_date", _("Due Date"), "Date", 110),
		column("days", _("Days Overdue"), "Int", 110),
		column("name", _("Service Agreement"), "Link", 140, options=DOCTYPE),
		column("customer_name", _("Customer Name"), width=180),
		column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		column("description", _("Description"), width=220),
		column("amount", _("Amount"), "Currency", 120),
	]
