"""Warranty Payments (首保付款清单, 保修付款清单汇总, 保修付款清单明细, S18.22): what the manufacturer was asked for and bears."""

import frappe
from frappe import _

from aftersales.field_service.claim_reports import (
	DETAIL,
	SUBMISSION,
	line_rows,
	money_columns,
	submission_rows,
)
from aftersales.utils.report import column


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date` (of the submission), optionally `claim_kind`, `manufacturer`, `outlet`,
	    `view` (Summary, or Detail with a row per accepted claim).
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read submissions.
	"""
	filters = frappe._dict(filters or {})
	if filters.view == DETAIL:
		return detail_columns(), line_rows(filters, "Accepted")
	return summary_columns(), submission_rows(filters)


def summary_columns() -> list[dict]:
	"""Return the columns with a row per submission."""
	return [
		column("submitted_on", _("Submitted On"), "Date", 120),
		column("name", _("Warranty Submission"), "Link", 165, options=SUBMISSION),
		column("claim_kind", _("Kind of Claim"), width=165),
		column("manufacturer", _("Manufacturer"), width=140),
		column("outlet", _("Outlet"), "Link", 120, options="Service Outlet"),
		column("status", _("Status"), width=100),
		*money_columns(),
		column("paid_on", _("Paid On"), "Date", 105),
		column("paid_amount", _("Paid Amount"), "Currency", 120),
		column("payment_reference", _("Payment Reference"), width=155),
	]


def detail_columns() -> list[dict]:
	"""Return the columns with a row per claim."""
	return [
		column("submitted_on", _("Submitted On"), "Date", 120),
		column("name", _("Warranty Submission"), "Link", 165, options=SUBMISSION),
		column("claim_kind", _("Kind of Claim"), width=165),
		column("service_order", _("Service Order"), "Link", 130, options="Service Order"),
		column("done_on", _("Done On"), "Date", 105),
		column("customer_name", _("Customer Name"), width=130),
		column("product_name", _("Product Name"), width=140),
		column("serial_no", _("Serial No."), width=120),
		*money_columns(),
		column("paid_on", _("Paid On"), "Date", 105),
	]
