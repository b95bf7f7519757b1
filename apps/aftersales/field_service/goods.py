"""Goods of customers in our hands: from the counter or a visit, through repair or factory, to the pick-up (S6.36, S12.02-S12.11).

Rules of Customer Goods Receipt that reach beyond the document; M14.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money, now_datetime

from aftersales.field_service import amounts, devices
from aftersales.field_service.steps import first_state_of
from aftersales.service_network import receivables

DOCTYPE = "Customer Goods Receipt"
IN_OUR_HANDS = ("Here", "Factory", "Ready")
# Kinds of service orders that repair what is in our hands.
REPAIRED_HERE = ("Counter Repair", "Workshop")
# What only the hand-over writes.
PICK_UP = (
	"picked_up_on",
	"picked_up_by",
	"handed_over_by",
	"receipt_given_back",
	"identity_note",
	"hand_over_note",
	"amount_collected",
	"amount_note",
)


class PickUpError(frappe.ValidationError):
	"""The goods cannot be handed over like this."""


class AmountDiffersError(frappe.ValidationError):
	"""The amount collected is not the amount due, and nothing says why."""


class GoodsHereError(frappe.ValidationError):
	"""The unit is in our hands already."""


def split_accessories(text: str | None) -> list[str]:
	"""Return the accessories of a list that is separated by "/" (S12.05), without empty and repeated ones.

	A full-width "／" of a Chinese keyboard separates too.
	"""
	parts = [" ".join(part.split()) for part in (text or "").replace("／", "/").split("/")]
	return list(dict.fromkeys(part for part in parts if part))


def open_receipt(product: str | None, serial_no: str | None, besides: str | None = None) -> str | None:
	"""Return the receipt of a unit that is in our hands, whichever the outlet.

	:param product: Product; without one the serial number alone counts.
	:param serial_no: as typed.
	:param besides: a receipt that does not count.
	"""
	key = devices.serial_key(serial_no)
	if not key:
		return None
	filters = {"serial_key": key, "stage": ("in", IN_OUR_HANDS), "accessory_only": 0}
	if product:
		filters["product"] = product
	if besides:
		filters["name"] = ("!=", besides)
	return frappe.db.get_value(DOCTYPE, filters)


def refuse_second(doc: Document) -> None:
	"""Refuse a receipt for a unit that we have already; its accessories may come later.

	:raises GoodsHereError: with the receipt.
	"""
	if doc.accessory_only or doc.stage not in ("Here", None, ""):
		return
	if other := open_receipt(doc.product, doc.serial_no, doc.name):
		frappe.throw(
			_("The unit {0} is in our hands already: receipt {1}.").format(
				frappe.bold(frappe.utils.escape_html(doc.serial_no)), frappe.bold(other)
			),
			GoodsHereError,
			title=_("Already Here"),
		)


def take_step(doc: Document, before: Document | None) -> None:
	"""Stamp what a change of stage means, and check what the hand-over needs (S12.11).

	:param doc: receipt with the stage of its new state.
	:param before: as stored; None for a new one.
	"""
	left = before.stage if before else None
	if doc.stage == left or not before:
		return
	if doc.stage == "Ready":
		doc.ready_on = now_datetime()
		doc.amount_due = amount_due(doc)
	if doc.stage == "Gone":
		hand_over(doc)
	elif left == "Gone":
		for field in PICK_UP:
			doc.set(field, None)


def keep_pick_up(doc: Document, before: Document | None) -> None:
	"""Put back what only the hand-over writes, unless this is the hand-over."""
	if doc.stage == "Gone" and before and before.stage != "Gone":
		return
	for field in PICK_UP:
		doc.set(field, before.get(field) if before else None)


def amount_due(doc: Document, now: bool = False) -> float:
	"""Return what the customer still pays for the service order: what is outstanding of it; or what was entered.

	Orders that were completed before there were receivables: less what was collected with other goods of them.

	:param now: read what others have just written, and keep them from handing over other goods of the order meanwhile.
	"""
	if not doc.service_order:
		return flt(doc.amount_due)
	if now:
		frappe.db.get_value("Service Order", doc.service_order, "name", for_update=True)
	outstanding = receivables.outstanding_of(doc.service_order, now)
	if outstanding is not None:
		return flt(outstanding)
	order = frappe.db.get_value(
		"Service Order", doc.service_order, ["amount_due", "customer_pays"], as_dict=True
	)
	if not order:
		return 0.0
	receipt = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(receipt)
		.select(receipt.amount_collected)
		.where((receipt.service_order == doc.service_order) & (receipt.stage == "Gone"))
		.where(receipt.name != (doc.name or ""))
	)
	collected = (query.for_update() if now else query).run(pluck=True)
	return max(0.0, flt(order.amount_due or order.customer_pays) - sum(flt(amount) for amount in collected))


def hand_over(doc: Document) -> None:
	"""Check and stamp the pick-up.

	:raises PickUpError: neither the receipt came back nor was an identity checked, or nobody is named.
	:raises AmountDiffersError: the money is not what is due and no reason is given.
	"""
	doc.picked_up_by = (doc.picked_up_by or "").strip() or doc.customer_name
	if not doc.receipt_given_back and not (doc.identity_note or "").strip():
		frappe.throw(
			_("Let the customer give the receipt back, or write down in {0} what was shown instead.").format(
				frappe.bold(_("Identity Checked"))
			),
			PickUpError,
			title=_("Whose Goods?"),
		)
	doc.amount_due = amount_due(doc, now=True)
	precision = doc.precision("amount_due")
	if flt(doc.amount_collected, precision) != flt(doc.amount_due, precision) and not doc.amount_note:
		frappe.throw(
			_("{0} is due, {1} was entered. Correct it, or say why it differs.").format(
				frappe.bold(fmt_money(doc.amount_due, precision)),
				frappe.bold(fmt_money(flt(doc.amount_collected), precision)),
			),
			AmountDiffersError,
			title=_("Amount"),
		)
	doc.picked_up_on, doc.handed_over_by = now_datetime(), frappe.session.user


def read_amounts(doc: Document, *fields: str) -> None:
	"""Turn amounts that came as text into numbers, written as they must be (A07).

	:raises AmountFormatError: one is not.
	"""
	for field in fields:
		if isinstance(doc.get(field), str):
			doc.set(field, amounts.read_amount(doc.get(field), _(doc.meta.get_label(field))))


def stamp_finance(doc: Document, before: Document | None) -> None:
	"""Say who received the money and when (S6.35)."""
	if before and bool(before.handed_to_finance) == bool(doc.handed_to_finance):
		doc.finance_on, doc.finance_by = before.finance_on, before.finance_by
	elif doc.handed_to_finance:
		doc.finance_on, doc.finance_by = now_datetime(), frappe.session.user
	else:
		doc.finance_on = doc.finance_by = None


def move(receipts: list[str], stage: str, reference: Document, **values) -> None:
	"""Bring receipts to a stage because of another document, whoever acts there.

	:param receipts: names; those that the customer has picked up meanwhile stay.
	:param stage: stage of Customer Goods Receipt.
	:param reference: the document that moves them.
	:param values: further fields to write.
	"""
	state = first_state_of(DOCTYPE, stage)
	for name in sorted(set(receipts)):
		# The lock reads what is stored now; the document may come from before somebody else's commit.
		present = frappe.db.get_value(DOCTYPE, name, "stage", for_update=True)
		if present not in IN_OUR_HANDS or not state:
			continue
		doc = frappe.get_doc(DOCTYPE, name)
		changes = {"status": state, "stage": stage, **values}
		if stage == "Ready":
			changes |= {"ready_on": now_datetime(), "amount_due": amount_due(doc)}
		doc.db_set(changes, notify=True)
		doc.add_comment(
			"Workflow",
			_("{0}, by {1} {2}").format(_(state), _(reference.doctype), frappe.bold(reference.name)),
		)


def order_completed(order: Document) -> None:
	"""`aftersales_order_completed`: what was repaired is ready to be picked up (M14).

	A visit on which goods were taken along repairs nothing: these wait for the order that continues it.
	"""
	orders = {order.continued_from} if order.get("continued_from") else set()
	if order.order_kind in REPAIRED_HERE:
		orders.add(order.name)
	if not orders:  # "in nothing" would also be true of goods without an order
		return
	receipts = frappe.get_all(DOCTYPE, {"service_order": ("in", orders), "stage": "Here"}, pluck="name")
	if receipts:
		due = flt(order.get("amount_due") or order.customer_pays)
		values = {"result": order.result or order.content, "service_order": order.name}
		move(receipts, "Ready", order, **values)
		frappe.db.set_value(DOCTYPE, {"name": ("in", receipts)}, "amount_due", due, update_modified=False)
