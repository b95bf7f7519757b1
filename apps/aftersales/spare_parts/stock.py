"""What a Part Stock Entry does to the stock (S7.28-S7.30), and how other code makes one."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.spare_parts import ledger, reservations, serials, warehouses
from aftersales.spare_parts.ledger import MONEY, QUANTITY, Movement, StockError, Voucher, number
from aftersales.utils import audit_lock

ENTRY = "Part Stock Entry"
# Purpose -> which warehouses it needs.
SOURCE, TARGET = "source_warehouse", "target_warehouse"
NEEDS = {
	"Receipt": (TARGET,),
	"Issue": (SOURCE, TARGET),
	"Transfer": (SOURCE, TARGET),
	"Return": (SOURCE, TARGET),
	"Consumption": (SOURCE,),
	"Scrap": (SOURCE,),
}


class WarehouseMissingError(StockError):
	"""The slip does not say where the parts come from or go to."""


def make_entry(
	purpose: str,
	items: Iterable[dict],
	source: str | None = None,
	target: str | None = None,
	reference: tuple[str, str] | Document | None = None,
	submit: bool = True,
	**fields,
) -> str:
	"""Make a slip with the rights of the app; the caller has checked what the user may do.

	:param purpose: Receipt, Issue, Transfer, Return, Consumption or Scrap.
	:param items: dicts with `spare_part` and `qty`, and `rate`, `serial_nos`, `source_warehouse`, `remark` as needed.
	:param source: warehouse that the parts leave.
	:param target: warehouse that they reach.
	:param reference: document on whose behalf, or its DocType and name.
	:param submit: move the parts now; otherwise a draft is left for the keeper.
	:param fields: further fields of the slip, such as `technician`, `scrap_type`, `via_transit`.
	:returns: the slip's number.
	:raises StockError: what stands against it; the caller's transaction has to be rolled back then.
	"""
	if isinstance(reference, Document):
		reference = (reference.doctype, reference.name)
	doctype, name = reference or (None, None)
	entry = frappe.get_doc(
		{
			"doctype": ENTRY,
			"purpose": purpose,
			SOURCE: source,
			TARGET: target,
			"reference_doctype": doctype,
			"reference_name": name,
			"items": [dict(item) for item in items],
			**fields,
		}
	)
	entry.flags.ignore_permissions = True
	entry.insert()
	if submit:
		entry.submit()
	return entry.name


def set_warehouses(entry: Document) -> None:
	"""Clear the warehouses that the purpose has no use for and take a technician's own where none is given.

	:raises WarehouseMissingError: one is missing, or both are the same.
	"""
	needs = NEEDS[entry.purpose]
	for field in (SOURCE, TARGET):
		if field not in needs:
			entry.set(field, None)
	own_side = {"Issue": TARGET, "Return": SOURCE, "Consumption": SOURCE}.get(entry.purpose)
	if entry.technician and own_side and not entry.get(own_side):
		entry.set(own_side, warehouses.of_technician(entry.technician, make=True))
	if entry.purpose != "Transfer":
		entry.via_transit = 0
	entry.transit_warehouse = warehouses.in_transit(entry.target_warehouse) if in_two_steps(entry) else None
	check_warehouses(entry, needs)


def in_two_steps(entry: Document) -> bool:
	"""Whether somebody signs for the parts on their arrival (S13.13)."""
	return bool(entry.purpose == "Transfer" and entry.via_transit and entry.target_warehouse)


def check_warehouses(entry: Document, needs: tuple[str, ...]) -> None:
	"""Refuse a slip that does not say where parts come from or go to.

	Parts that are issued on behalf of a document, for example a dealer's order, may leave altogether.

	:raises WarehouseMissingError: with what to do.
	"""
	if SOURCE in needs and not all(row.source_warehouse or entry.source_warehouse for row in entry.items):
		frappe.throw(_("Choose the warehouse that the parts come from."), WarehouseMissingError)
	leaves = entry.purpose == "Issue" and entry.reference_name
	if TARGET in needs and not entry.target_warehouse and not leaves:
		message = (
			_("Choose the technician or the warehouse that gets the parts.")
			if entry.purpose == "Issue"
			else _("Choose the warehouse that the parts go to.")
		)
		frappe.throw(message, WarehouseMissingError)
	if entry.target_warehouse and any(
		(row.source_warehouse or entry.source_warehouse) == entry.target_warehouse for row in entry.items
	):
		frappe.throw(_("Choose two different warehouses."), WarehouseMissingError)


def voucher_of(entry: Document, **changes) -> Voucher:
	"""Return a slip as the ledger names it."""
	order = entry.reference_name if entry.reference_doctype == "Service Order" else None
	values = {
		"doctype": ENTRY,
		"name": entry.name,
		"purpose": entry.purpose,
		"posting_date": entry.posting_date,
		"posting_time": entry.posting_time,
		"technician": entry.technician,
		"service_order": order,
		"scrap_type": entry.scrap_type,
	}
	return Voucher(**{**values, **changes})


def post(entry: Document) -> None:
	"""Move the parts of a slip and write what they cost into its rows.

	:raises StockError: what stands against it.
	"""
	movements = [movement_of(entry, row) for row in entry.items]
	voucher = voucher_of(entry)
	if entry.purpose == "Consumption" and voucher.service_order:
		reservations.use(voucher.service_order, movements)
	values = ledger.post(voucher, movements)
	for row, movement in zip(entry.items, movements, strict=True):
		set_cost(row, values[movement.key])
	totals(entry)
	entry.db_set(
		{"total_amount": entry.total_amount, "transit_state": "In Transit" if in_two_steps(entry) else None},
		update_modified=False,
	)


def movement_of(entry: Document, row: Document) -> Movement:
	"""Return what a row of a slip moves."""
	source = None if entry.purpose == "Receipt" else row.source_warehouse or entry.source_warehouse
	return Movement(
		spare_part=row.spare_part,
		qty=number(row.qty, QUANTITY),
		source=source,
		target=entry.transit_warehouse or entry.target_warehouse,
		rate=Decimal(str(row.rate or 0)),
		serial_nos=tuple(serials.split(row.serial_nos)),
		row=row.name,
	)


def set_cost(row: Document, value: Decimal) -> None:
	"""Write the value that was moved into a row."""
	if number(row.amount, MONEY) == value and row.rate:
		return
	row.amount = value
	row.rate = value / number(row.qty, QUANTITY)
	frappe.db.set_value(
		row.doctype, row.name, {"amount": row.amount, "rate": row.rate}, update_modified=False
	)


def totals(entry: Document) -> None:
	"""Add the rows up."""
	entry.total_qty = sum((number(row.qty, QUANTITY) for row in entry.items), Decimal(0))
	entry.total_amount = sum((number(row.amount, MONEY) for row in entry.items), Decimal(0))


def take_back(entry: Document) -> None:
	"""Undo a slip that is being cancelled, whatever of it has arrived by now.

	:raises StockError: the parts have gone on since.
	:raises AuditLockError: the order that used the parts is audited.
	"""
	voucher = voucher_of(entry)
	if voucher.service_order:
		audit_lock.check_stored("Service Order", voucher.service_order)
	ledger.reverse(voucher)
	if voucher.service_order:
		rows = frappe.qb.DocType("Service Order Part")
		taken = (rows.parent == voucher.service_order) & (rows.stock_entry == entry.name)
		frappe.qb.update(rows).set(rows.stock_entry, None).where(taken).run()
