"""What the reports on follow-ups and surveys have in common."""

import frappe
from frappe import _
from frappe.utils import add_days, getdate


class ReportPeriodError(frappe.ValidationError):
	"""The filters name no period."""


def period(filters: dict) -> tuple:
	"""Return first and last day of the filters `from_date` and `to_date`.

	:raises ReportPeriodError: one is missing, or the last lies before the first.
	"""
	if not (filters.get("from_date") and filters.get("to_date")):
		frappe.throw(_("Choose From Date and To Date."), ReportPeriodError)
	start, end = getdate(filters.get("from_date")), getdate(filters.get("to_date"))
	if end < start:
		frappe.throw(_("To Date lies before From Date."), ReportPeriodError)
	return start, end


def between(doctype: str, field: str, start, end) -> list[list]:
	"""Return filters for a Datetime field from the first to the end of the last day."""
	return [[doctype, field, ">=", start], [doctype, field, "<", add_days(end, 1)]]


def column(
	fieldname: str, label: str, fieldtype: str = "Data", width: int = 120, options: str | None = None
) -> dict:
	"""Return a column of a report; the label is translated already."""
	found = {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width}
	if fieldtype in ("Float", "Percent"):
		found["precision"] = 1
	return {**found, "options": options} if options else found


def full_names(users: set[str | None]) -> dict[str, str]:
	"""Return {user: full name}."""
	rows = frappe.get_all(
		"User", {"name": ("in", [user for user in users if user] or [""])}, ["name", "full_name"]
	)
	return {row.name: row.full_name for row in rows}
