"""Settlement Payment: one payment of a settlement, by transfer, in cash or into the outlet's deposit (S2.34, S2.41)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, today

from aftersales.service_network import settlement_payments, settlement_periods
from aftersales.utils.append_only import AppendOnlyError
from aftersales.utils.money import rounded


class SettlementPaymentError(frappe.ValidationError):
	"""The payment makes no sense."""


class SettlementPayment(Document):
	def onload(self):
		open_one = not self.reversal_of and not frappe.db.exists(self.doctype, {"reversal_of": self.name})
		self.set_onload("may_take_back", bool(open_one and frappe.has_permission(self.doctype, "create")))

	def validate(self):
		if not self.is_new():
			self.refuse()
		self.validate_date()

	def before_insert(self):
		self.amount = rounded(self.amount)
		self.deposit_entry = None
		if not self.settlement:
			return  # Frappe says that it is missing
		self.take_from_original()
		self.outlet = frappe.db.get_value("Settlement", self.settlement, "outlet")
		self.validate_amount()
		settlement_payments.book(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self) -> None:
		"""Say how a mistake is put right.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(
			_("Payments cannot be changed or deleted. Take this one back by another one instead."),
			AppendOnlyError,
			title=_("Settlement Payment"),
		)

	def take_from_original(self) -> None:
		"""Let a payment that takes another one back be its opposite.

		:raises SettlementPaymentError: the other one was taken back before, or takes one back itself.
		"""
		if not self.reversal_of:
			return
		original = frappe.get_doc(self.doctype, self.reversal_of)
		# Under the lock of the settlement, so that nobody takes it back twice.
		settlement_payments.lock(original.settlement)
		if original.reversal_of or frappe.db.exists(self.doctype, {"reversal_of": original.name}):
			frappe.throw(
				_("{0} was taken back already.").format(frappe.bold(original.name)), SettlementPaymentError
			)
		self.settlement, self.mode, self.amount = original.settlement, original.mode, -flt(original.amount)

	def validate_amount(self) -> None:
		"""Ask for an amount; only what takes a payment back is negative.

		:raises SettlementPaymentError: it is not above zero.
		"""
		if flt(self.amount) <= 0 and not self.reversal_of:
			frappe.throw(_("Enter an amount above zero."), SettlementPaymentError, title=_("Payment"))

	def validate_date(self) -> None:
		"""Refuse a day that has not come, or of a closed month.

		:raises SettlementPaymentError: it lies ahead.
		:raises PeriodClosedError: its month is closed.
		"""
		if getdate(self.paid_on) > getdate(today()):
			frappe.throw(_("The date lies ahead."), SettlementPaymentError, title=_("Payment"))
		settlement_periods.check_open(self.paid_on)


def on_doctype_update():
	# Two who take the same payment back at once: one of them is refused by the database.
	frappe.db.add_unique("Settlement Payment", ["reversal_of"], constraint_name="taken_back_once")
	frappe.db.add_index("Settlement Payment", ["paid_on", "outlet"])
