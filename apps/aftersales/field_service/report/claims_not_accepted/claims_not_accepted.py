"""Claims Not Accepted (首保不受理, 保修不受理, 客户资料不受理, S18.23): what the manufacturer or we turned down, and why."""

import frappe
from frappe import _

from aftersales.field_service.claim_reports import SUBMISSION, line_rows, refused_visits
from aftersales.utils.report import column

VISITS = ("", "First Free Maintenance")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows, and whether a sum says nothing; called by Frappe.

	:param filters: `from_date`, `to_date` (of the submission, or of our own decision on a first free maintenance), optionally
	    `claim_kind`, `ground` (Conditions or Customer Data), `outlet`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read submissions.
	"""
	filters = frappe._dict(filters or {})
	rows = line_rows(filters, "Not Accepted")
	if (
		(filters.claim_kind or "") in VISITS
		and filters.ground != "Customer Data"
		and not filters.manufacturer
	):
		rows += refused_visits(filters)
	for row in rows:
		ground = row["ground"] or ""
		row["ground"] = _(ground)
	rows.sort(key=lambda row: (str(row["submitted_on"] or ""), row["name"] or ""))
	# What we turned down ourselves was never claimed.
	return columns(), rows, None, None, None, not any(row["amount"] for row in rows)


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("submitted_on", _("Date"), "Date", 105),
		column("name", _("Warranty Submission"), "Link", 165, options=SUBMISSION),
		column("claim_kind", _("Kind of Claim"), width=165),
		column("ground", _("Ground of Refusal"), width=145),
		column("amount", _("Claimed"), "Currency", 120),
		column("reason", _("Reason"), width=240),
		column("service_order", _("Service Order"), "Link", 130, options="Service Order"),
		column("maintenance_visit", _("Maintenance Visit"), "Link", 145, options="Maintenance Visit"),
		column("customer_name", _("Customer Name"), width=130),
		column("product_name", _("Product Name"), width=140),
		column("serial_no", _("Serial No."), width=120),
	]
