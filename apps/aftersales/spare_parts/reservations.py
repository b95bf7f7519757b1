"""Parts that are kept for a service order (S18.09): nobody else can take them out of the warehouse.

A reservation changes under the lock of its balance only, see aftersales.spare_parts.ledger.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import now
from pypika.terms import Values

from aftersales.spare_parts import ledger
from aftersales.spare_parts.ledger import QUANTITY, Movement, StockError, number

RESERVATION = "Part Reservation"


def reserve(order: str, spare_part: str, warehouse: str, qty: float) -> str:
	"""Keep a quantity for an order, beside what is kept for it already.

	:param order: Service Order; the caller has checked that the user may change it.
	:param qty: more than 0.
	:returns: name of the reservation.
	:raises NotEnoughStockError: so much is not free.
	:raises StockError: the quantity is 0 or less.
	"""
	wanted = number(qty, QUANTITY)
	if wanted <= 0:
		frappe.throw(_("Enter a quantity above 0 for {0}.").format(frappe.bold(spare_part)), StockError)
	balance = ledger.lock([(spare_part, warehouse)], moving=False)[spare_part, warehouse]
	if balance.free < wanted:
		ledger.refuse(balance, wanted)
	balance.reserved += wanted
	ledger.write_balances([balance])
	return _add(order, spare_part, warehouse, wanted)


def key_of(order: str, spare_part: str, warehouse: str) -> str:
	"""Return the name of a reservation: always the same, so that there is one only."""
	return hashlib.sha1(f"{order}\n{spare_part}\n{warehouse}".casefold().encode()).hexdigest()


def _add(order: str, spare_part: str, warehouse: str, qty: Decimal) -> str:
	"""Add to the reservation of this order, part and warehouse, which there is once."""
	name = key_of(order, spare_part, warehouse)
	table = frappe.qb.DocType(RESERVATION)
	stamp, user = now(), frappe.session.user
	values = {
		"name": name,
		"service_order": order,
		"spare_part": spare_part,
		"warehouse": warehouse,
		"qty": qty,
		"status": "Reserved",
		"reserved_by": user,
		"owner": user,
		"modified_by": user,
		"creation": stamp,
		"modified": stamp,
	}
	insert = frappe.qb.into(table).columns(*values).insert(*values.values())
	insert = insert.on_duplicate_key_update(table.qty, table.qty + Values(table.qty))
	for field in ("status", "modified", "modified_by"):
		insert = insert.on_duplicate_key_update(table[field], Values(table[field]))
	insert.run()
	return name


def use(order: str, movements: Iterable[Movement]) -> None:
	"""Free what is kept for an order as far as these movements take it; they have to follow in the same transaction."""
	wanted: dict[ledger.Pair, Decimal] = {}
	for movement in movements:
		pair = (movement.spare_part, movement.source)
		wanted[pair] = wanted.get(pair, Decimal(0)) + movement.qty
	balances = ledger.lock(pair for movement in movements for pair in movement.pairs)
	for row in _kept(order):
		balance = balances.get((row.spare_part, row.warehouse))
		if not balance:
			continue
		left = number(row.qty, QUANTITY) - number(row.used_qty, QUANTITY)
		taken = min(left, wanted.get((row.spare_part, row.warehouse), Decimal(0)))
		balance.reserved -= taken
		used = number(row.used_qty, QUANTITY) + taken
		_set(row.name, {"used_qty": used, "status": "Used" if taken == left else "Reserved"})
	ledger.write_balances(balances.values())


def restore(order: str, returned: dict[ledger.Pair, float]) -> None:
	"""Keep again for an order what it used of its reservations, as far as it was put back in this transaction.

	:param returned: part and warehouse -> quantity that was put back.
	"""
	if not returned:
		return
	balances = ledger.lock(returned, moving=False)
	for row in _of_order(order, used=True):
		pair = (row.spare_part, row.warehouse)
		if pair not in returned:
			continue
		used = number(row.used_qty, QUANTITY)
		back = max(min(used, number(returned[pair], QUANTITY), balances[pair].free), Decimal(0))
		if back:
			balances[pair].reserved += back
			_set(row.name, {"used_qty": used - back, "status": "Reserved"})
	ledger.write_balances(balances.values())


def release(order: str) -> None:
	"""Give back what is kept for an order and was not used."""
	pairs = [(row.spare_part, row.warehouse) for row in _kept(order)]
	if not pairs:
		return
	balances = ledger.lock(pairs, moving=False)
	for row in _kept(order):
		balance = balances.get((row.spare_part, row.warehouse))
		if balance:
			balance.reserved -= number(row.qty, QUANTITY) - number(row.used_qty, QUANTITY)
			_set(row.name, {"qty": row.used_qty, "status": "Released"})
	ledger.write_balances(balances.values())


def _kept(order: str) -> list[dict]:
	"""Return the open reservations of an order as they are now, locked."""
	return _of_order(order)


def _of_order(order: str, used: bool = False) -> list[dict]:
	table = frappe.qb.DocType(RESERVATION)
	wanted = table.used_qty > 0 if used else table.status == "Reserved"
	return (
		frappe.qb.from_(table)
		.select(table.name, table.spare_part, table.warehouse, table.qty, table.used_qty)
		.where((table.service_order == order) & wanted)
		.for_update()
		.run(as_dict=True)
	)


def _set(name: str, values: dict) -> None:
	frappe.db.set_value(RESERVATION, name, values)


def of_order(order: str) -> list[dict]:
	"""Return what is kept for an order: `spare_part`, `warehouse` and `qty` still kept; needs no lock."""
	rows = frappe.get_all(
		RESERVATION,
		filters={"service_order": order, "status": "Reserved"},
		fields=["spare_part", "warehouse", "qty", "used_qty"],
		limit_page_length=0,
	)
	return [
		{"spare_part": row.spare_part, "warehouse": row.warehouse, "qty": row.qty - row.used_qty}
		for row in rows
	]
