"""What customers owe for service, and what they pay (S17.02, S6.35, S12.10, S18.12, E43).

A receivable belongs to one service order, or to one planned payment of an agreement; a unique key keeps it the only one.
Whatever changes its figures holds the lock of its row. Orders bring theirs about when they are completed, and take it back
when they are reopened or cancelled, unless somebody has paid.
"""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, getdate, now_datetime, today

from aftersales.field_service.amounts import read_amount
from aftersales.field_service.order_stages import DONE
from aftersales.service_network.sales import CollectionError, check_amount, check_reversal
from aftersales.utils.access import check_permission
from aftersales.utils.changes import has_changed
from aftersales.utils.money import rounded, text, total

RECEIVABLE, PAYMENT, ORDER = "Service Receivable", "Service Payment", "Service Order"
FIGURES = ("amount", "received", "written_off", "outstanding", "status", "posting_date")
PARTY = ("customer", "customer_name", "contact_phone", "outlet")
UNPAID, PARTLY, PAID, WRITTEN_OFF, CANCELLED = "Unpaid", "Partly Paid", "Paid", "Written Off", "Cancelled"
SHOWN = ["name", "status", "amount", "received", "written_off", "outstanding", "due_date"]


class PaidError(frappe.ValidationError):
	"""Money was taken for what would be changed or taken back."""


class UnpaidError(frappe.ValidationError):
	"""Goods would be handed over that are not paid for."""


def key_of(doctype: str, name: str, row: str | None = None) -> str:
	"""Return the text of which there is one receivable."""
	return "|".join(filter(None, (doctype, name, row)))


def locked(name: str) -> frappe._dict:
	"""Return the present figures of a receivable and keep others from it until the end of the transaction.

	:raises frappe.DoesNotExistError: there is no such receivable.
	"""
	fields = ["name", "reference_doctype", "reference_name", *PARTY, *FIGURES]
	row = frappe.db.get_value(RECEIVABLE, name, fields, as_dict=True, for_update=True)
	if not row:
		frappe.throw(_("There is no receivable {0}.").format(frappe.bold(name)), frappe.DoesNotExistError)
	return row


def status_of(row: dict) -> str:
	"""Return the state that follows from the figures."""
	if not rounded(row["amount"]):
		return CANCELLED
	if rounded(row["outstanding"]) > 0:
		return PARTLY if rounded(row["received"]) > 0 else UNPAID
	return WRITTEN_OFF if rounded(row["written_off"]) > 0 else PAID


def change(row: frappe._dict, **figures) -> frappe._dict:
	"""Write new figures of a receivable, with what follows from them.

	:param row: from `locked`.
	:param figures: amount, received or written_off.
	:returns: the row with its new figures.
	"""
	row.update({field: rounded(value) for field, value in figures.items()})
	row.outstanding = total([row.amount, -flt(row.received), -flt(row.written_off)])
	row.status = status_of(row)
	values = {field: row[field] for field in ("amount", "received", "written_off", "outstanding", "status")}
	frappe.db.set_value(RECEIVABLE, row.name, values, update_modified=False)
	return row


# -- coming into being


def owe(
	reference: Document, amount: float, due: date | str, row: str | None = None, description: str = ""
) -> str | None:
	"""Make the receivable of a document, or bring the one that is there to another amount.

	Whoever calls holds the lock of the document; saving it takes that.

	:param reference: Service Order or Service Agreement.
	:param amount: what the customer owes; 0 takes it back.
	:param due: day by which it is to be paid.
	:param row: name of the planned payment of an agreement.
	:param description: what it is for.
	:returns: its name; None when there is none and nothing is owed.
	:raises PaidError: more was paid, or written off, than would be owed.
	"""
	key = key_of(reference.doctype, reference.name, row)
	# Without a lock: one on what is not there yet keeps others from making theirs, and both fail.
	name = frappe.db.get_value(RECEIVABLE, {"reference_key": key})
	if name:
		_bring_to(name, reference, amount)
		return name
	if rounded(amount) <= 0:
		return None
	frappe.db.savepoint("owe")
	try:
		return (
			_new(reference, key, rounded(amount), due, row, description).insert(ignore_permissions=True).name
		)
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		# Somebody else made it after this transaction had begun to read.
		frappe.db.rollback(save_point="owe")
		frappe.clear_last_message()
		name = frappe.db.get_value(RECEIVABLE, {"reference_key": key}, for_update=True)
		if not name:
			raise
		_bring_to(name, reference, amount)
		return name


def _new(reference: Document, key: str, amount: float, due, row: str | None, description: str) -> Document:
	doc = frappe.new_doc(RECEIVABLE)
	doc.update({field: reference.get(field) for field in PARTY})
	doc.update(
		{
			"reference_doctype": reference.doctype,
			"reference_name": reference.name,
			"reference_row": row,
			"reference_key": key,
			"description": description,
			"posting_date": today(),
			"due_date": due,
			"amount": amount,
			"outstanding": amount,
			"status": UNPAID,
		}
	)
	doc.flags.by_rule = True
	return doc


def _bring_to(name: str, reference: Document, amount: float) -> None:
	row = locked(name)
	if rounded(amount) == rounded(row.amount):
		return
	settled = total([row.received, row.written_off])
	if rounded(amount) < settled:
		frappe.throw(
			_(
				"{0} was paid or written off for {1} already, see {2}. Reverse that first, or leave what the customer owes."
			).format(text(settled), frappe.bold(reference.name), frappe.bold(name)),
			PaidError,
			title=_("Paid Already"),
		)
	if not rounded(row.amount):
		frappe.db.set_value(RECEIVABLE, name, "posting_date", today(), update_modified=False)
	change(row, amount=amount)


# -- orders


def order_completed(order: Document) -> None:
	"""`aftersales_order_completed`: the customer owes what they pay, earlier visits of the chain included (S12.10)."""
	owe(order, owed_for(order), today(), description=_of_order(order))


def order_reopened(order: Document) -> None:
	"""`aftersales_order_reopened`: nothing is owed until the order is completed again.

	:raises PaidError: the customer has paid.
	"""
	owe(order, 0, today())


def order_cancelled(order: Document) -> None:
	"""`aftersales_order_cancelled`: earlier visits are owed all the same, this one is not.

	:raises PaidError: the customer has paid more than that.
	"""
	owe(order, flt(order.earlier_pay), today(), description=_of_order(order))


def order_saved(order: Document, method: str | None = None) -> None:
	"""`on_update` of Service Order: charges that change after the completion change what is owed.

	:raises PaidError: the customer has paid more.
	"""
	before = order.get_doc_before_save()
	if before and before.stage in DONE and order.stage in DONE and has_changed(order, "amount_due"):
		order_completed(order)


def order_deleted(order: Document, method: str | None = None) -> None:
	"""`on_trash` of Service Order: what was taken back goes with it; what is owed keeps Frappe from deleting."""
	key = key_of(ORDER, order.name)
	name = frappe.db.get_value(RECEIVABLE, {"reference_key": key, "status": CANCELLED})
	if name and not frappe.db.exists(PAYMENT, {"receivable": name}):
		frappe.delete_doc(RECEIVABLE, name, ignore_permissions=True, flags={"by_rule": True})


def owed_for(order: Document) -> float:
	"""Return what the customer pays for an order and the visits before it."""
	return rounded(flt(order.earlier_pay) + flt(order.customer_pays))


def _of_order(order: Document) -> str:
	# No word of ours: it would stay in the language of who completed the order.
	return " ".join((order.product_name or order.symptom or "").split())[:140]


def outstanding_of(order: str | None, now: bool = False) -> float | None:
	"""Return what is still to be paid for a service order; None without a receivable.

	:param now: as it is now, locked until the transaction ends, and not as it was when the request began.
	"""
	if not order:
		return None
	return frappe.db.get_value(
		RECEIVABLE, {"reference_key": key_of(ORDER, order)}, "outstanding", for_update=now
	)


# -- payments


def pay(entry: Document) -> None:
	"""Take a payment into account, or a reversal of one; fills customer, outlet and what is left.

	:param entry: Service Payment before it is inserted.
	:raises frappe.PermissionError: the user may not read the receivable.
	:raises aftersales.service_network.sales.CollectionError: amount, time or reversal make no sense.
	"""
	row = locked(entry.receivable)
	if not entry.flags.ignore_permissions:
		check_permission(RECEIVABLE, "read", entry.receivable)
	entry.update({field: row[field] for field in ("customer", "customer_name", "outlet")})
	entry.service_order = row.reference_name if row.reference_doctype == ORDER else None
	if entry.reversal_of:
		check_reversal(entry)
	else:
		check_amount(entry.amount, row.outstanding)
	if get_datetime(entry.received_at) > now_datetime():
		frappe.throw(_("The date lies ahead."), CollectionError, title=_("Amount"))
	entry.amount = rounded(entry.amount)
	entry.outstanding_after = change(row, received=flt(row.received) + entry.amount).outstanding


@frappe.whitelist()
def of_order(order: str) -> dict | None:
	"""Return what the customer owes for a service order, for its form.

	:param order: Service Order.
	:returns: `SHOWN` and `may_pay`; None without a receivable that the user sees.
	:raises frappe.PermissionError: the user may not read the order.
	"""
	check_permission(ORDER, "read", order)
	if not frappe.has_permission(RECEIVABLE, "read"):
		return None
	rows = frappe.get_list(
		RECEIVABLE,
		{"reference_doctype": ORDER, "reference_name": order, "status": ("!=", CANCELLED)},
		SHOWN,
		limit=1,
	)
	return {**rows[0], "may_pay": frappe.has_permission(PAYMENT, "create")} if rows else None


@frappe.whitelist(methods=["POST"])
def take_payment(
	receivable: str,
	amount: str | float,
	mode: str = "Cash",
	receipt_no: str | None = None,
	invoice_no: str | None = None,
	remarks: str | None = None,
) -> dict:
	"""Take money from a customer (S12.10).

	:param receivable: Service Receivable.
	:param amount: as typed; written as the site writes amounts (A07).
	:param mode: Cash, Transfer, Card or Mobile.
	:param receipt_no: number of the paper receipt.
	:param invoice_no: number of the invoice.
	:param remarks: what else is to be said.
	:returns: `payment`, the name of the Service Payment, and `outstanding`, what is left.
	:raises frappe.PermissionError: the user may not take payments, or not see the receivable.
	:raises AmountFormatError: the amount is not written as it must be.
	:raises aftersales.service_network.sales.CollectionError: it is not above zero, or more than is outstanding.
	"""
	check_permission(PAYMENT, "create")
	check_permission(RECEIVABLE, "read", receivable)
	entry = frappe.new_doc(PAYMENT)
	entry.update(
		{
			"receivable": receivable,
			"amount": read_amount(amount, _("Amount")),
			"mode": mode,
			"receipt_no": receipt_no,
			"invoice_no": invoice_no,
			"remarks": remarks,
		}
	)
	entry.insert()
	return {"payment": entry.name, "outstanding": entry.outstanding_after}


# -- goods that leave


def check_delivery(doc: Document, method: str | None = None) -> None:
	"""`before_insert` of Order Delivery: warn of an unpaid order, or refuse to hand over, as the settings say."""
	tell_unpaid(doc.service_order)


def goods_saved(receipt: Document, method: str | None = None) -> None:
	"""`on_update` of Customer Goods Receipt: money that was collected on the hand-over is a payment of the order.

	:raises UnpaidError: something is left to pay, and the settings refuse that.
	"""
	before = receipt.get_doc_before_save()
	if receipt.stage != "Gone" or not before or before.stage == "Gone" or not receipt.service_order:
		return
	key = key_of(ORDER, receipt.service_order)
	found = frappe.db.get_value(RECEIVABLE, {"reference_key": key}, ["name", "outstanding"], as_dict=True)
	if not found:
		return
	if amount := min(rounded(receipt.amount_collected), rounded(found.outstanding)):
		entry = frappe.new_doc(PAYMENT)
		entry.update(
			{
				"receivable": found.name,
				"amount": amount,
				"mode": "Cash",
				"received_by": frappe.session.user,
				"invoice_no": receipt.invoice_no,
				"remarks": receipt.name,
			}
		)
		entry.insert(ignore_permissions=True)
	tell_unpaid(receipt.service_order)


def tell_unpaid(order: str | None) -> None:
	"""Say that an order is not paid, as far as Aftersales Settings want it.

	:raises UnpaidError: the settings refuse to hand over.
	"""
	control = frappe.db.get_single_value("Aftersales Settings", "unpaid_delivery")
	if control not in ("Warn", "Block") or not rounded(left := outstanding_of(order)):
		return
	message = _("{0} is still to be paid for order {1}. Take the payment before handing over.").format(
		text(left), frappe.bold(order)
	)
	if control == "Block":
		frappe.throw(message, UnpaidError, title=_("Not Paid"))
	frappe.msgprint(message, title=_("Not Paid"), indicator="orange", alert=True)


def overdue_days(due: date | str | None, on: date | str | None = None) -> int:
	"""Return for how many days something has been due; 0 on the day itself and before."""
	return max(0, (getdate(on or today()) - getdate(due)).days) if due else 0
