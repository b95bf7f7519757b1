"""Single lines of a sale come back: what is owed then, what is refunded, and where the devices go (S7.16).

Lines stay as they were sold, with what came back beside them; totals of a sale are without it. Money goes back by reversals of
collections, as when a sale is taken back as a whole.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from aftersales.field_service.devices import find, serial_key
from aftersales.service_network import sales
from aftersales.service_network.sales import DEVICE, SALE, ReturnError
from aftersales.utils.access import check_permission
from aftersales.utils.money import rounded, total

DIGITS = 6


@frappe.whitelist(methods=["GET", "POST"])
def what_returns(sale: str, items: str | list) -> dict:
	"""Return what a return of lines would change, to be shown before it is done; nothing is written.

	:param sale: submitted Sale Record.
	:param items: see `return_items`.
	:returns: `amount` that comes off the total, `refund` of what was collected, `outstanding` after that.
	:raises frappe.PermissionError: the user may not cancel the sale.
	:raises ReturnError: the lines cannot come back.
	"""
	doc = frappe.get_doc(SALE, sale)
	check_permission(SALE, "cancel", doc)
	sales.check_return(doc)
	return _figures(doc, parts_of(doc, items))


@frappe.whitelist(methods=["POST"])
def return_items(sale: str, items: str | list, reason: str, returned_on: str | None = None) -> dict:
	"""Take single lines of a sale back: the total falls, what was collected above it is refunded, devices go to the store.

	When nothing is left the sale is taken back as a whole.

	:param sale: submitted Sale Record.
	:param items: rows with `item` (name of the line) and `serial_nos` (list, or one a line), or `qty` where the line has none.
	:param reason: why.
	:param returned_on: day; default: today.
	:returns: `amount` that came off the total, `refund` that was booked, `outstanding` that is left.
	:raises frappe.PermissionError: the user may not cancel the sale.
	:raises ReturnError: no reason, a wrong day, or more than is left of a line.
	"""
	check_permission(SALE, "cancel", sale)
	# What others wrote while this one waited counts, for the lines as well.
	doc = frappe.get_doc(SALE, sale, for_update=True)
	day = sales.check_return(doc, reason, returned_on)
	parts = parts_of(doc, items)
	figures = _figures(doc, parts)
	if _nothing_left(doc, parts):
		sales.take_back(sale, reason, returned_on)
		return figures
	for part in parts:
		_write(doc, part, day, reason.strip())
	doc.sum_up()
	doc.flags.items_returned = {part.row.name: part.amount for part in parts}
	doc.flags.ignore_validate_update_after_submit = True
	doc.save(ignore_permissions=True)
	_refund(sale, figures["refund"], day, reason.strip())
	_store(doc, parts)
	return figures


def parts_of(doc: Document, items: str | list) -> list[frappe._dict]:
	"""Return what comes back of which line.

	:param items: see `return_items`.
	:returns: `row`, `qty`, `serials` and `amount` of each.
	:raises ReturnError: there is nothing, no such line, one twice, or more than is left of it.
	"""
	rows = {row.name: row for row in doc.items}
	parts = []
	for asked in _read(items):
		row = rows.pop(str(asked.get("item")), None)
		if not row:
			_refuse(_("Choose lines of this sale, each once."))
		serials = _serials(doc, row, asked.get("serial_nos"))
		qty = len(serials) if serials else flt(asked.get("qty"), DIGITS)
		left = flt(flt(row.qty) - flt(row.returned_qty), DIGITS)
		# Also what is no number at all is not within the limits.
		if not 0 < qty <= left:
			_refuse(
				_(
					"Row {0}: {1} pieces can still be returned. Enter a quantity above zero, up to that."
				).format(row.idx, f"{left:g}")
			)
		parts.append(frappe._dict(row=row, qty=qty, serials=serials, amount=_amount(row, qty)))
	if not parts:
		_refuse(_("Choose what comes back."))
	return parts


def serials_left(doc: Document, row: Document) -> list[str]:
	"""Return the serial numbers of a line that were not returned."""
	back = {
		serial_key(serial)
		for one in doc.returns
		if one.sale_item == row.name
		for serial in sales.serials_of(one.serial_nos)
	}
	return [serial for serial in sales.serials_of(row.serial_nos) if serial_key(serial) not in back]


def _read(items: str | list) -> list[dict]:
	try:
		found = frappe.parse_json(items)
	except ValueError:
		found = None
	if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
		_refuse(_("Choose what comes back."))
	return found


def _serials(doc: Document, row: Document, given: str | list | None) -> list[str]:
	"""Return the numbers of the line that were chosen; of a line with numbers each piece is named."""
	if not row.serial_nos:
		return []
	lines = given if isinstance(given, list) else sales.serials_of(str(given or ""))
	wanted = {serial_key(str(serial)) for serial in lines}
	left = serials_left(doc, row)
	if not wanted or not wanted <= {serial_key(serial) for serial in left}:
		_refuse(
			_(
				"Row {0}: choose the serial numbers that come back, of those that were not returned yet."
			).format(row.idx)
		)
	return [serial for serial in left if serial_key(serial) in wanted]


def _amount(row: Document, qty: float) -> float:
	"""Return the part of a line's amount for some pieces; the parts of all pieces add up to it."""
	back = flt(flt(row.returned_qty) + qty, DIGITS)
	if back >= flt(row.qty, DIGITS):
		return total([row.amount, -flt(row.returned_amount)])
	return total([rounded(flt(row.amount) * back / flt(row.qty)), -flt(row.returned_amount)])


def _figures(doc: Document, parts: list[frappe._dict]) -> dict:
	amount = total(part.amount for part in parts)
	left = 0 if _nothing_left(doc, parts) else total([doc.total, -amount])
	refund = max(0, total([doc.received, -left]))
	return {"amount": amount, "refund": refund, "outstanding": total([left, -flt(doc.received), refund])}


def _nothing_left(doc: Document, parts: list[frappe._dict]) -> bool:
	back = {part.row.name: part.qty for part in parts}
	return all(
		flt(flt(row.returned_qty) + back.get(row.name, 0), DIGITS) >= flt(row.qty, DIGITS)
		for row in doc.items
	)


def _write(doc: Document, part: frappe._dict, day, reason: str) -> None:
	row = part.row
	row.returned_qty = flt(flt(row.returned_qty) + part.qty, DIGITS)
	row.returned_amount = total([row.returned_amount, part.amount])
	doc.append(
		"returns",
		{
			"sale_item": row.name,
			"product_name": row.product_name,
			"qty": part.qty,
			"amount": part.amount,
			"serial_nos": "\n".join(part.serials) or None,
			"returned_on": day,
			"reason": reason,
		},
	)


def _refund(sale: str, amount: float, day, reason: str) -> None:
	"""Give money back: the latest collections are reversed, the last of them for a part."""
	for entry in reversed(sales.open_collections(sale)):
		if rounded(amount) <= 0:
			return
		part = min(rounded(amount), entry.left)
		sales.reverse_collection(entry, day, reason, part)
		amount = total([amount, -part])


def _store(doc: Document, parts: list[frappe._dict]) -> None:
	"""Bring the devices that came back to the store; one that belongs to another sale by now stays where it is."""
	names = [find(part.row.product, serial) for part in parts for serial in part.serials]
	filters = {"name": ("in", [name or "" for name in names] or [""]), "sale_record": doc.name}
	back = frappe.get_all(DEVICE, filters, pluck="name", order_by="name asc")
	sales.store(back, _("Items of the sale {0} were returned.").format(doc.name))


def _refuse(message: str) -> None:
	frappe.throw(message, ReturnError, title=_("Return Items"))
