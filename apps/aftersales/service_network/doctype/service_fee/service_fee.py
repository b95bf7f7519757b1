"""Service Fee: what a completed order costs the company, by kind and payer (S2.38, M11); see service_network/fees.py."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.utils.append_only import AppendOnlyError


class ServiceFee(Document):
	def validate(self):
		if not self.is_new():
			self.refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self) -> None:
		"""Say how a fee is put right.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(
			_("Service fees follow from orders and cannot be changed or deleted. Correct the service order."),
			AppendOnlyError,
			title=_("Service Fee"),
		)


def on_doctype_update():
	frappe.db.add_unique("Service Fee", ["service_order", "sequence"], constraint_name="order_and_sequence")
	frappe.db.add_unique("Service Fee", ["reversal_of"], constraint_name="taken_back_once")
	frappe.db.add_index("Service Fee", ["outlet", "settlement", "fee_date"])
	frappe.db.add_index("Service Fee", ["employee", "settlement", "fee_date"])
	frappe.db.add_index("Service Fee", ["branch", "fee_date"])
	frappe.db.add_index("Service Fee", ["fee_date", "outlet"])
	frappe.db.add_index("Service Fee", ["customer", "creation"])
