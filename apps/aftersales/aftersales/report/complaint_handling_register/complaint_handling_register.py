"""Complaint Handling Register (S6.40): the complaints of a period, one line each, as a register that prints."""

import frappe
from frappe import _
from frappe.utils import formatdate, nowdate

from aftersales.aftersales.complaint_reports import DOCTYPE, conditions_of, period_text
from aftersales.utils.report import column

FIELDS = (
	"name",
	"received_on",
	"customer_name",
	"contact_phone",
	"channel",
	"complaint_type",
	"reason",
	"department",
	"upheld",
	"handler_name",
	"result",
	"compensation",
	"compensation_amount",
	"handled_on",
	"feedback_channel",
	"feedback_on",
	"satisfaction",
	"status",
)
# A register is read and printed; more than this is a job for the export.
MOST_ROWS = 2000
TRANSLATED = ("channel", "complaint_type", "upheld", "feedback_channel", "satisfaction", "department")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and message; called by Frappe.

	:param filters: `from_date`, `to_date`, and fields of `complaint_reports.FIELDS`.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read complaints.
	"""
	filters = frappe._dict(filters or {})
	rows = frappe.get_list(
		DOCTYPE,
		filters=conditions_of(filters),
		fields=list(FIELDS),
		order_by="received_on asc, name asc",
		limit_page_length=MOST_ROWS + 1,
	)
	more = len(rows) > MOST_ROWS
	for number, row in enumerate(rows[:MOST_ROWS], start=1):
		row.number = number
		for field in TRANSLATED:
			row[field] = _(row[field]) if row[field] else ""
	return columns(), rows[:MOST_ROWS], message(filters, len(rows), more)


def message(filters: dict, count: int, more: bool) -> str:
	"""Return the line above the table, which the print shows too."""
	if more:
		return _("Only the first {0} complaints are shown. Choose a shorter period.").format(MOST_ROWS)
	return _("{0} complaints and suggestions, {1}, printed on {2}.").format(
		count, period_text(filters), formatdate(nowdate())
	)


def columns() -> list[dict]:
	"""Return the columns in the order of the paper register."""
	return [
		column("number", _("No."), "Int", 50),
		column("name", _("Record Number"), "Link", 130, options=DOCTYPE),
		column("received_on", _("Received On"), "Datetime", 140),
		column("customer_name", _("Customer")),
		column("contact_phone", _("Contact Phone")),
		column("channel", _("Channel"), width=80),
		column("complaint_type", _("Complaint Type")),
		column("reason", _("Reason"), width=220),
		column("department", _("Department")),
		column("upheld", _("Upheld"), width=80),
		column("handler_name", _("Handler"), width=100),
		column("result", _("Handling Result"), width=220),
		column("compensation", _("Compensation")),
		column("compensation_amount", _("Compensation Amount"), "Currency"),
		column("handled_on", _("Handled On"), "Datetime", 140),
		column("feedback_channel", _("Feedback By"), width=80),
		column("feedback_on", _("Feedback On"), "Datetime", 140),
		column("satisfaction", _("Satisfaction"), width=100),
		column("status", _("Status"), "Link", 110, options="Workflow State"),
	]
