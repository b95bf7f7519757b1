"""From where parts come and where they go: which warehouses belong together, and which one supplies which."""

import frappe
from frappe import _

WAREHOUSE = "Part Warehouse"
STOCKED = ("Headquarters", "Branch", "Outlet")


class NoWarehouseError(frappe.ValidationError):
	"""No warehouse can be found or the one chosen cannot be used."""


def covered(warehouse: str) -> list[str]:
	"""Return the warehouses whose stock counts as one: a store, and what the technicians of its outlet carry.

	:param warehouse: Part Warehouse that is no group.
	"""
	row = frappe.get_cached_value(WAREHOUSE, warehouse, ["outlet", "warehouse_kind"], as_dict=True)
	if not row or not row.outlet or row.warehouse_kind not in STOCKED:
		return [warehouse]
	carried = frappe.get_all(
		WAREHOUSE,
		filters={"outlet": row.outlet, "warehouse_kind": "Technician", "is_group": 0},
		pluck="name",
		order_by="name asc",
	)
	return [warehouse, *carried]


def headquarters() -> str | None:
	"""Return the warehouse that supplies the others: that of Aftersales Settings, else the first of headquarters."""
	return frappe.db.get_single_value("Aftersales Settings", "part_source_warehouse") or frappe.db.get_value(
		WAREHOUSE, {"warehouse_kind": "Headquarters", "is_group": 0, "enabled": 1}, order_by="creation asc"
	)


def check(warehouse: str | None) -> None:
	"""Refuse a warehouse that can hold no parts.

	:raises NoWarehouseError: it is a group or disabled.
	"""
	if not warehouse:
		return
	row = frappe.get_cached_value(WAREHOUSE, warehouse, ["is_group", "enabled"], as_dict=True)
	if row and (row.is_group or not row.enabled):
		frappe.throw(
			_("{0} is a group of warehouses or is not in use. Choose a warehouse that holds parts.").format(
				frappe.bold(warehouse)
			),
			NoWarehouseError,
			title=_("Warehouse"),
		)


def free(parts: list[str], warehouse: str | None) -> dict[str, float]:
	"""Return how much of each part a warehouse has that is not reserved; parts that it has not are left out."""
	if not parts or not warehouse:
		return {}
	rows = frappe.get_all(
		"Part Balance",
		filters={"warehouse": warehouse, "spare_part": ("in", parts)},
		fields=["spare_part", "qty", "reserved_qty"],
	)
	return {row.spare_part: max(0, row.qty - row.reserved_qty) for row in rows}
