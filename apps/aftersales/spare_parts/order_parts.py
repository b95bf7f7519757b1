"""Parts on service orders: kept, taken out of stock when the order is done, put back when it is opened again (S17.10, S18.09).

hooks.py names `fill`, `completed`, `reopened` and `cancelled`. All run inside the order's transaction: an order whose parts
are not there is not completed.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, today

from aftersales.field_service.order_stages import OVER
from aftersales.spare_parts import reservations, scope, serials, stock, warehouses
from aftersales.spare_parts.ledger import BALANCE, StockError, plain
from aftersales.utils.access import check_permission

ORDER, ROW = "Service Order", "Service Order Part"
# What a slip was made from stays as it is until the slip is cancelled.
SETTLED = ("spare_part", "warehouse", "serial_no")
CLOSED = ("Completed", "Followed Up", "Audited", "Cancelled")


class PartTakenError(frappe.ValidationError):
	"""The part has left stock already."""


class OrderClosedError(frappe.ValidationError):
	"""No parts are reserved for an order that is done, or added to it."""


def fill(order: Document, method: str | None = None) -> None:
	"""`validate` of Service Order: say where each part is taken from, and keep rows whose parts have left stock.

	:raises PartTakenError: such a row was changed or removed.
	:raises OtherWarehouseError: the part would come from a warehouse of another outlet.
	:raises OrderClosedError: a part is added or changed that nothing would take out of stock any more.
	"""
	before = order.get_doc_before_save()
	stored = {row.name: row for row in before.parts} if before else {}
	default = None
	for row in order.parts:
		old = stored.pop(row.name, None)
		row.stock_entry = old.stock_entry if old else None
		if row.stock_entry:
			_check_settled(row, old)
			continue
		if not row.warehouse:
			default = default or default_warehouse(order)
			row.warehouse = default
		if not order.flags.ignore_permissions:
			_check_open(order, before, row, old)
			if row.warehouse and (not old or old.warehouse != row.warehouse):
				_check_warehouse(order, row.warehouse)
	for old in stored.values():
		if old.stock_entry:
			_refuse(old)


def _check_open(order: Document, before: Document | None, row: Document, old: Document | None) -> None:
	"""Refuse a part on an order that took its parts out of stock before: it would be charged and still lie there."""
	if not before or before.stage not in OVER or order.stage not in OVER:
		return
	if not old or any(
		(row.get(field) or None) != (old.get(field) or None) for field in ("qty", "spare_part", "warehouse")
	):
		frappe.throw(
			_("{0} is done, so {1} would not leave stock any more. Open the order again first.").format(
				frappe.bold(order.name), frappe.bold(row.part_name or row.spare_part)
			),
			OrderClosedError,
			title=_("Order Done"),
		)


def _check_warehouse(order: Document, warehouse: str) -> None:
	"""Refuse a warehouse of others, typed or taken over from the technician; everybody may use what they carry."""
	if order.technician and warehouse == warehouses.of_technician(order.technician):
		if frappe.db.get_value("Technician", order.technician, "user") == frappe.session.user:
			return
	scope.check(warehouse)


def _check_settled(row: Document, old: Document) -> None:
	if flt(row.qty) != flt(old.qty) or any(
		(row.get(field) or None) != (old.get(field) or None) for field in SETTLED
	):
		_refuse(old)


def _refuse(row: Document) -> None:
	frappe.throw(
		_("{0} has left stock with {1}. Open the order again or cancel that slip first.").format(
			frappe.bold(row.part_name or row.spare_part), frappe.bold(row.stock_entry)
		),
		PartTakenError,
		title=_("Part Taken from Stock"),
	)


def default_warehouse(order: Document) -> str | None:
	"""Return where the parts of an order come from: what the technician carries, else the outlet's warehouse."""
	own = warehouses.of_technician(order.technician) if order.technician else None
	return own or (warehouses.of_outlet(order.outlet) if order.outlet else None)


def completed(order: Document) -> None:
	"""`aftersales_order_completed` and `aftersales_order_continued`: take the parts of the order out of stock, on one slip.

	:raises StockError: a part is not there, or a row names no warehouse.
	"""
	rows = [row for row in order.parts if not row.stock_entry and flt(row.qty) > 0]
	for row in rows:
		if not row.warehouse:
			frappe.throw(
				_("Row {0}: choose the warehouse that {1} was taken from.").format(
					row.idx, frappe.bold(row.part_name or row.spare_part)
				),
				StockError,
			)
	if rows:
		entry = stock.make_entry(
			"Consumption",
			[_item(row) for row in rows],
			source=rows[0].warehouse,
			reference=order,
			technician=order.technician,
			posting_date=today(),
		)
		for row in rows:
			row.stock_entry = entry
			frappe.db.set_value(ROW, row.name, "stock_entry", entry, update_modified=False)
	if order.stage in CLOSED:
		reservations.release(order.name)


def _item(row: Document) -> dict:
	tracked = frappe.get_cached_value("Spare Part", row.spare_part, "serial_tracked")
	return {
		"spare_part": row.spare_part,
		"qty": row.qty,
		"source_warehouse": row.warehouse,
		"serial_nos": row.serial_no if tracked else None,
	}


def reopened(order: Document) -> None:
	"""`aftersales_order_reopened`: put the parts back, so that the rows can be corrected; completing takes them again.

	What was kept for the order is kept again: nobody else takes it meanwhile.
	"""
	returned: dict[tuple, float] = {}
	for row in order.parts:
		if row.stock_entry:
			pair = (row.spare_part, row.warehouse)
			returned[pair] = returned.get(pair, 0) + flt(row.qty)
	for entry in sorted({row.stock_entry for row in order.parts if row.stock_entry}):
		slip = frappe.get_doc(stock.ENTRY, entry)
		slip.flags.ignore_permissions = True
		slip.cancel()
	for row in order.parts:
		row.stock_entry = None
	reservations.restore(order.name, returned)


def cancelled(order: Document) -> None:
	"""`aftersales_order_cancelled`: put back what was taken and give back what was kept."""
	reopened(order)
	reservations.release(order.name)


@frappe.whitelist(methods=["POST"])
def reserve_parts(order: str) -> list[dict]:
	"""Keep the parts that an order names and that are not kept or taken yet (S18.09).

	:returns: what is kept now, see `reservations.of_order`.
	:raises frappe.PermissionError: the user may not change the order.
	:raises NotEnoughStockError: names the part that is missing; nothing is kept then.
	:raises OrderClosedError: the order is done or cancelled.
	"""
	doc = frappe.get_doc(ORDER, order, for_update=True)
	doc.check_permission("write")
	if doc.stage in CLOSED:
		frappe.throw(
			_("{0} is done: nothing can be reserved for it.").format(frappe.bold(doc.name)), OrderClosedError
		)
	wanted: dict[tuple, float] = {}
	for row in doc.parts:
		if row.warehouse and not row.stock_entry:
			wanted[row.spare_part, row.warehouse] = wanted.get((row.spare_part, row.warehouse), 0) + flt(
				row.qty
			)
	for kept in reservations.of_order(order):
		pair = (kept["spare_part"], kept["warehouse"])
		wanted[pair] = wanted.get(pair, 0) - kept["qty"]
	for (spare_part, warehouse), qty in sorted(wanted.items()):
		if qty > 0:
			reservations.reserve(order, spare_part, warehouse, qty)
	return reservations.of_order(order)


@frappe.whitelist(methods=["POST"])
def release_parts(order: str) -> None:
	"""Give back what is kept for an order.

	:raises frappe.PermissionError: the user may not change the order.
	"""
	frappe.get_doc(ORDER, order, for_update=True).check_permission("write")
	reservations.release(order)


@frappe.whitelist()
def kept_parts(order: str) -> list[dict]:
	"""Return what is kept for an order, see `reservations.of_order`.

	:raises frappe.PermissionError: the user may not read the order.
	"""
	check_permission(ORDER, "read", order)
	return reservations.of_order(order)


def technician_stock(technician: str) -> list[dict]:
	"""Return what a technician carries and may fit, for the phone page; the caller checks who asks. Three statements.

	:returns: by name of the part: `spare_part`, `part_name`, `qty`, `free`, `price`, `chargeable`, `stock_uom`, `warehouse`
		and `serials` (list).
	"""
	warehouse = warehouses.of_technician(technician)
	if not warehouse:
		return []
	balance, part = frappe.qb.DocType(BALANCE), frappe.qb.DocType("Spare Part")
	rows = (
		frappe.qb.from_(balance)
		.join(part)
		.on(part.name == balance.spare_part)
		.select(
			balance.spare_part,
			part.part_name,
			balance.qty,
			(balance.qty - balance.reserved_qty).as_("free"),
			part.price,
			part.chargeable,
			part.stock_uom,
			part.serial_tracked,
			balance.warehouse,
		)
		.where((balance.warehouse == warehouse) & (balance.qty > 0))
		.orderby(part.part_name)
		.run(as_dict=True)
	)
	pieces = serials.in_stock(warehouse, [row.spare_part for row in rows if row.serial_tracked])
	for row in rows:
		row.serials = pieces.get(row.spare_part, [])
	return rows


@frappe.whitelist()
def stock_of_part(spare_part: str) -> list[dict]:
	"""Return where a part is to be had, for the form and the order (S18.07).

	:returns: by warehouse: `warehouse`, `qty`, `reserved_qty` and `free`, of those that the user may see.
	:raises frappe.PermissionError: the user may not see stock.
	"""
	check_permission(BALANCE, "read")
	rows = frappe.get_list(
		BALANCE,
		filters={"spare_part": spare_part, "qty": [">", 0]},
		fields=["warehouse", "qty", "reserved_qty"],
		order_by="qty desc",
		limit_page_length=100,
	)
	for row in rows:
		row["free"] = float(plain(row.qty - row.reserved_qty))
	return rows
