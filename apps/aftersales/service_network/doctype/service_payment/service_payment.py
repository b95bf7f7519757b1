"""Service Payment: money that a customer paid for service (S12.10, S6.35, S18.12)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.field_service.goods import read_amounts
from aftersales.service_network import receivables, reversals
from aftersales.utils.append_only import refuse_change


class OthersPaymentError(frappe.PermissionError):
	"""Somebody takes back a payment that another person took or that finance has got."""


class ServicePayment(Document):
	def onload(self):
		mine = self.is_by_finance() or not self.is_others(self.as_dict())
		self.set_onload("may_reverse", mine and reversals.is_open(self))

	def before_insert(self):
		read_amounts(self, "amount")
		self.handover = None
		self.set_receiver()
		self.check_reversal()
		if self.receivable:  # else Frappe says that it is missing
			receivables.pay(self)

	def validate(self):
		if not self.is_new():
			refuse_change(self)

	def on_trash(self):
		refuse_change(self)

	def set_receiver(self) -> None:
		"""Let only people of finance say that somebody else took the money: whoever took it hands it over."""
		if not (self.received_by and self.is_by_finance()):
			self.received_by = frappe.session.user

	def is_by_finance(self) -> bool:
		"""Return whether people of finance, or code, make this payment."""
		return bool(self.flags.ignore_permissions or frappe.has_permission(receivables.RECEIVABLE, "write"))

	def is_others(self, former: dict | None) -> bool:
		"""Return whether another person took a payment, or finance has it: then only people of finance reverse it.

		:param former: `received_by` and `handover` of the payment.
		"""
		return not former or former["received_by"] != frappe.session.user or bool(former["handover"])

	def check_reversal(self) -> None:
		"""Let people take back what they took themselves and still have; a reversal lessens the cash that they hand over.

		:raises OthersPaymentError: somebody else took it, or finance has it.
		"""
		if not self.reversal_of or self.is_by_finance():
			return
		fields = ["received_by", "handover"]
		former = frappe.db.get_value(self.doctype, self.reversal_of, fields, as_dict=True, for_update=True)
		if self.is_others(former):
			frappe.throw(
				_("{0} was taken by somebody else, or was handed over already. Finance reverses it.").format(
					frappe.bold(self.reversal_of)
				),
				OthersPaymentError,
				title=_(self.doctype),
			)


def on_doctype_update():
	frappe.db.add_index("Service Payment", ["received_by", "handover"])
	frappe.db.add_index("Service Payment", ["received_at"])
	frappe.db.add_index("Service Payment", ["outlet", "received_at"])
