"""After-sales Statistics (Q15, S7.20, 售后服务统计): how many service orders were completed in any period, and their fees; by time,
kind, outlet and so on, beside the period before and the year before."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.utils.report import (
	average,
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

DOCTYPE, DATE = "Service Order", "completed_at"
DONE = ("Completed", "Followed Up", "Audited")
TIME = "Time"
# What rows stand for beside time; fields of the order.
GROUPS = (
	"order_kind",
	"service_type",
	"outlet",
	"service_centre",
	"region",
	"technician",
	"product_category",
	"product",
	"warranty_state",
)
MONEY = ("parts_fee", "service_fee", "visit_fee", "transport_fee", "other_fee", "total_fee", "customer_pays")
FIGURES = ("orders", *MONEY)
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date` of the completion; `group_by` (Time or one of `GROUPS`), `unit` of time (see
	    `report_periods.UNITS`); `order_kind`, `service_type`, `technician`; `outlet`, `region`, `product_category` with all below.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	group = filters.group_by if filters.group_by in GROUPS else TIME
	unit = filters.unit if filters.unit in UNITS else "Month"
	rows = by_time(filters, start, end, unit) if group == TIME else by_field(group, filters, start, end)
	total = sum(row["orders"] for row in rows)
	for row in rows:
		row["share"] = share(row["orders"], total)
		row["average"] = average(row["total_fee"], row["orders"], 2)
	return columns(group), rows, None, chart(group, rows), summary(filters, start, end)


def conditions(filters: dict, start, end) -> list[list]:
	"""Return which orders of a period count: those that are done."""
	return [
		["stage", "in", DONE],
		*chosen(
			filters,
			"order_kind",
			"service_type",
			"technician",
			trees=("outlet", "region", "product_category"),
		),
		*within(DATE, start, end),
	]


def fields() -> list[str]:
	"""Return what a statement reads of each group."""
	return ["count(name) as orders", *(f"sum({name}) as {name}" for name in MONEY)]


def by_time(filters: dict, start, end, unit: str) -> list[dict]:
	"""Return one row per step of time, those without orders too."""
	step = grouping(DATE, unit)
	groups = sums(DOCTYPE, [f"{step} as step", *fields()], conditions(filters, start, end), step)
	return rows_of_steps(groups, start, end, unit, FIGURES)


def by_field(group: str, filters: dict, start, end) -> list[dict]:
	"""Return one row per kind, outlet and so on, the most orders first."""
	rows = sums(DOCTYPE, [f"{group} as value", *fields()], conditions(filters, start, end), group)
	field = frappe.get_meta(DOCTYPE).get_field(group)
	rows = name_groups(rows, field.options if field.fieldtype == "Link" else None)
	return sorted(rows, key=lambda row: (-row.orders, row.label))


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	meta = frappe.get_meta(DOCTYPE)
	label = _("Period") if group == TIME else _(meta.get_label(group))
	there = drill(DOCTYPE, DATE, {} if group == TIME else {group: "value"})
	return [
		column("label", label, "Data", 200),
		column("orders", _("Completed"), "Int", 100, drill=there),
		column("share", _("Share (%)"), "Float", 90, disable_total=True),
		*(column(name, _(meta.get_label(name)), "Currency", 120) for name in MONEY),
		column("average", _("Amount per Service"), "Currency", 140, disable_total=True),
	]


def chart(group: str, rows: list[dict]) -> dict | None:
	"""Return a line over time, or bars of the largest groups."""
	if group == TIME:
		return lines(rows, "label", [(_("Completed"), "orders")])
	return stacked_bars(rows[:BARS], "label", [(_("Completed"), "orders")])


def summary(filters: dict, start, end) -> list[dict]:
	"""Return the figures above the table: now, in the period before, a year ago."""

	def total(period: tuple) -> dict:
		return sums(DOCTYPE, fields(), conditions(filters, *period))[0]

	now, earlier, last_year = (total(of) for of in ((start, end), before(start, end), year_ago(start, end)))
	return [
		figure(_("Completed"), now.orders),
		figure(_("Change to the Period Before (%)"), change(now.orders, earlier.orders), "Percent", "Gray"),
		figure(_("Change in a Year (%)"), change(now.orders, last_year.orders), "Percent", "Gray"),
		figure(_("Total Fee"), flt(now.total_fee), "Currency", "Green"),
		figure(
			_("Change of Fees to the Period Before (%)"),
			change(now.total_fee, earlier.total_fee),
			"Percent",
			"Gray",
		),
	]
