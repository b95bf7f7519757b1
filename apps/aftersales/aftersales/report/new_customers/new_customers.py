"""New Customers (Q21, S7.34, 新录入客户统计): how many customers were added in a period; by time, by whom, or by what they are."""

import frappe
from frappe import _

from aftersales.utils.report import (
	change,
	chosen,
	column,
	drill,
	figure,
	lines,
	period_of,
	share,
	stacked_bars,
	within,
)
from aftersales.utils.report_periods import (
	UNITS,
	before,
	grouping,
	rows_of_steps,
	year_ago,
)
from aftersales.utils.report_query import name_groups, sums

DOCTYPE, DATE = "Service Customer", "customer_since"
TIME = "Time"
# What rows stand for beside time; fields of the customer.
GROUPS = (
	"registered_by",
	"region",
	"customer_group",
	"customer_kind",
	"vip_level",
	"dealer",
	"account_owner",
)
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date`; `group_by` (Time or one of `GROUPS`), `unit` of time (see `report_periods.UNITS`);
	    `region`, `customer_group` (with all below), `registered_by`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	group = filters.group_by if filters.group_by in GROUPS else TIME
	unit = filters.unit if filters.unit in UNITS else "Month"
	rows = by_time(filters, start, end, unit) if group == TIME else by_field(group, filters, start, end)
	total = sum(row["customers"] for row in rows)
	for row in rows:
		row["share"] = share(row["customers"], total)
	picture = lines if group == TIME else stacked_bars
	chart = picture(rows if group == TIME else rows[:BARS], "label", [(_("Customers Added"), "customers")])
	return columns(group), rows, None, chart, summary(filters, start, end, total)


def conditions(filters: dict, start, end) -> list[list]:
	"""Return which customers of a period count."""
	return [*chosen(filters, "registered_by", trees=("region", "customer_group")), *within(DATE, start, end)]


def by_time(filters: dict, start, end, unit: str) -> list[dict]:
	"""Return one row per step of time, those without customers too."""
	step = grouping(DATE, unit)
	read = [f"{step} as step", "count(name) as customers"]
	return rows_of_steps(
		sums(DOCTYPE, read, conditions(filters, start, end), step), start, end, unit, ["customers"]
	)


def by_field(group: str, filters: dict, start, end) -> list[dict]:
	"""Return one row per person, region and so on, the most first."""
	rows = sums(
		DOCTYPE, [f"{group} as value", "count(name) as customers"], conditions(filters, start, end), group
	)
	field = frappe.get_meta(DOCTYPE).get_field(group)
	rows = name_groups(rows, field.options if field.fieldtype == "Link" else None)
	return sorted(rows, key=lambda row: (-row.customers, row.label))


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	label = _("Period") if group == TIME else _(frappe.get_meta(DOCTYPE).get_label(group))
	there = drill(DOCTYPE, DATE, {} if group == TIME else {group: "value"})
	return [
		column("label", label, "Data", 220),
		column("customers", _("Customers Added"), "Int", 130, drill=there),
		column("share", _("Share (%)"), "Float", 100, disable_total=True),
	]


def summary(filters: dict, start, end, total: int) -> list[dict]:
	"""Return the figures above the table: now, in the period before, a year ago."""

	def count(period: tuple) -> int:
		return sums(DOCTYPE, ["count(name) as number"], conditions(filters, *period))[0].number

	earlier, last_year = count(before(start, end)), count(year_ago(start, end))
	return [
		figure(_("Customers Added"), total),
		figure(_("Period Before"), earlier, indicator="Gray"),
		figure(_("Change (%)"), change(total, earlier), "Percent", "Gray"),
		figure(_("A Year Ago"), last_year, indicator="Gray"),
		figure(_("Change in a Year (%)"), change(total, last_year), "Percent", "Gray"),
	]
