"""Who sees which stock: people of an outlet that of its warehouses and of those below it (S2.28, S2.43).

Warehouses of headquarters can be named by everybody, since parts come from there and go back; what they hold cannot
be seen. Lists, documents, reports, exports and the API ask the same functions.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from pypika import Criterion

from aftersales.service_network.outlet_scope import outlets_of, sees
from aftersales.spare_parts.ledger import WAREHOUSE

# Everybody may name these.
COMMON_KINDS = ("Headquarters", "In Transit")
LOOKING = ("read", "select", "print", "email", "report", "export", "share")


class OtherWarehouseError(frappe.PermissionError):
	"""The warehouse belongs to somebody else's outlet."""


def own_warehouses(user: str | None = None) -> str | None:
	"""Return the warehouses of a user's outlets as a subquery in brackets; None for people who see all."""
	outlets = outlets_of(user)
	if outlets is None:
		return None
	names = ", ".join(frappe.db.escape(outlet) for outlet in outlets)
	return f"(select `name` from `tab{WAREHOUSE}` where `outlet` in ({names}))"


def criterion(warehouse) -> Criterion | None:
	"""Return the condition on a warehouse column of a statement; None for people who see all.

	:param warehouse: the column, a pypika field.
	"""
	outlets = outlets_of()
	if outlets is None:
		return None
	table = frappe.qb.DocType(WAREHOUSE)
	return warehouse.isin(frappe.qb.from_(table).select(table.name).where(table.outlet.isin(list(outlets))))


def owns(warehouse: str | None, user: str | None = None) -> bool:
	"""Return whether a user handles what a warehouse holds."""
	if outlets_of(user) is None:
		return True
	return bool(warehouse) and sees(frappe.db.get_value(WAREHOUSE, warehouse, "outlet"), user)


def check(warehouse: str, user: str | None = None) -> None:
	"""Refuse a warehouse of other outlets.

	:raises OtherWarehouseError: with its name.
	"""
	if not owns(warehouse, user):
		frappe.throw(
			_("{0} does not belong to your outlet.").format(frappe.bold(warehouse)),
			OtherWarehouseError,
			title=_("Not Permitted"),
		)


def _of_warehouse(doctype: str, user: str | None) -> str:
	own = own_warehouses(user)
	return f"(`tab{doctype}`.`warehouse` in {own})" if own else ""


def balance_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Balance."""
	return _of_warehouse("Part Balance", user)


def ledger_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Ledger Entry."""
	return _of_warehouse("Part Ledger Entry", user)


def reservation_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Reservation."""
	return _of_warehouse("Part Reservation", user)


def serial_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Serial."""
	return _of_warehouse("Part Serial", user)


def count_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Stock Count."""
	return _of_warehouse("Stock Count", user)


def warehouse_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Warehouse."""
	own = own_warehouses(user)
	if not own:
		return ""
	kinds = ", ".join(frappe.db.escape(kind) for kind in COMMON_KINDS)
	return f"(`tab{WAREHOUSE}`.`name` in {own} or `tab{WAREHOUSE}`.`warehouse_kind` in ({kinds}))"


def entry_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Stock Entry: slips out of or into an own warehouse."""
	own = own_warehouses(user)
	if not own:
		return ""
	table = "`tabPart Stock Entry`"
	outlets = ", ".join(frappe.db.escape(outlet) for outlet in outlets_of(user))
	return (
		f"({table}.`outlet` in ({outlets}) or {table}.`source_warehouse` in {own}"
		f" or {table}.`target_warehouse` in {own})"
	)


def warehouse_doc_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of documents with a warehouse: balances, ledger entries, reservations, serial numbers, counts."""
	if outlets_of(user) is None or (doc.is_new() and not doc.warehouse):
		return True
	return owns(doc.warehouse, user)


def warehouse_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Part Warehouse: what everybody may name is changed by headquarters only."""
	if outlets_of(user) is None:
		return True
	stored = doc.outlet if doc.is_new() else frappe.db.get_value(WAREHOUSE, doc.name, "outlet")
	if ptype in LOOKING and doc.warehouse_kind in COMMON_KINDS:
		return True
	return sees(stored, user) and sees(doc.outlet, user)


def entry_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Part Stock Entry: read by both sides; made and changed by whose stock it takes or fills."""
	if outlets_of(user) is None:
		return True
	if ptype in LOOKING and not doc.is_new():
		return sees(doc.outlet, user) or owns(doc.source_warehouse, user) or owns(doc.target_warehouse, user)
	changed = {warehouse for warehouse in _changed(doc) if warehouse}
	return all(owns(warehouse, user) for warehouse in changed)


def _changed(doc: Document) -> list[str | None]:
	"""Return the warehouses whose keeper answers for a slip."""
	if doc.purpose == "Receipt":
		return [doc.target_warehouse]
	return [doc.source_warehouse, *(row.source_warehouse for row in doc.get("items") or [])]
