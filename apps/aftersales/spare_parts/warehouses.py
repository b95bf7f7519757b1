"""Which warehouse is meant: what a technician carries, where parts are on their way, where an outlet keeps them."""

import frappe
from frappe import _

from aftersales.spare_parts.ledger import WAREHOUSE, StockError
from aftersales.utils.text import clean_text


class NoWarehouseError(StockError):
	"""There is no warehouse of the kind that is needed."""


def of_technician(technician: str, make: bool = False) -> str | None:
	"""Return the warehouse that a technician carries (S7.31).

	:param technician: name of a Technician.
	:param make: make it below the outlet's if the technician has none yet, with the rights of the app.
	"""
	found = frappe.db.get_value(
		"Technician", technician, ["warehouse", "technician_name", "outlet"], as_dict=True
	)
	if not found:
		return None
	if found.warehouse:
		return found.warehouse
	if not make:
		return None
	warehouse = frappe.get_doc(
		doctype=WAREHOUSE,
		warehouse_name=_free_name(found.technician_name or technician, technician),
		warehouse_kind="Technician",
		technician=technician,
		outlet=found.outlet,
	).insert(ignore_permissions=True)
	return warehouse.name


def _free_name(wished: str, technician: str) -> str:
	wished = clean_text(wished)
	return f"{wished} ({technician})" if frappe.db.exists(WAREHOUSE, wished) else wished


def in_transit(target: str) -> str:
	"""Return the warehouse in which parts are on their way to another: that of its outlet if it has one, else the common one.

	:raises NoWarehouseError: there is none.
	"""
	outlet = frappe.db.get_value(WAREHOUSE, target, "outlet")
	rows = frappe.get_all(
		WAREHOUSE,
		filters={"warehouse_kind": "In Transit", "is_group": 0, "enabled": 1},
		fields=["name", "outlet"],
		order_by="lft asc",
	)
	for row in rows:
		if outlet and row.outlet == outlet:
			return row.name
	common = next((row.name for row in rows if not row.outlet), None)
	if not common:
		frappe.throw(
			_("There is no warehouse of the kind {0}. Make one, or untick {1}.").format(
				frappe.bold(_("In Transit")), frappe.bold(_("Signed for on Arrival"))
			),
			NoWarehouseError,
		)
	return common


def of_outlet(outlet: str) -> str | None:
	"""Return where an outlet keeps its parts: the warehouse that its record names, else its first one."""
	named = frappe.db.get_value("Service Outlet", outlet, "warehouse")
	return named or frappe.db.get_value(
		WAREHOUSE,
		{"outlet": outlet, "is_group": 0, "enabled": 1, "warehouse_kind": ["in", ["Outlet", "Branch"]]},
		order_by="lft asc",
	)
