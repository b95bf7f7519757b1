"""Transfers that are signed for on arrival (S13.13): parts in transit belong to neither side until then."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime, nowdate, nowtime

from aftersales.spare_parts import ledger, scope, serials, statements, stock
from aftersales.spare_parts.ledger import QUANTITY, Movement, StockError, number
from aftersales.utils.access import check_permission

OPEN = ("In Transit", "Partly Received")
RETURN, WRITE_OFF = "Return to Source", "Write Off"


class NotInTransitError(StockError):
	"""Nothing of the transfer is in transit any more."""


class SignOffError(StockError):
	"""The quantities cannot be signed for."""


@frappe.whitelist(methods=["POST"])
def sign_off(
	entry: str,
	quantities: dict | str | None = None,
	serial_nos: dict | str | None = None,
	note: str | None = None,
) -> str:
	"""Sign for parts that arrived; what is missing stays in transit.

	:param entry: number of the transfer.
	:param quantities: name of a row -> quantity that arrived; default: everything that is in transit.
	:param serial_nos: name of a row -> serial numbers that arrived, where not all did.
	:param note: what was wrong with the delivery.
	:returns: the new state, "Partly Received" or "Received".
	:raises frappe.PermissionError: the target is not the user's, or the user may not submit slips.
	:raises NotInTransitError: somebody else has signed meanwhile.
	:raises MonthConfirmedError: the outlet has confirmed the statement of the running month.
	:raises SignOffError: more than is in transit, or nothing.
	"""
	doc, rows = open_transfer(entry)
	scope.check(doc.target_warehouse)
	arrived = _arrived(rows, None if quantities is None else frappe.parse_json(quantities))
	given = frappe.parse_json(serial_nos) if serial_nos else {}
	movements = [
		_onwards(doc, row, qty, doc.target_warehouse, given.get(row.name))
		for row, qty in zip(rows, arrived, strict=True)
		if qty
	]
	ledger.post(arriving(doc, [doc.target_warehouse]), movements)
	for row, qty in zip(rows, arrived, strict=True):
		row.received_qty = number(row.received_qty, QUANTITY) + qty
		frappe.db.set_value(row.doctype, row.name, "received_qty", row.received_qty, update_modified=False)
	state = "Partly Received" if any(_left(row) for row in rows) else "Received"
	_close(doc, state, note)
	return state


@frappe.whitelist(methods=["POST"])
def settle_difference(entry: str, way: str, note: str, scrap_type: str | None = None) -> None:
	"""End a transfer of which something never arrived: it goes back to the source, or is written off.

	:param entry: number of the transfer.
	:param way: "Return to Source" or "Write Off".
	:param note: why; required.
	:param scrap_type: for writing off.
	:raises frappe.PermissionError: the source is not the user's, or the user may not submit slips.
	:raises NotInTransitError: nothing is in transit any more.
	:raises SignOffError: way or note is missing.
	"""
	doc, rows = open_transfer(entry)
	scope.check(doc.source_warehouse)
	if way not in (RETURN, WRITE_OFF) or not (note or "").strip():
		frappe.throw(_("Say whether the parts come back or are written off, and why."), SignOffError)
	source = doc.source_warehouse if way == RETURN else None
	movements = [
		_onwards(doc, row, _left(row), (row.source_warehouse or source) if source else None, None)
		for row in rows
		if _left(row)
	]
	purpose = doc.purpose if source else "Scrap"
	places = [movement.target for movement in movements if movement.target]
	ledger.post(arriving(doc, places, purpose=purpose, scrap_type=scrap_type), movements)
	_close(doc, "Settled", note)


def arriving(doc: Document, places: list[str], **changes) -> ledger.Voucher:
	"""Return the transfer as the ledger names it when parts arrive: of today, whenever they were sent.

	:param places: warehouses that get parts.
	:raises MonthConfirmedError: see `statements.check_confirmed`.
	"""
	statements.check_confirmed(places, nowdate())
	return stock.voucher_of(doc, posting_date=nowdate(), posting_time=nowtime(), **changes)


def open_transfer(entry: str) -> tuple[Document, list]:
	"""Lock a transfer and return it with its rows as they are now, whoever signed a moment ago.

	:raises frappe.PermissionError: the user may not see it, or may not submit slips.
	:raises NotInTransitError: nothing of it is in transit.
	"""
	check_permission(stock.ENTRY, "submit")
	doc = frappe.get_doc(stock.ENTRY, entry, for_update=True)
	doc.check_permission("read")
	if doc.docstatus != 1 or doc.transit_state not in OPEN or not doc.transit_warehouse:
		frappe.throw(
			_("Nothing of {0} is in transit.").format(frappe.bold(doc.name)),
			NotInTransitError,
			title=_("Not in Transit"),
		)
	table = frappe.qb.DocType("Part Stock Entry Item")
	rows = (
		frappe.qb.from_(table).select("*").where(table.parent == doc.name).orderby(table.idx).for_update()
	).run(as_dict=True)
	for row in rows:
		row.doctype = "Part Stock Entry Item"
	return doc, rows


def _left(row: dict) -> Decimal:
	return number(row.qty, QUANTITY) - number(row.received_qty, QUANTITY)


def _arrived(rows: list[dict], quantities: dict | None) -> list[Decimal]:
	"""Return what arrived of each row.

	:raises SignOffError: more than is in transit, less than 0, a row of another transfer, or nothing at all.
	"""
	if quantities is None:
		return [_left(row) for row in rows]
	unknown = set(quantities) - {row.name for row in rows}
	arrived = [number(quantities.get(row.name), QUANTITY) for row in rows]
	for row, qty in zip(rows, arrived, strict=True):
		if not 0 <= qty <= _left(row):
			frappe.throw(
				_("Of {0} only {1} are in transit. Enter a quantity from 0 to {1}.").format(
					frappe.bold(row.spare_part), ledger.plain(_left(row))
				),
				SignOffError,
			)
	if unknown or not any(arrived):
		frappe.throw(_("Enter what arrived."), SignOffError)
	return arrived


def _onwards(doc: Document, row: dict, qty: Decimal, target: str | None, given: str | None) -> Movement:
	return Movement(
		spare_part=row.spare_part,
		qty=qty,
		source=doc.transit_warehouse,
		target=target,
		serial_nos=tuple(_serials(doc, row, qty, given)),
		row=row.name,
	)


def _serials(doc: Document, row: dict, qty: Decimal, given: str | None) -> list[str]:
	"""Return the serial numbers that arrived: those that are named, or all of the row that are still in transit."""
	sent = serials.split(row.serial_nos)
	if not sent:
		return []
	known = {serial_no.casefold() for serial_no in sent}
	if given:
		named = serials.split(given)
		if not {serial_no.casefold() for serial_no in named} <= known:
			frappe.throw(_("Name serial numbers of the slip only: {0}").format(", ".join(sent)), SignOffError)
		return named
	there = serials.in_stock(doc.transit_warehouse, [row.spare_part]).get(row.spare_part, [])
	still = [serial_no for serial_no in there if serial_no.casefold() in known]
	if len(still) != qty:
		frappe.throw(
			_("Say which serial numbers of {0} arrived.").format(frappe.bold(row.spare_part)), SignOffError
		)
	return still


def _close(doc: Document, state: str, note: str | None) -> None:
	values = {"transit_state": state, "signed_by": frappe.session.user, "signed_at": now_datetime()}
	if (note or "").strip():
		values["difference_note"] = "\n".join(filter(None, [doc.difference_note, note.strip()]))
	doc.db_set(values, notify=True)
	doc.add_comment("Info", _("Transit: {0}").format(_(state)))
