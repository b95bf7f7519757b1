"""What a payment does to its settlement, under a lock on it: never more is paid than is due (S2.41, M11)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, today

from aftersales.field_service.amounts import read_amount
from aftersales.service_network import settlements
from aftersales.spare_parts import stages
from aftersales.utils.access import check_permission
from aftersales.utils.money import rounded, text
from aftersales.utils.workflow_state import SelfApprovalError

DOCTYPE, PAYMENT, OFFSET = "Settlement", "Settlement Payment", "Deposit Offset"


class NotPayableError(frappe.ValidationError):
	"""The settlement is not confirmed, or more would be paid than is due."""


@frappe.whitelist(methods=["POST"])
def pay(
	settlement: str,
	amount: str | float,
	paid_on: str,
	mode: str,
	bank_reference: str | None = None,
	remarks: str | None = None,
) -> dict:
	"""Enter a payment of a settlement. The form of a payment cannot: Frappe shows it read-only to who may not change payments.

	:param settlement: its name.
	:param amount: money, as typed.
	:param paid_on: day of the payment.
	:param mode: Transfer, Cash or Deposit Offset.
	:param bank_reference: number at the bank.
	:param remarks: anything else.
	:returns: `payment`, its name.
	:raises frappe.PermissionError: the user may not enter payments, or not see the settlement.
	:raises AmountFormatError: the amount is not written as amounts are.
	:raises NotPayableError: the settlement waits for something else, or less is due.
	"""
	check_permission(PAYMENT, "create")
	check_permission(DOCTYPE, "read", doc=settlement)
	doc = frappe.get_doc(
		doctype=PAYMENT,
		settlement=settlement,
		amount=read_amount(amount, _("Amount")),
		paid_on=paid_on,
		mode=mode,
		bank_reference=bank_reference,
		remarks=remarks,
	)
	return {"payment": doc.insert().name}


@frappe.whitelist(methods=["POST"])
def take_back(payment: str, remarks: str) -> dict:
	"""Enter the opposite of a payment, today.

	:param payment: Settlement Payment.
	:param remarks: why.
	:returns: `payment`, the name of the new one.
	:raises frappe.PermissionError: the user may not enter payments, or not see this one.
	:raises SettlementPaymentError: it was taken back before.
	"""
	check_permission(PAYMENT, "create")
	original = frappe.get_doc(PAYMENT, payment)
	original.check_permission("read")
	doc = frappe.get_doc(
		doctype=PAYMENT,
		settlement=original.settlement,
		reversal_of=payment,
		amount=original.amount,
		paid_on=today(),
		mode=original.mode,
		remarks=remarks,
	)
	return {"payment": doc.insert().name}


def lock(settlement: str) -> frappe._dict:
	"""Return what a settlement says of its payments, and hold its row until the end of the transaction."""
	fields = ["name", "subject_kind", "stage", "outlet", "employee", "total", "paid_amount", "deposit_offset"]
	return frappe.db.get_value(DOCTYPE, settlement, fields, as_dict=True, for_update=True)


def book(payment: Document) -> None:
	"""Add a payment that is being inserted to its settlement; the last one makes it *Paid*.

	:param payment: Settlement Payment with settlement, mode and rounded amount.
	:raises NotPayableError: the settlement waits for something else, or less is due.
	:raises DepositTooSmallError: taking it back from the deposit would leave less than nothing.
	"""
	held = lock(payment.settlement)
	check_payable(held, payment)
	paid = rounded(flt(held.paid_amount) + flt(payment.amount))
	if paid > rounded(held.total):
		frappe.throw(
			_("Only {0} of {1} are left to be paid.").format(
				frappe.bold(text(flt(held.total) - flt(held.paid_amount))), frappe.bold(held.name)
			),
			NotPayableError,
			title=_("Settlement Payment"),
		)
	values = {"paid_amount": paid, "outstanding": rounded(flt(held.total) - paid)}
	if payment.mode == OFFSET:
		values["deposit_offset"] = rounded(flt(held.deposit_offset) + flt(payment.amount))
		payment.deposit_entry = _enter_deposit(held, payment)
	frappe.db.set_value(DOCTYPE, held.name, values)
	_follow(held, bool(values["outstanding"]))


def check_payable(held: frappe._dict, payment: Document) -> None:
	"""Refuse a payment that comes too early or too late.

	Outlets and branches are paid on their invoice; what goes to the deposit needs none, and so do employees.

	:raises NotPayableError: says what is missing.
	:raises SelfApprovalError: somebody pays themselves.
	"""
	if payment.reversal_of:
		return
	if held.employee and held.employee == frappe.session.user:
		frappe.throw(
			_("{0} is your own. Somebody else has to pay it.").format(frappe.bold(held.name)),
			SelfApprovalError,
			title=_("Settlement Payment"),
		)
	without_invoice = held.subject_kind == "Employee" or payment.mode == OFFSET
	if held.stage == "Invoice Notice Sent" or (held.stage == "Confirmed" and without_invoice):
		pass
	elif held.stage == "Confirmed":
		_refuse(_("Send the invoice notice of {0} first, then pay it."), held.name)
	elif held.stage == "Paid":
		_refuse(_("{0} is paid already."), held.name)
	else:
		_refuse(_("{0} is not confirmed yet."), held.name)
	if payment.mode == OFFSET and not held.outlet:
		_refuse(_("{0} is not an outlet's; there is no deposit."), held.name)


def _follow(held: frappe._dict, outstanding: bool) -> None:
	"""Move the settlement to Paid, or back when a payment was taken back."""
	if outstanding == (held.stage != "Paid"):
		return
	doc = frappe.get_doc(DOCTYPE, held.name)
	notified = "Invoice Notice Sent" if doc.invoice_notice_on else "Confirmed"
	stages.move_to(doc, notified if outstanding else "Paid")
	settlements.mark_paid(held.name, not outstanding)


def _enter_deposit(held: frappe._dict, payment: Document) -> str:
	entry = frappe.get_doc(
		doctype="Deposit Entry",
		outlet=held.outlet,
		entry_date=payment.paid_on,
		kind="Paid In" if flt(payment.amount) > 0 else "Correction",
		amount=payment.amount,
		reference_doctype=DOCTYPE,
		reference_name=held.name,
		remarks=payment.remarks,
	)
	return entry.insert(ignore_permissions=True).name


def _refuse(message: str, settlement: str) -> None:
	frappe.throw(message.format(frappe.bold(settlement)), NotPayableError, title=_("Settlement Payment"))
