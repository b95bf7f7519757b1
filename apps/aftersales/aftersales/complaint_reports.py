"""What the reports on complaints share: period and filters."""

from frappe.utils import add_days, add_months, formatdate, nowdate

from aftersales.utils import report

DOCTYPE = "Customer Complaint"
FIELDS = ("complaint_type", "department", "handler", "status", "kind", "customer", "product")


def period_of(filters: dict) -> tuple:
	"""Return first and last day; without dates the last month (S7.22: any period).

	:raises aftersales.utils.report.PeriodError: it ends before it begins.
	"""
	end = filters.get("to_date") or nowdate()
	start = filters.get("from_date") or add_months(end, -1)
	return report.period_of({"from_date": start, "to_date": end})


def conditions_of(filters: dict) -> list[list]:
	"""Return the filters of `frappe.get_list` for a report's filters.

	:raises aftersales.utils.report.PeriodError: see `period_of`.
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
