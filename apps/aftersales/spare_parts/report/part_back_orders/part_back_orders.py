"""Part Back Orders: what was ordered and is not delivered yet, the oldest first, and what could go out now (S16.07)."""

import frappe
from frappe import _
from frappe.utils import date_diff, flt, getdate, today

from aftersales.spare_parts import scope, supply
from aftersales.spare_parts.doctype.part_order.part_order import OPEN_STAGES
from aftersales.utils.report import column

FILTERS = ("outlet", "dealer", "technician", "source_warehouse", "order_kind")
ORDER, ITEM = "Part Order", "Part Order Item"


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a sentence; called by Frappe.

	:param filters: `outlet`, `dealer`, `technician`, `source_warehouse`, `order_kind`, `spare_part`, `only_available`.
	:raises frappe.PermissionError: the user may not read part orders.
	"""
	filters = frappe._dict(filters or {})
	rows = read(filters)
	add_free(rows)
	if filters.only_available:
		rows = [row for row in rows if row.free > 0]
	ready = sum(min(row.open_qty, row.free) > 0 for row in rows)
	sentence = _("{0} lines are open; {1} could be delivered now, in part at least.").format(len(rows), ready)
	return columns(), rows, sentence if rows else None


def read(filters: dict) -> list[dict]:
	"""Return the open lines of orders that the user sees, by one statement."""
	conditions = [[ORDER, "stage", "in", list(OPEN_STAGES)], [ITEM, "open_qty", ">", 0]]
	conditions += [[ORDER, field, "=", filters[field]] for field in FILTERS if filters.get(field)]
	if filters.get("spare_part"):
		conditions.append([ITEM, "spare_part", "=", filters["spare_part"]])
	fields = ("spare_part", "part_name", "qty", "delivered_qty", "open_qty")
	return frappe.get_list(
		ORDER,
		filters=conditions,
		fields=[
			*(f"`tab{ORDER}`.`{field}`" for field in ("name", "order_date", "needed_by", *FILTERS)),
			*(f"`tab{ITEM}`.`{field}`" for field in fields),
		],
		order_by=f"`tab{ORDER}`.`order_date` asc, `tab{ORDER}`.`name` asc, `tab{ITEM}`.`idx` asc",
		limit_page_length=0,
	)


def add_free(rows: list[dict]) -> None:
	"""Put into each row what its warehouse has free, and for how many days it waits."""
	parts: dict[str, set[str]] = {}
	for row in rows:
		parts.setdefault(row.source_warehouse, set()).add(row.spare_part)
	# What other warehouses hold is not for everybody who may order from them.
	free = {
		warehouse: supply.free(sorted(names), warehouse) if scope.owns(warehouse) else {}
		for warehouse, names in parts.items()
	}
	for row in rows:
		row.free = flt(free[row.source_warehouse].get(row.spare_part))
		row.days = date_diff(today(), row.order_date)
		row.late = int(bool(row.needed_by and getdate(row.needed_by) < getdate(today())))
		row.orderer = row.technician or row.dealer or row.outlet
		row.orderer_type = {"Technician": "Technician", "Dealer": "Dealer"}.get(
			row.order_kind, "Service Outlet"
		)


def columns() -> list[dict]:
	"""Return the columns."""
	number = {"fieldtype": "Float", "width": 90}
	return [
		column("name", _("Part Order"), "Link", 130, options=ORDER),
		column("order_date", _("Order Date"), "Date", 100),
		column("days", _("Days"), "Int", 70, disable_total=True),
		column("needed_by", _("Needed By"), "Date", 100),
		column("orderer", _("Ordered By"), "Dynamic Link", 150, options="orderer_type"),
		column("spare_part", _("Part No."), "Link", 120, options="Spare Part"),
		column("part_name", _("Part Name"), "Data", 160),
		column("qty", _("Ordered"), **number),
		column("delivered_qty", _("Delivered"), **number),
		column("open_qty", _("Not Delivered"), **number),
		column("source_warehouse", _("Delivered From"), "Link", 140, options="Part Warehouse"),
		column("free", _("Free There"), disable_total=True, **number),
	]
