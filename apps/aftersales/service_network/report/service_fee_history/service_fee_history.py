"""Service Fee History: what was settled in a period, for which outlet and employee, and whether it is paid (Q12, S2.38, S2.41)."""

import frappe
from frappe import _

from aftersales.knowledge.finder import subtree
from aftersales.service_network import fee_reports
from aftersales.service_network.fees import FEE, OUTLET
from aftersales.utils.report import column, period_of
from aftersales.utils.report_query import sums

GROUP = ("settled_on", "settlement", "outlet", "branch", "employee", "paid")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe. One statement.

	:param filters: `from_date`, `to_date` (day of the settlement); `outlet` (with those below it), `employee`, `paid`
		(Yes or No).
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read fees.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	wanted = [["settled_on", "between", [start, end]]]
	if filters.outlet:
		wanted.append(["outlet", "in", subtree(OUTLET, filters.outlet)])
	if filters.employee:
		wanted.append(["employee", "=", filters.employee])
	if filters.paid in ("Yes", "No"):
		wanted.append(["paid", "=", int(filters.paid == "Yes")])
	parts = sums(FEE, [*GROUP, "fee_kind", "sum(amount) as amount"], wanted, ", ".join((*GROUP, "fee_kind")))
	rows = fee_reports.by_kind(parts, GROUP)
	for row in rows:
		row.is_paid = row.key[-1]
	rows.sort(key=lambda row: (row.settled_on, row.settlement or "", row.employee or ""))
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("settled_on", _("Settled on"), "Date", 110),
		column("settlement", _("Settlement"), "Link", 140, options="Settlement"),
		column("outlet", _("Outlet"), "Link", 170, options=OUTLET),
		column("branch", _("Branch"), "Link", 140, options=OUTLET),
		column("employee", _("Employee"), "Link", 170, options="User"),
		*fee_reports.kind_columns(),
		column("is_paid", _("Paid"), "Check", 70),
	]
