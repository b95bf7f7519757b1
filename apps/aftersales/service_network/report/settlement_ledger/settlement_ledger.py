"""Settlement Ledger: how far each settlement has come: slip, audits, invoice notice, payment (S2.34, S2.35, S2.37)."""

import frappe
from frappe import _

from aftersales.knowledge.finder import subtree
from aftersales.service_network.fees import OUTLET
from aftersales.utils.report import column, period_of

DOCTYPE = "Settlement"


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe. One statement.

	:param filters: `from_date`, `to_date` (last day of the settled period); `outlet` (with those below it), `only_open`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read settlements.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	wanted = [["period_to", "between", [start, end]], ["stage", "!=", "Cancelled"]]
	if filters.outlet:
		wanted.append(["outlet", "in", subtree(OUTLET, filters.outlet)])
	if filters.only_open:
		wanted.append(["stage", "!=", "Paid"])
	names = [row["fieldname"] for row in columns()]
	rows = frappe.get_list(
		DOCTYPE, filters=wanted, fields=names, order_by="period_to asc, name asc", limit_page_length=0
	)
	for row in rows:
		row.status = _(row.status or "")
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("name", _("Settlement"), "Link", 130, options=DOCTYPE),
		column("subject_name", _("Outlet"), width=160),
		column("period_from", _("Period from"), "Date", 105),
		column("period_to", _("Period to"), "Date", 105),
		column("status", _("Status"), width=150),
		column("total", _("Total"), "Currency", 120),
		column("paid_amount", _("Paid Amount"), "Currency", 120),
		column("outstanding", _("To Be Paid"), "Currency", 120),
		column("applied_on", _("Applied on"), "Date", 105),
		column("first_audited_on", _("First Audited on"), "Date", 145),
		column("slip_received_on", _("Slip Received on"), "Date", 145),
		column("audited_on", _("Audited on"), "Date", 105),
		column("confirmed_on", _("Confirmed On"), "Date", 120),
		column("invoice_notice_on", _("Invoice Notice Sent on"), "Date", 175),
		column("invoice_no", _("Invoice No."), width=110),
	]
