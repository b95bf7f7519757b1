"""Receivables by Age: what customers owe for goods and for service, and for how long it has been due (S7.15, S17.02)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt, getdate, today

from aftersales.service_network.receivables import overdue_days
from aftersales.utils.report import chosen, column, drill, figure, stacked_bars
from aftersales.utils.report_query import may_read, sums, titles

SALE, RECEIVABLE = "Sale Record", "Service Receivable"
GOODS, SERVICE = "Goods", "Service"
# Field of a row -> days overdue up to which an amount belongs to it.
AGES = {"not_due": 0, "days_30": 30, "days_60": 60, "days_90": 90, "older": None}
GROUPS = {"customer": "Service Customer", "outlet": "Service Outlet"}
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `group_by` (customer or outlet), `kind` (Goods, Service, empty for both), `on_date` (default: today),
	    `outlet` (with all below), `customer`.
	:raises frappe.PermissionError: the user may read neither.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "customer"
	day = getdate(filters.on_date or today())
	rows = defaultdict(lambda: frappe._dict(dict.fromkeys(("goods", "service", *AGES, "total"), 0.0)))
	for entry in owed(filters, group):
		row = rows[entry.value or ""]
		row[entry.kind] += flt(entry.amount)
		row[age_of(entry, day)] += flt(entry.amount)
		row.total += flt(entry.amount)
	known = titles(GROUPS[group], rows)
	for value, row in rows.items():
		row.value = value
		row.label = known.get(value) or value or _("Not Specified")
	found = sorted(rows.values(), key=lambda row: (-row.total, row.label))
	return columns(group), found, None, chart(found), summary(found)


def owed(filters: dict, group: str) -> list[dict]:
	"""Return outstanding amounts by group and day on which they are due; one statement for goods, one for service."""
	if not (may_read(SALE) or may_read(RECEIVABLE)):
		frappe.throw(_("You have no permission for this {0}.").format(_(RECEIVABLE)), frappe.PermissionError)
	wanted = [*chosen(filters, "customer", trees=("outlet",)), ["outstanding", ">", 0]]
	rows = []
	if filters.kind != SERVICE and may_read(SALE):
		fields = [f"{group} as value", "due_date", "sale_date", "sum(outstanding) as amount"]
		found = sums(SALE, fields, [*wanted, ["docstatus", "=", 1]], f"{group}, due_date, sale_date")
		rows += [frappe._dict(row, kind="goods") for row in found]
	if filters.kind != GOODS and may_read(RECEIVABLE):
		fields = [f"{group} as value", "due_date", "sum(outstanding) as amount"]
		found = sums(RECEIVABLE, fields, wanted, f"{group}, due_date")
		rows += [frappe._dict(row, kind="service") for row in found]
	return rows


def age_of(entry: dict, day) -> str:
	"""Return to which column of `AGES` an amount belongs."""
	days = overdue_days(entry.due_date or entry.get("sale_date"), day)
	return next(field for field, last in AGES.items() if last is None or days <= last)


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	label = _("Customer") if group == "customer" else _("Outlet")
	open_ = ["outstanding", ">", 0]
	there = {group: "value"}
	return [
		column("label", label, "Data", 200),
		column(
			"goods", _("For Goods"), "Currency", 120, drill=drill(SALE, None, there, outstanding=open_[1:])
		),
		column(
			"service",
			_("For Service"),
			"Currency",
			120,
			drill=drill(RECEIVABLE, None, there, outstanding=open_[1:]),
		),
		*(column(field, text, "Currency", 120) for field, text in age_labels().items()),
		column("total", _("Outstanding", context="Sale Record"), "Currency", 130),
	]


def age_labels() -> dict[str, str]:
	"""Return what people call the ages."""
	return {
		"not_due": _("Not Due Yet"),
		"days_30": _("1 to 30 Days"),
		"days_60": _("31 to 60 Days"),
		"days_90": _("61 to 90 Days"),
		"older": _("Over 90 Days"),
	}


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of the ages, of those who owe most."""
	return stacked_bars(rows[:BARS], "label", [(text, field) for field, text in age_labels().items()])


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	total = sum(row.total for row in rows)
	overdue = total - sum(row.not_due for row in rows)
	return [
		figure(_("Outstanding", context="Sale Record"), total, "Currency"),
		figure(_("Overdue"), overdue, "Currency", "Orange"),
		figure(_("Over 90 Days"), sum(row.older for row in rows), "Currency", "Red"),
	]
