"""Customer Contribution (Q28, S8.07): what each customer brought in a period by purchases and paid service, and which few
customers bring the most."""

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import flt

from aftersales.aftersales.customer_figures import Figures, customer_columns, largest
from aftersales.utils.report import classify, column, figure, period_of, stacked_bars
from aftersales.utils.report_query import run

MEASURES = ("sales_total", "sales", "customer_pays", "services")
MOST = 1000
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. Two statements.

	:param filters: `from_date`, `to_date`; `region`, `customer_group` (with all below), `vip_level`, `account_owner`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	figures = Figures(MEASURES, filters, *period_of(filters))
	parts = [figures.value(name) for name in ("sales_total", "customer_pays") if name in figures.readable]
	if not parts:
		return customer_columns(), []
	amount = sum(parts[1:], parts[0])
	query = figures.of_customers().select(amount.as_("amount")).where(amount > 0)
	rows = largest(query, amount, MOST)[:MOST]
	total = flt(run(figures.joined().select(Sum(amount).as_("total")).where(amount > 0))[0].total)
	classify(rows, "amount", total)
	return columns(figures), rows, None, chart(rows), summary(rows, total)


def columns(figures: Figures) -> list[dict]:
	"""Return the columns."""
	return [
		*customer_columns(),
		*figures.columns(),
		column("amount", _("Contribution"), "Currency", 130),
		column("share", _("Share (%)"), "Float", 90, disable_total=True),
		column("share_so_far", _("Share So Far (%)"), "Float", 120, disable_total=True),
		column("class_of", _("Class"), "Data", 70),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of the customers who brought the most."""
	series = [
		(_("Purchases"), lambda row: row.get("sales_total", 0)),
		(_("Paid Service"), lambda row: row.get("customer_pays", 0)),
	]
	return stacked_bars(rows[:BARS], "customer_name", series, fieldtype="Currency")


def summary(rows: list[dict], total: float) -> list[dict]:
	"""Return the figures above the table."""
	best = sum(1 for row in rows if row.class_of == "A")
	return [
		figure(_("Contribution"), total, "Currency"),
		figure(_("Contributing Customers"), len(rows)),
		figure(_("Customers of Class A"), best, indicator="Green"),
	]
