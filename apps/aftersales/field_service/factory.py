"""Goods that go to the factory and come back (S12.09): what a Factory Return does to the receipts of its units."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, today

from aftersales.field_service import devices, goods
from aftersales.utils.access import check_permission

DOCTYPE = "Factory Return"
RECEIPT = goods.DOCTYPE
OPEN = ("Writing", "Applied", "Sent")
# What a line takes over from the receipt.
FROM_RECEIPT = {
	"product": "product",
	"product_name": "product_name",
	"serial_no": "serial_no",
	"fault": "fault",
	"warranty_state": "warranty_state",
	"service_order": "service_order",
	"device": "device",
}


class FactoryLineError(frappe.ValidationError):
	"""A unit cannot be on this list."""


class FactoryStepError(frappe.ValidationError):
	"""Something is missing for the step."""


def fill_line(row: Document) -> None:
	"""Copy what the receipt knows of the unit; accessories that came along are proposed once."""
	receipt = frappe.get_doc(RECEIPT, row.goods_receipt)
	for field, source in FROM_RECEIPT.items():
		row.set(field, receipt.get(source))
	if not row.accessories:
		brought = [accessory.accessory for accessory in receipt.accessories if accessory.brought]
		row.accessories = receipt.accessory_list or " / ".join(brought) or None


def check_lines(doc: Document, before: Document | None) -> None:
	"""Refuse units that are listed twice, elsewhere, not here any more, or another outlet's.

	:raises FactoryLineError: with the line.
	"""
	known = {row.goods_receipt for row in before.lines} if before else set()
	# A list that begins anew takes its units again: they may be elsewhere by now.
	again = bool(before) and before.stage == "Ended" and doc.status != before.status
	seen = set()
	for row in doc.lines:
		if row.goods_receipt in seen:
			refuse_line(row, _("it is on the list twice"))
		seen.add(row.goods_receipt)
		if again or row.goods_receipt not in known:
			check_new_line(doc, row)
	if before and before.stage not in (None, "", "Writing") and seen != known:
		frappe.throw(
			_("The list cannot get longer or shorter after the application. Reject it, or make another one."),
			FactoryLineError,
		)


def check_new_line(doc: Document, row: Document) -> None:
	"""Refuse a unit that cannot go; its receipt is locked, so that two lists cannot take it at once."""
	receipt = frappe.db.get_value(
		RECEIPT, row.goods_receipt, ["stage", "outlet", "factory_return"], as_dict=True, for_update=True
	)
	if not receipt:
		return  # Frappe says that the link is broken
	check_permission(RECEIPT, "read", row.goods_receipt)
	if receipt.stage != "Here":
		refuse_line(row, _("it is not here any more"))
	other = receipt.factory_return
	if other and other != doc.name and is_open(other):
		refuse_line(row, _("it is on the list {0}").format(other))
	if (receipt.outlet or None) != (doc.outlet or None):
		refuse_line(row, _("it belongs to another outlet"))


def is_open(name: str) -> bool:
	"""Return whether a list may still hold its units; as stored now, by whomever (a locking read)."""
	return frappe.db.get_value(DOCTYPE, name, "stage", for_update=True) in OPEN


def refuse_line(row: Document, reason: str) -> None:
	"""Raise FactoryLineError with the line and why."""
	frappe.throw(
		_("Row {0}: {1} cannot be sent, since {2}.").format(
			row.idx, frappe.bold(row.goods_receipt), frappe.utils.escape_html(reason)
		),
		FactoryLineError,
		title=_("Factory Return"),
	)


def take_step(doc: Document, before: Document | None) -> None:
	"""Check what a change of stage needs; the effects on receipts follow in `follow_step`.

	:raises FactoryStepError: a reason or an outcome is missing.
	"""
	left = (before and before.stage) or "Writing"
	if doc.stage == left:
		return
	if doc.stage == "Ended" and left == "Applied" and not (doc.decision_note or "").strip():
		missing(_(doc.meta.get_label("decision_note")))
	if doc.stage == "Sent":
		doc.sent_on = doc.sent_on or today()
		if getdate(doc.sent_on) > getdate():
			frappe.throw(
				_("{0} lies in the future. Correct it.").format(frappe.bold(_("Sent On"))), FactoryStepError
			)
	if doc.stage == "Back":
		if waiting := [str(row.idx) for row in doc.lines if not row.outcome]:
			missing(_("Outcome of row {0}").format(", ".join(waiting)))
		doc.back_on = today()


def missing(what: str) -> None:
	"""Raise FactoryStepError with what to fill in."""
	frappe.throw(
		_("Fill in {0} first.").format(frappe.bold(what)), FactoryStepError, title=_("Something Is Missing")
	)


def check_outcomes(doc: Document, before: Document | None) -> None:
	"""Refuse outcomes of what is not at the factory, changed ones of what is back, and an exchange without its number.

	:raises FactoryLineError: with the line.
	"""
	stored = {row.goods_receipt: row for row in before.lines} if before else {}
	sent = bool(before) and before.stage == "Sent"
	for row in doc.lines:
		old = stored.get(row.goods_receipt)
		if old and old.outcome and (old.outcome, old.new_serial_no) != (row.outcome, row.new_serial_no):
			refuse_outcome(row, _("It is back: its outcome stays."))
		if not row.outcome:
			row.back_on = None
			continue
		if not (sent or (old and old.outcome)):
			refuse_outcome(row, _("It has not been sent yet."))
		if row.outcome == "Exchanged" and not (row.new_serial_no or "").strip():
			refuse_outcome(row, _("Enter the serial number of the new unit."))
		row.back_on = row.back_on or today()


def refuse_outcome(row: Document, reason: str) -> None:
	"""Raise FactoryLineError with the line and why."""
	frappe.throw(
		_("Row {0}, {1}: {2}").format(row.idx, frappe.bold(row.goods_receipt), reason), FactoryLineError
	)


def set_totals(doc: Document) -> None:
	"""Number of units and the factory's fees."""
	doc.goods_count = len(doc.lines)
	doc.total_fee = sum(flt(row.factory_fee) for row in doc.lines)


def follow_step(doc: Document, before: Document | None) -> None:
	"""Bring the receipts to where their units are: on the list, at the factory, ready again."""
	listed = [row.goods_receipt for row in doc.lines]
	if before:
		free([row.goods_receipt for row in before.lines if row.goods_receipt not in listed], doc)
	if doc.stage == "Ended":
		free(listed, doc)
		return
	frappe.db.set_value(
		RECEIPT,
		{"name": ("in", listed)},
		{"factory_return": doc.name, "route": "Factory"},
		update_modified=False,
	)
	left = (before and before.stage) or "Writing"
	if doc.stage == "Sent" and left != "Sent":
		goods.move(listed, "Factory", doc)
	come_back(doc, before)


def free(receipts: list[str], doc: Document) -> None:
	"""Take units off the list: they may go on another one, or be repaired here."""
	if receipts:
		frappe.db.set_value(
			RECEIPT,
			{"name": ("in", receipts), "factory_return": doc.name},
			{"factory_return": None, "route": "Local"},
			update_modified=False,
		)


def come_back(doc: Document, before: Document | None) -> None:
	"""Units that are back are ready for their owners; those that the factory exchanged are other units now."""
	stored = {row.goods_receipt: row.outcome for row in before.lines} if before else {}
	for row in doc.lines:
		if row.outcome and not stored.get(row.goods_receipt):
			values = {"result": result_of(row)}
			if row.outcome == "Exchanged":
				values |= exchange_unit(row, doc)
			goods.move([row.goods_receipt], "Ready", doc, **values)


def result_of(row: Document) -> str:
	"""Return the outcome in words for the receipt."""
	return " · ".join(filter(None, (_(row.outcome), row.new_serial_no, row.remarks)))


def exchange_unit(row: Document, doc: Document) -> dict:
	"""Link the unit that the factory kept with the one that it sent.

	:returns: fields of the receipt: it is the new unit that is handed over.
	"""
	values = {"serial_no": row.new_serial_no, "serial_key": devices.serial_key(row.new_serial_no)}
	if row.product and row.serial_no:
		customer = frappe.db.get_value(RECEIPT, row.goods_receipt, "customer")
		old = row.device or devices.register(row.product, row.serial_no, customer)
		new = devices.register(row.product, row.new_serial_no, customer)
		devices.replace(old, new, getdate(row.back_on), doc)
		values["device"] = new
	return values
