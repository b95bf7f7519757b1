"""Purchase Statistics (Q13, S7.05, S7.16, 购机统计): what was sold in a period, by time, representative, selling unit or product."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.service_network.sales import RETURNED
from aftersales.utils.report import (
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
from aftersales.utils.report_periods import UNITS, before, grouping, rows_of_steps
from aftersales.utils.report_query import name_groups, sums

DOCTYPE, ITEM, DATE, TIME = "Sale Record", "Sale Record Item", "sale_date", "Time"
# What rows stand for beside time: fields of the sale, and of its lines.
OF_SALE = ("sales_representative", "selling_unit", "outlet", "customer")
OF_LINE = ("product", "product_category")
MONEY = ("amount", "received", "outstanding")
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date`; `group_by` (Time, or one of `OF_SALE` and `OF_LINE`), `unit` of time; `selling_unit`,
	    `sales_representative`, `outlet` (with all below), `customer`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read sales.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	group = filters.group_by if filters.group_by in (*OF_SALE, *OF_LINE) else TIME
	unit = filters.unit if filters.unit in UNITS else "Month"
	rows = by_time(filters, start, end, unit) if group == TIME else by_field(group, filters, start, end)
	total = sum(flt(row["amount"]) for row in rows)
	for row in rows:
		row["share"] = share(row["amount"], total)
	picture = lines if group == TIME else stacked_bars
	chart = picture(rows if group == TIME else rows[:BARS], "label", [(_("Amount"), "amount")])
	return columns(group), rows, None, chart, summary(filters, start, end)


def conditions(filters: dict, start, end) -> list[list]:
	"""Return which sales of a period count: submitted ones that were not taken back."""
	return [
		*chosen(filters, "selling_unit", "sales_representative", "customer", trees=("outlet",)),
		*within(DATE, start, end),
		["docstatus", "=", 1],
		["status", "!=", RETURNED],
	]


def figures() -> list[str]:
	"""Return the figures of sales, as fields of a statement."""
	return [
		"count(name) as sales",
		"sum(total_qty) as pieces",
		"sum(total) as amount",
		"sum(received) as received",
		"sum(outstanding) as outstanding",
	]


def by_time(filters: dict, start, end, unit: str) -> list[dict]:
	"""Return one row per step of time, those without sales too."""
	step = grouping(DATE, unit)
	counts = sums(DOCTYPE, [f"{step} as step", *figures()], conditions(filters, start, end), step)
	return rows_of_steps(counts, start, end, unit, ["sales", "pieces", *MONEY])


def by_field(group: str, filters: dict, start, end) -> list[dict]:
	"""Return one row per representative, product and so on, the greatest amount first."""
	if group in OF_LINE:
		field = f"`tab{ITEM}`.{group}"
		wanted = [[DOCTYPE, *condition] for condition in conditions(filters, start, end)]
		read = [
			f"{field} as value",
			f"count(`tab{ITEM}`.name) as sales",
			f"sum(`tab{ITEM}`.qty) as pieces",
			f"sum(`tab{ITEM}`.returned_qty) as pieces_back",
			f"sum(`tab{ITEM}`.amount) as amount",
			f"sum(`tab{ITEM}`.returned_amount) as amount_back",
		]
		rows = sums(DOCTYPE, read, wanted, field)
		for row in rows:
			row.pieces = flt(row.pieces) - flt(row.pop("pieces_back"))
			row.amount = flt(row.amount) - flt(row.pop("amount_back"))
	else:
		field = group
		rows = sums(DOCTYPE, [f"{group} as value", *figures()], conditions(filters, start, end), group)
	meta = frappe.get_meta(ITEM if group in OF_LINE else DOCTYPE)
	named = name_groups(rows, meta.get_field(group).options)
	return sorted(named, key=lambda row: (-flt(row.amount), row.label))


def columns(group: str) -> list[dict]:
	"""Return the columns; lines of sales know nothing of what was collected."""
	meta = frappe.get_meta(ITEM if group in OF_LINE else DOCTYPE)
	label = _("Period") if group == TIME else _(meta.get_label(group))
	there = drill(
		DOCTYPE, DATE, {} if group == TIME else {group: "value"}, docstatus=1, status=["!=", RETURNED]
	)
	shown = [
		column("label", label, "Data", 220),
		column(
			"sales",
			_("Number of Lines") if group in OF_LINE else _("Number of Sales"),
			"Int",
			90,
			**({} if group in OF_LINE else {"drill": there}),
		),
		column("pieces", _("Pieces", context="Sale Record"), "Float", 90),
		column("amount", _("Amount"), "Currency", 140),
		column("share", _("Share (%)"), "Float", 100, disable_total=True),
	]
	if group not in OF_LINE:
		shown += [
			column("received", _("Received", context="Sale Record"), "Currency", 140),
			column("outstanding", _("Outstanding", context="Sale Record"), "Currency", 140),
		]
	return shown


def summary(filters: dict, start, end) -> list[dict]:
	"""Return the figures above the table: of the period, and of the one before."""

	def whole(period: tuple) -> dict:
		return sums(DOCTYPE, figures(), conditions(filters, *period))[0]

	now, earlier = whole((start, end)), whole(before(start, end))
	return [
		figure(_("Number of Sales"), now.sales),
		figure(_("Amount"), flt(now.amount), "Currency"),
		figure(_("Outstanding", context="Sale Record"), flt(now.outstanding), "Currency", "Orange"),
		figure(_("Amount of the Period Before"), flt(earlier.amount), "Currency", "Gray"),
	]
