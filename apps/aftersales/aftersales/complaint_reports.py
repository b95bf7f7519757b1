"""What the reports on complaints share: period, filters, columns."""

import frappe
from frappe import _
from frappe.utils import add_days, add_months, formatdate, getdate

DOCTYPE = "Customer Complaint"
FIELDS = ("complaint_type", "department", "handler", "status", "kind", "customer", "product")


class PeriodError(frappe.ValidationError):
	"""The filters name no period."""


def period_of(filters: dict) -> tuple:
	"""Return first and last day; without dates the last month (S7.22: any period).

	:raises PeriodError: it ends before it begins.
	"""
	end = getdate(filters.get("to_date"))
	start = getdate(filters.get("from_date") or add_months(end, -1))
	if end < start:
		frappe.throw(_("To Date lies before From Date."), PeriodError)
	return start, end


def conditions_of(filters: dict) -> list[list]:
	"""Return the filters of `frappe.get_list` for a report's filters.

	:raises PeriodError: see `period_of`.
	"""
	start, end = period_of(filters)
	return [
		["received_on", ">=", f"{start} 00:00:00"],
		["received_on", "<", f"{add_days(end, 1)} 00:00:00"],
		*([field, "=", filters.get(field)] for field in FIELDS if filters.get(field)),
	]


def period_text(filters: dict) -> str:
	"""Return the period as people read it."""
	start, end = period_of(filters)
	return f"{formatdate(start)} – {formatdate(end)}"


def column(fieldname: str, label: str, fieldtype: str = "Data", width: int = 120, **more) -> dict:
	"""Return a column of a report."""
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}
