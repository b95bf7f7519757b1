"""Service Payment: money that a customer paid for service (S12.10, S6.35, S18.12)."""

import frappe
from frappe.model.document import Document

from aftersales.field_service.goods import read_amounts
from aftersales.service_network import receivables
from aftersales.utils.append_only import refuse_change


class ServicePayment(Document):
	def before_insert(self):
		read_amounts(self, "amount")
		self.handover = None
		self.set_receiver()
		if self.receivable:  # else Frappe says that it is missing
			receivables.pay(self)

	def validate(self):
		if not self.is_new():
			refuse_change(self)

	def on_trash(self):
		refuse_change(self)

	def set_receiver(self) -> None:
		"""Let only people of finance say that somebody else took the money: whoever took it hands it over."""
		may_choose = self.flags.ignore_permissions or frappe.has_permission(receivables.RECEIVABLE, "write")
		if not (self.received_by and may_choose):
			self.received_by = frappe.session.user


def on_doctype_update():
	frappe.db.add_index("Service Payment", ["received_by", "handover"])
	frappe.db.add_index("Service Payment", ["received_at"])
	frappe.db.add_index("Service Payment", ["outlet", "received_at"])
