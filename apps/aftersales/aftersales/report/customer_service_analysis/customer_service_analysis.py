"""Customer Service Analysis (Q28, S8.07): how much service customers took in a period, what it cost, and how content they
were; by customer, region, group, level or account owner."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.aftersales.customer_figures import GROUPS, LINKS, Figures, customer_columns, largest
from aftersales.utils.report import average, column, figure, period_of, share, stacked_bars
from aftersales.utils.report_query import name_groups, run

MEASURES = (
	"tickets",
	"services",
	"parts_fee",
	"total_fee",
	"customer_pays",
	"complaints",
	"follow_ups",
	"answered",
	"satisfied",
)
MOST = 1000
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. One statement, and one for names.

	:param filters: `from_date`, `to_date`, `group_by` (see `customer_figures.GROUPS`); `region`, `customer_group` (with all
	    below), `vip_level`, `account_owner`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "Customer"
	figures = Figures(MEASURES, filters, *period_of(filters))
	if not figures.readable:
		return columns(group, figures), []
	rows = read(group, figures)
	for row in rows:
		row.satisfied_share = share(row.get("satisfied"), row.get("answered"))
		row.complaints_per_service = share(row.get("complaints"), row.get("services"))
		row.fee_per_service = average(row.get("total_fee"), row.get("services"), 2)
	return columns(group, figures), rows, None, chart(group, rows), summary(rows)


def read(group: str, figures: Figures) -> list[dict]:
	"""Return the rows, those with most service first; customers with whom nothing was are left out."""
	everything = [figures.value(measure) for measure in figures.readable]
	busy = sum(everything[1:], everything[0])
	if group == "Customer":
		return largest(figures.of_customers().where(busy > 0), everything[0], MOST)[:MOST]
	query = figures.grouped(group).where(busy > 0)
	rows = name_groups(run(query), LINKS[group])
	return sorted(rows, key=lambda row: (-row.customers, row.label))


def columns(group: str, figures: Figures) -> list[dict]:
	"""Return the columns."""
	head = customer_columns()
	if group != "Customer":
		head = [column("label", _(group), "Data", 180), column("customers", _("Customers"), "Int", 100)]
	return [
		*head,
		*figures.columns(),
		column("fee_per_service", _("Amount per Service"), "Currency", 140, disable_total=True),
		column("complaints_per_service", _("Complaints per 100 Services"), "Float", 170, disable_total=True),
		column("satisfied_share", _("Satisfied (%)"), "Float", 110, disable_total=True),
	]


def chart(group: str, rows: list[dict]) -> dict | None:
	"""Return bars of tickets, services and complaints."""
	series = [
		(_("Tickets"), lambda row: row.get("tickets", 0)),
		(_("Services"), lambda row: row.get("services", 0)),
		(_("Complaints and Suggestions"), lambda row: row.get("complaints", 0)),
	]
	label = "customer_name" if group == "Customer" else "label"
	return stacked_bars(rows[:BARS], label, series, colors=["blue", "green", "red"])


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	total = {name: sum(flt(row.get(name)) for row in rows) for name in ("services", "satisfied", "answered")}
	return [
		figure(_("Services"), int(total["services"])),
		figure(_("Satisfied (%)"), share(total["satisfied"], total["answered"]), "Percent", "Green"),
	]
