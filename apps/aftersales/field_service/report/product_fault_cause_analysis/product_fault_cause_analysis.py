"""Product Fault-cause Analysis: of what products failed, in a period, with shares and what the repairs cost (S17.18)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import add_days, flt

from aftersales.utils.report import column, drill, period_of, stacked_bars

DOCTYPE = "Service Order"
GROUPS = {
	"Product": "product",
	"Product Category": "product_category",
	"Outlet": "outlet",
	"Region": "region",
}
LINKS = {
	"Product": "Product",
	"Product Category": "Product Category",
	"Outlet": "Service Outlet",
	"Region": "Service Region",
}
BARS = 10


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date` of the completion, `group_by` (see `GROUPS`), optionally `product`,
	    `product_category` (with all below it), `outlet` (with all below it).
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "Product"
	rows = make_rows(read(group, filters))
	return columns(group), rows, None, chart(rows)


def read(group: str, filters: dict) -> list[dict]:
	"""Return numbers and sums of completed orders by group and fault cause; one statement with the user's permissions."""
	start, end = period_of(filters)
	conditions = [["completed_at", ">=", start], ["completed_at", "<", add_days(end, 1)]]
	if filters.get("product"):
		conditions.append(["product", "=", filters.product])
	for field in ("product_category", "outlet"):
		if filters.get(field):
			conditions.append([field, "descendants of (inclusive)", filters[field]])
	return frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=[
			f"{GROUPS[group]} as value",
			"fault_cause",
			"count(name) as orders",
			"sum(parts_fee) as parts_fee",
			"sum(total_fee) as total_fee",
		],
		group_by=f"{GROUPS[group]}, fault_cause",
		order_by=None,
		limit_page_length=0,
		ignore_ifnull=True,
	)


def make_rows(groups: list[dict]) -> list[dict]:
	"""Return the groups with the share of each cause in its group, the most frequent first."""
	totals = defaultdict(int)
	for row in groups:
		totals[row.value] += row.orders
	rows = [
		{
			"value": row.value,
			"fault_cause": row.fault_cause,
			"cause": _(row.fault_cause) if row.fault_cause else _("Not Specified"),
			"orders": row.orders,
			"share": flt(100 * row.orders / totals[row.value], 1),
			"parts_fee": flt(row.parts_fee),
			"total_fee": flt(row.total_fee),
		}
		for row in groups
	]
	return sorted(
		rows, key=lambda row: (-totals[row["value"]], row["value"] or "", -row["orders"], row["cause"])
	)


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	there = drill(DOCTYPE, "completed_at", {GROUPS[group]: "value", "fault_cause": "fault_cause"})
	return [
		column("value", _(group), "Link", 200, options=LINKS[group]),
		column("cause", _("Fault Cause"), "Data", 200),
		column("orders", _("Orders"), "Int", 100, drill=there),
		column("share", _("Share of All"), "Percent", 100, disable_total=True),
		column("parts_fee", _("Parts Fee"), "Currency", 130),
		column("total_fee", _("Total Fee"), "Currency", 130),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return a bar for each of the most frequent causes."""
	causes = defaultdict(int)
	for row in rows:
		causes[row["cause"]] += row["orders"]
	most = sorted(causes.items(), key=lambda item: (-item[1], item[0]))[:BARS]
	shown = [{"cause": cause, "orders": orders} for cause, orders in most]
	return stacked_bars(shown, "cause", [(_("Orders"), "orders")])
