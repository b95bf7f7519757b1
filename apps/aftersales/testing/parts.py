"""Makers of test documents of spare parts; see factories.py."""

import frappe
from frappe.model.document import Document
from frappe.utils import add_months, nowdate

from aftersales.spare_parts import ledger, part_forecasts, reservations, stock
from aftersales.testing.factories import insert, unique
from aftersales.testing.field import make_service_outlet


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
	"""Make a Stock Count that is not begun; without `warehouse` of a new one, in which one part was looked for in vain."""
	if "warehouse" not in fields:
		fields["warehouse"] = make_part_warehouse().name
		fields["items"] = [{"spare_part": make_spare_part().name, "is_counted": 1}]
	return insert("Stock Count", {}, fields)


def make_supplied_outlet(**fields) -> Document:
	"""Make a Service Outlet with a store of its own."""
	outlet = make_service_outlet(**fields)
	store = make_part_warehouse(warehouse_kind="Outlet", outlet=outlet.name)
	outlet.db_set("warehouse", store.name)
	return outlet


def make_part_demand_plan(**fields) -> Document:
	"""Make a Part Demand Plan of one part for a new store, issued from another one."""
	for field in ("warehouse", "source_warehouse"):
		if field not in fields:
			fields[field] = make_part_warehouse().name
	items = fields.pop("items", None) or [{"spare_part": make_spare_part().name, "planned_qty": 3}]
	return insert("Part Demand Plan", {"items": items}, fields)


def make_part_order(**fields) -> Document:
	"""Make a Part Order of an outlet for two of one part, from a new warehouse."""
	if "outlet" not in fields and fields.get("order_kind", "Outlet") == "Outlet":
		fields["outlet"] = make_supplied_outlet().name
	if "source_warehouse" not in fields:
		fields["source_warehouse"] = make_part_warehouse().name
	items = fields.pop("items", None) or [{"spare_part": make_spare_part().name, "qty": 2}]
	return insert("Part Order", {"items": items}, fields)


def make_deposit_entry(**fields) -> Document:
	"""Make a Deposit Entry: an outlet pays in 1000."""
	if "outlet" not in fields:
		fields["outlet"] = make_service_outlet().name
	return insert("Deposit Entry", {"kind": "Paid In", "amount": 1000}, fields)


def make_outlet_deposit(**fields) -> Document:
	"""Return the Outlet Deposit of an outlet that paid in."""
	return frappe.get_doc("Outlet Deposit", make_deposit_entry(**fields).outlet)


def make_part_statement(**fields) -> Document:
	"""Make a Part Statement of this month, of an outlet that got one part."""
	if "outlet" not in fields:
		outlet = make_supplied_outlet()
		put_in_stock(make_spare_part().name, outlet.warehouse)
		fields["outlet"] = outlet.name
	return insert("Part Statement", {"month": nowdate()}, fields)


def make_part_safety_stock(**fields) -> Document:
	"""Make a Part Safety Stock of 5."""
	for field, make in (("spare_part", make_spare_part), ("warehouse", make_part_warehouse)):
		if field not in fields:
			fields[field] = make().name
	return insert("Part Safety Stock", {"safety_stock": 5}, fields)


def make_part_forecast(**fields) -> Document:
	"""Return the Part Forecast of a part that was wanted in the two months before this one."""
	spare_part = fields.get("spare_part") or make_spare_part().name
	warehouse = fields.get("warehouse") or make_part_warehouse().name
	for months in (2, 1):
		want(spare_part, warehouse, 3, add_months(nowdate(), -months))
	part_forecasts.compute(warehouse)
	return frappe.get_doc("Part Forecast", {"spare_part": spare_part, "warehouse": warehouse})


def want(spare_part: str, warehouse: str, qty: float, day: str) -> str:
	"""Let parts be wanted on a day: they come in and are used at once; return the slip of their use."""
	item = {"spare_part": spare_part, "qty": qty}
	stock.make_entry("Receipt", [{**item, "rate": 5}], target=warehouse, posting_date=day)
	return stock.make_entry("Consumption", [item], source=warehouse, posting_date=day)
