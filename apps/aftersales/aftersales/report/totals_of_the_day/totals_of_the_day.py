"""Totals of the Day (Q24, S7.37, 数量汇总统计): today's numbers of sales, service, complaints and follow-ups, beside other days."""

import frappe
from frappe import _
from frappe.utils import add_days, getdate, nowdate

from aftersales.utils.report import column, drill, stacked_bars, within
from aftersales.utils.report_periods import first_day, grouping
from aftersales.utils.report_query import may_read, sums

# What is counted: DocType, its date, and conditions: a value, or operator and value.
COUNTED = {
	"sales": ("Sale Record", "sale_date", {"docstatus": 1, "status": ["!=", "Returned"]}),
	"tickets": ("Service Ticket", "creation_date", {}),
	"repairs": ("Service Ticket", "creation_date", {"record_type": "Repair"}),
	"orders": ("Service Order", "creation", {}),
	"completed": ("Service Order", "completed_at", {}),
	"complaints": ("Customer Complaint", "received_on", {"kind": "Complaint"}),
	"suggestions": ("Customer Complaint", "received_on", {"kind": "Suggestion"}),
	"follow_ups": ("Follow-up", "followed_up_on", {"stage": "Done"}),
	"customers": ("Service Customer", "customer_since", {}),
}


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe. One statement per kind of document that the user may read.

	:param filters: `day`, default today.
	:raises frappe.PermissionError: the user may read none of the documents.
	"""
	day = getdate((filters or {}).get("day") or nowdate())
	wanted = {name: of for name, of in COUNTED.items() if may_read(of[0])}
	if not wanted:
		raise frappe.PermissionError
	rows = [row_of(name, *of, day) for name, of in wanted.items()]
	return columns(), rows, None, stacked_bars(rows, "label", [(_("Number"), "today")])


def labels() -> dict[str, str]:
	"""Return what people call the rows."""
	return {
		"sales": _("Sales Made"),
		"tickets": _("Tickets"),
		"repairs": _("Repair Reports"),
		"orders": _("Service Orders Made"),
		"completed": _("Service Orders Completed"),
		"complaints": _("Complaints"),
		"suggestions": _("Suggestions"),
		"follow_ups": _("Follow-ups Done"),
		"customers": _("Customers Added"),
	}


def row_of(name: str, doctype: str, date: str, fixed: dict, day) -> dict:
	"""Return the numbers of one kind of document."""
	month = first_day(day, "Month")
	start = min(month, getdate(add_days(day, -7)))
	by_day = sums(
		doctype,
		[f"{grouping(date, 'Day')} as day", "count(name) as number"],
		[*(_condition(field, value) for field, value in fixed.items()), *within(date, start, day)],
		grouping(date, "Day"),
	)
	number = {getdate(row.day): row.number for row in by_day}
	there = drill(doctype, date, **fixed)
	return {
		"label": labels()[name],
		"today": number.get(day, 0),
		"yesterday": number.get(getdate(add_days(day, -1)), 0),
		"week_ago": number.get(getdate(add_days(day, -7)), 0),
		"month": sum(count for at, count in number.items() if at >= month),
		"from_date": str(day),
		"to_date": str(day),
		"drill": {"today": there},
	}


def _condition(field: str, value) -> list:
	return [field, *value] if isinstance(value, list) else [field, "=", value]


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("label", _("Counted"), "Data", 220),
		column("today", _("This Day"), "Int", 120),
		column("yesterday", _("Day Before"), "Int", 120),
		column("week_ago", _("A Week Before"), "Int", 130),
		column("month", _("Month Until This Day"), "Int", 170),
	]
