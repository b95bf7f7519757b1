"""Repair Reports and Fees (Q23, S7.36, 按时段统计): how many repairs were reported on a day or in a period, and the parts,
transport and service fees of those completed, as amounts and as shares."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.utils.report import (
	OVER_TIME,
	chosen,
	column,
	drill,
	figure,
	period_of,
	share,
	stacked_bars,
	within,
)
from aftersales.utils.report_periods import UNITS, by_step, grouping, last_day, step_name, steps
from aftersales.utils.report_query import may_read, sums

ORDER, TICKET = "Service Order", "Service Ticket"
DONE = ("Completed", "Followed Up", "Audited")
# Where tickets are not made, a repair is reported by the order itself.
REPORTED_BY_ORDER = ("Dispatch", "Repair", "Counter Repair", "Workshop")
MONEY = ("parts_fee", "service_fee", "visit_fee", "transport_fee", "other_fee", "total_fee")
PARTS_OF_TOTAL = MONEY[:-1]


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. Three statements.

	:param filters: `from_date`, `to_date`, `unit` of time (see `report_periods.UNITS`; a day by default); `region`,
	    `product_category` with all below; `outlet` with all below, of orders only.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	unit = filters.unit if filters.unit in UNITS else "Day"
	reported, fees = repairs(filters, start, end, unit), completed(filters, start, end, unit)
	rows = [
		row_of(day, unit, start, end, reported.get(day, 0), fees.get(day) or {})
		for day in steps(start, end, unit)
	]
	return columns(), rows, None, chart(rows), summary(rows)


def repairs(filters: dict, start, end, unit: str) -> dict:
	"""Return how many repairs were reported by step: tickets of that kind, and orders that no ticket led to."""
	found: dict = {}
	trees = ("region", "product_category")
	counted = []
	if may_read(TICKET) and not filters.outlet:
		counted.append(
			(TICKET, "creation_date", [["record_type", "=", "Repair"], *chosen(filters, trees=trees)])
		)
	direct = [["service_ticket", "is", "not set"], ["order_kind", "in", REPORTED_BY_ORDER]]
	counted.append((ORDER, "creation", [*direct, *chosen(filters, trees=(*trees, "outlet"))]))
	for doctype, date, conditions in counted:
		rows = sums(
			doctype,
			[f"{grouping(date, unit)} as step", "count(name) as repairs"],
			[*conditions, *within(date, start, end)],
			grouping(date, unit),
		)
		for day, row in by_step(rows, "step", unit, ["repairs"]).items():
			found[day] = found.get(day, 0) + row["repairs"]
	return found


def completed(filters: dict, start, end, unit: str) -> dict:
	"""Return number and fees of completed orders by step."""
	rows = sums(
		ORDER,
		[
			f"{grouping('completed_at', unit)} as step",
			"count(name) as orders",
			*(f"sum({name}) as {name}" for name in MONEY),
		],
		[
			["stage", "in", DONE],
			*chosen(filters, trees=("region", "product_category", "outlet")),
			*within("completed_at", start, end),
		],
		grouping("completed_at", unit),
	)
	return by_step(rows, "step", unit, ("orders", *MONEY))


def row_of(day, unit: str, start, end, reported: int, fees: dict) -> dict:
	"""Return the row of a step."""
	amounts = {name: flt(fees.get(name)) for name in MONEY}
	return {
		"label": step_name(day, unit),
		"repairs": reported,
		"orders": fees.get("orders", 0),
		**amounts,
		**{f"{name}_share": share(amounts[name], amounts["total_fee"]) for name in PARTS_OF_TOTAL},
		"from_date": str(max(day, start)),
		"to_date": str(min(last_day(day, unit), end)),
	}


def columns() -> list[dict]:
	"""Return the columns."""
	meta = frappe.get_meta(ORDER)
	found = [
		column("label", _("Period"), "Data", 120),
		column("repairs", _("Repair Reports"), "Int", 120),
		column("orders", _("Completed"), "Int", 100, drill=drill(ORDER, "completed_at")),
	]
	for name in PARTS_OF_TOTAL:
		found.append(column(name, _(meta.get_label(name)), "Currency", 110))
		found.append(column(f"{name}_share", "%", "Float", 70, disable_total=True))
	return [*found, column("total_fee", _("Total Fee"), "Currency", 120)]


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of what the fees consist of."""
	meta = frappe.get_meta(ORDER)
	series = [(_(meta.get_label(name)), name) for name in PARTS_OF_TOTAL]
	return stacked_bars(rows, "label", series, fieldtype="Currency", **OVER_TIME)


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	total = {name: sum(row[name] for row in rows) for name in ("repairs", "orders", *MONEY)}
	meta = frappe.get_meta(ORDER)
	return [
		figure(_("Repair Reports"), total["repairs"]),
		figure(_("Completed"), total["orders"], indicator="Green"),
		figure(_("Total Fee"), total["total_fee"], "Currency"),
		*(
			figure(
				f"{_(meta.get_label(name))} (%)",
				share(total[name], total["total_fee"]),
				"Percent",
				"Gray",
			)
			for name in ("parts_fee", "service_fee", "transport_fee")
		),
	]
