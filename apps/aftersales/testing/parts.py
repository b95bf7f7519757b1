"""Makers of test documents of spare parts; see factories.py."""

import frappe
from frappe.model.document import Document

from aftersales.spare_parts import ledger, reservations, stock
from aftersales.testing.factories import insert, unique


def make_part_category(**fields) -> Document:
	"""Make a Part Category below the root."""
	return insert("Part Category", {"category_name": unique("Part Category")}, fields)


def make_spare_part(**fields) -> Document:
	"""Make a Spare Part that costs a customer 100."""
	code = f"P{frappe.generate_hash(length=8).upper()}"
	return insert("Spare Part", {"part_no": code, "part_name": f"Part {code}", "price": 100}, fields)


def make_part_warehouse(**fields) -> Document:
	"""Make a Part Warehouse below the root."""
	return insert(
		"Part Warehouse", {"warehouse_name": unique("Warehouse"), "warehouse_kind": "Headquarters"}, fields
	)


def make_part_scrap_type(**fields) -> Document:
	"""Make a Part Scrap Type."""
	return insert("Part Scrap Type", {"scrap_type_name": unique("Scrap Type")}, fields)


def put_in_stock(spare_part: str, warehouse: str, qty: float = 10, rate: float = 5, **row) -> str:
	"""Receive parts into a warehouse and return the slip's number."""
	item = {"spare_part": spare_part, "qty": qty, "rate": rate, **row}
	return stock.make_entry("Receipt", [item], target=warehouse)


def make_part_stock_entry(**fields) -> Document:
	"""Make a Part Stock Entry: the draft of a receipt of one part."""
	if "target_warehouse" not in fields and fields.get("purpose", "Receipt") == "Receipt":
		fields["target_warehouse"] = make_part_warehouse().name
	items = fields.pop("items", None) or [{"spare_part": make_spare_part().name, "qty": 10, "rate": 5}]
	return insert("Part Stock Entry", {"purpose": "Receipt", "items": items}, fields)


def make_part_ledger_entry(**fields) -> Document:
	"""Return the Part Ledger Entry of a receipt."""
	warehouse = make_part_warehouse().name
	entry = put_in_stock(make_spare_part().name, warehouse)
	return frappe.get_doc("Part Ledger Entry", {"voucher_no": entry})


def make_part_balance(**fields) -> Document:
	"""Return the Part Balance of a part that was received."""
	spare_part, warehouse = make_spare_part().name, make_part_warehouse().name
	put_in_stock(spare_part, warehouse)
	return frappe.get_doc("Part Balance", ledger.key_of(spare_part, warehouse))


def make_part_reservation(**fields) -> Document:
	"""Return a Part Reservation of 1 for a new service order."""
	balance = make_part_balance()
	order = insert("Service Order", {"order_kind": "Repair", "customer_name": unique("Customer")}, {})
	name = reservations.reserve(order.name, balance.spare_part, balance.warehouse, 1)
	return frappe.get_doc("Part Reservation", name)


def make_part_serial(**fields) -> Document:
	"""Return the Part Serial of a piece that was received."""
	spare_part = make_spare_part(serial_tracked=1).name
	put_in_stock(spare_part, make_part_warehouse().name, 1, serial_nos=f"{spare_part}-1")
	return frappe.get_doc("Part Serial", {"spare_part": spare_part})


def make_stock_count(**fields) -> Document:
	"""Make a Stock Count of a new warehouse, not begun."""
	if "warehouse" not in fields:
		fields["warehouse"] = make_part_warehouse().name
	return insert("Stock Count", {}, fields)
