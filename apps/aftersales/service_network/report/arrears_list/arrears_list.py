"""Arrears List (Q14, S7.15, 欠款查询): sales on which something is owed, or nothing, for collecting."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.service_network.receivables import overdue_days
from aftersales.service_network.sales import RETURNED
from aftersales.utils.report import chosen, column, figure, period_of, within
from aftersales.utils.report_query import titles

DOCTYPE = "Sale Record"
WITH, WITHOUT = "With Arrears", "Without Arrears"
MOST = 5000
FIELDS = [
	"name",
	"sale_date",
	"customer",
	"customer_name",
	"contact_phone",
	"selling_unit",
	"sales_representative",
	"outlet",
	"total",
	"received",
	"outstanding",
	"due_date",
]


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `arrears` (With Arrears, Without Arrears, empty for both), `from_date` and `to_date` of the sale (both or
	    neither), `only_overdue`, `selling_unit`, `sales_representative`, `outlet` (with all below), `customer`.
	:raises PeriodError: one of the days is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read sales.
	"""
	filters = frappe._dict(filters or {})
	rows = frappe.get_list(
		DOCTYPE,
		filters=conditions(filters),
		fields=FIELDS,
		order_by="sale_date asc, name asc",
		limit_page_length=MOST + 1,
	)
	message = _("Only the oldest {0} are shown. Choose a period.").format(MOST) if len(rows) > MOST else None
	people = titles("User", {row.sales_representative for row in rows})
	for row in rows:
		row.overdue = overdue_days(row.due_date or row.sale_date) if flt(row.outstanding) else 0
		row.representative = people.get(row.sales_representative) or row.sales_representative
	if filters.only_overdue:
		rows = [row for row in rows if row.overdue]
	rows = rows[:MOST]
	return columns(), rows, message, None, summary(rows)


def conditions(filters: dict) -> list[list]:
	"""Return which sales are listed."""
	wanted = [
		*chosen(filters, "selling_unit", "sales_representative", "customer", trees=("outlet",)),
		["docstatus", "=", 1],
		["status", "!=", RETURNED],
	]
	if filters.arrears in (WITH, WITHOUT):
		wanted.append(["outstanding", ">" if filters.arrears == WITH else "<=", 0])
	if filters.from_date or filters.to_date:
		wanted += within("sale_date", *period_of(filters))
	return wanted


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("name", _("Sale Record"), "Link", 130, options=DOCTYPE),
		column("sale_date", _("Sale Date"), "Date", 100),
		column("customer_name", _("Customer Name"), "Data", 130),
		column("total", _("Receivable Amount"), "Currency", 120),
		column("received", _("Received", context="Sale Record"), "Currency", 120),
		column("outstanding", _("Outstanding", context="Sale Record"), "Currency", 120),
		column("due_date", _("Payment Due By"), "Date", 110),
		column("overdue", _("Days Overdue"), "Int", 90, disable_total=True),
		column("contact_phone", _("Contact Phone"), "Data", 150),
		column("representative", _("Sales Representative"), "Data", 130),
		column("selling_unit", _("Selling Unit"), "Link", 170, options="Dealer"),
		column("outlet", _("Outlet"), "Link", 150, options="Service Outlet"),
	]


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""

	def total(field: str) -> float:
		return sum(flt(row[field]) for row in rows)

	overdue = sum(flt(row.outstanding) for row in rows if row.overdue)
	return [
		figure(_("Receivable Amount"), total("total"), "Currency"),
		figure(_("Received", context="Sale Record"), total("received"), "Currency", "Green"),
		figure(_("Outstanding", context="Sale Record"), total("outstanding"), "Currency", "Orange"),
		figure(_("Overdue"), overdue, "Currency", "Red"),
	]
