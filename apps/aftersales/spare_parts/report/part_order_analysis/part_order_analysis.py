"""Part Order Analysis: what was ordered in a period, by part, by who ordered or by month, and how much came (S16.07, Q30)."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.utils.report import column, period_of, stacked_bars

ORDER, ITEM = "Part Order", "Part Order Item"
# What a row stands for -> column of the statement, DocType of its values.
GROUPS = {
	"Part": (f"`tab{ITEM}`.`spare_part`", "Spare Part"),
	"Outlet": (f"`tab{ORDER}`.`outlet`", "Service Outlet"),
	"Dealer": (f"`tab{ORDER}`.`dealer`", "Dealer"),
	"Technician": (f"`tab{ORDER}`.`technician`", "Technician"),
	# Frappe's lists take no function of the day; months are summed up here.
	"Month": (f"`tab{ORDER}`.`order_date`", None),
}
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, sentence and chart; called by Frappe.

	:param filters: `from_date`, `to_date`, `group_by` (see `GROUPS`), `outlet`, `dealer`, `spare_part`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read part orders.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "Part"
	rows = complete(read(group, filters), group)
	ordered, delivered = (sum(flt(row[field]) for row in rows) for field in ("qty", "delivered_qty"))
	sentence = (
		_("{0} pieces were ordered, {1}% of them are delivered.").format(
			f"{ordered:g}", f"{100 * delivered / ordered:.0f}"
		)
		if ordered
		else None
	)
	return columns(group), rows, sentence, chart(rows)


def read(group: str, filters: dict) -> list[dict]:
	"""Return sums of the orders that the user sees, by one statement; drafts and cancelled ones are left out."""
	start, end = period_of(filters)
	conditions = [
		[ORDER, "order_date", "between", [start, end]],
		[ORDER, "stage", "not in", ["Draft", "Cancelled"]],
		[ITEM, "qty", ">", 0],
	]
	conditions += [
		[ORDER, field, "=", filters[field]] for field in ("outlet", "dealer") if filters.get(field)
	]
	if filters.get("spare_part"):
		conditions.append([ITEM, "spare_part", "=", filters["spare_part"]])
	value = GROUPS[group][0]
	return frappe.get_list(
		ORDER,
		filters=conditions,
		fields=[
			f"{value} as value",
			f"count(distinct `tab{ORDER}`.`name`) as orders",
			*(f"sum(`tab{ITEM}`.`{field}`) as {field}" for field in ("qty", "delivered_qty", "amount")),
		],
		group_by=value,
		order_by=f"sum(`tab{ITEM}`.`qty`) desc",
		limit_page_length=0,
	)


def complete(rows: list[dict], group: str) -> list[dict]:
	"""Name the parts, write months as people do and work out the share that was delivered."""
	names = {}
	if group == "Part":
		parts = [row.value for row in rows]
		names = dict(
			frappe.get_all("Spare Part", {"name": ("in", parts)}, ["name", "part_name"], as_list=True)
		)
	for row in rows:
		row.part_name = names.get(row.value)
	if group == "Month":
		rows = by_month(rows)
	for row in rows:
		row.share = 100 * flt(row.delivered_qty) / flt(row.qty)
		row.label = row.part_name or row.value or _("Not Specified")
	return rows


def by_month(rows: list[dict]) -> list[dict]:
	"""Sum rows of days up to months, the earliest first."""
	months: dict[str, dict] = {}
	for row in sorted(rows, key=lambda row: row.value):
		month = f"{row.value:%Y-%m}"
		total = months.setdefault(
			month, frappe._dict(value=month, orders=0, qty=0, delivered_qty=0, amount=0)
		)
		for field in ("orders", "qty", "delivered_qty", "amount"):
			total[field] += row[field] or 0
	return list(months.values())


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	doctype = GROUPS[group][1]
	first = column("value", _(group), "Link", 160, options=doctype) if doctype else column("value", _(group))
	named = [column("part_name", _("Part Name"), "Data", 200)] if group == "Part" else []
	return [
		first,
		*named,
		column("orders", _("Number of Orders"), "Int", 110),
		column("qty", _("Ordered"), "Float", 110),
		column("delivered_qty", _("Delivered"), "Float", 110),
		column("share", _("Delivered (%)"), "Percent", 110, disable_total=True),
		column("amount", _("Amount"), "Currency", 140),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of the pieces ordered: delivered and open."""
	return stacked_bars(
		rows[:BARS],
		"label",
		[
			(_("Delivered"), "delivered_qty"),
			(_("Not Delivered"), lambda row: flt(row["qty"]) - flt(row["delivered_qty"])),
		],
	)
