"""Suggestions Compiled (S5.06, S6.31): what customers propose, by department, for the sales office and general manager."""

import frappe
from frappe import _
from frappe.utils import formatdate, nowdate

from aftersales.aftersales.complaint_reports import DOCTYPE, conditions_of, period_text
from aftersales.utils.report import column

FIELDS = (
	"department",
	"complaint_type",
	"reason",
	"customer_request",
	"customer_name",
	"product",
	"received_on",
	"name",
	"result",
	"status",
)
MOST_ROWS = 2000


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and message; called by Frappe.

	:param filters: `from_date`, `to_date`, `department`, `complaint_type`, `product`; `kind` is Suggestion unless given.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read complaints.
	"""
	filters = frappe._dict({"kind": "Suggestion", **{k: v for k, v in (filters or {}).items() if v}})
	rows = frappe.get_list(
		DOCTYPE,
		filters=conditions_of(filters),
		fields=list(FIELDS),
		order_by="department asc, complaint_type asc, received_on asc",
		limit_page_length=MOST_ROWS,
	)
	for row in rows:
		row.department = _(row.department) if row.department else _("Not Specified")
		row.complaint_type = _(row.complaint_type or "")
	text = _("{0} suggestions from {1}, compiled on {2}.").format(
		len(rows), period_text(filters), formatdate(nowdate())
	)
	return columns(), rows, text


def columns() -> list[dict]:
	"""Return the columns; the print groups by the first."""
	return [
		column("department", _("Department"), width=150),
		column("complaint_type", _("Complaint Type"), width=150),
		column("reason", _("Suggestion"), width=320),
		column("customer_request", _("What the Customer Asks For"), width=220),
		column("customer_name", _("Customer")),
		column("product", _("Product"), "Link", options="Product"),
		column("received_on", _("Received On"), "Datetime", 140),
		column("result", _("Handling Result"), width=220),
		column("status", _("Status"), "Link", options="Workflow State"),
		column("name", _("Record Number"), "Link", 130, options=DOCTYPE),
	]
