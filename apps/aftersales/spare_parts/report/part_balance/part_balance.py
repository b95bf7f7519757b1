"""Part Balance: what warehouses have of each part, free, reserved and short, now or at the end of an earlier day (S2.32, S18.07)."""

import frappe
from frappe import _

from aftersales.spare_parts import reporting
from aftersales.spare_parts.ledger import WAREHOUSE
from aftersales.spare_parts.search import parts_like
from aftersales.utils.report import column

# No stock is kept there.
NEVER_SHORT = ("Technician", "In Transit", "Defective")
PART_FIELDS = ("specification", "stock_uom", "safety_stock", "price")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `warehouse`, `outlet`, `part_category`, `spare_part`, `on_date`, `text` (what a part may be called),
		`only_short` (less is free than the safety stock), `with_zero` (also parts that are used up).
	:raises frappe.PermissionError: the user may not read balances.
	"""
	filters = frappe._dict(filters or {})
	rows = reporting.balances(filters)
	if filters.text:
		like = set(parts_like(filters.text))
		rows = [row for row in rows if row.spare_part in like]
	if not filters.with_zero:
		rows = [row for row in rows if abs(row.qty) > 0.0005]
	complete(rows)
	if filters.only_short:
		rows = [row for row in rows if row.short > 0]
	return columns(filters), rows


def complete(rows: list[dict]) -> None:
	"""Add what follows from quantities, part and warehouse."""
	reporting.add_part_facts(rows, *PART_FIELDS)
	places = reporting.facts(
		WAREHOUSE, (row.warehouse for row in rows), ["outlet", "warehouse_kind", "frozen_by"]
	)
	nowhere = {}
	for row in rows:  # tens of thousands: plain arithmetic
		place = places.get(row["warehouse"], nowhere)
		qty, value = row["qty"], row["value"]
		free = round(qty - row["reserved_qty"], 3)
		held_back = place.get("warehouse_kind") in NEVER_SHORT
		row.update(
			outlet=place.get("outlet"),
			frozen_by=place.get("frozen_by"),
			free=free,
			average_cost=round(value / qty, 4) if qty else 0,
			short=0 if held_back else max(0, (row["safety_stock"] or 0) - free),
		)


def columns(filters: dict) -> list[dict]:
	"""Return the columns."""
	quantity = {"fieldtype": "Float", "width": 90, "precision": 3}
	return [
		*reporting.part_columns(),
		column("specification", _("Model and Specification"), "Data", 150),
		column("warehouse", _("Warehouse"), "Link", 160, options=WAREHOUSE),
		column("outlet", _("Outlet"), "Link", 130, options="Service Outlet"),
		column("stock_uom", _("Unit"), "Data", 60),
		column("qty", _("Quantity"), **quantity),
		column("reserved_qty", _("Reserved"), **quantity),
		column("free", _("Free"), **quantity),
		column("safety_stock", _("Safety Stock"), disable_total=True, **quantity),
		column("short", _("Short"), **quantity),
		column("average_cost", _("Average Cost"), "Currency", 110, disable_total=True),
		column("value", _("Value"), "Currency", 120),
		column("price", _("Price"), "Currency", 110, disable_total=True),
		column("frozen_by", _("Frozen By"), "Link", 110, options="Stock Count"),
	]
