"""Sale Collection: money that came in for a sale (S7.15, E16)."""

import frappe
from frappe.model.document import Document

from aftersales.field_service.goods import read_amounts
from aftersales.service_network import reversals, sales
from aftersales.utils.append_only import refuse_change


class SaleCollection(Document):
	def onload(self):
		self.set_onload("may_reverse", reversals.is_open(self))

	def before_insert(self):
		read_amounts(self, "amount")
		self.set_collector()
		if self.sale_record:  # else Frappe says that it is missing
			sales.collect(self)

	def validate(self):
		if not self.is_new():
			refuse_change(self)

	def on_trash(self):
		refuse_change(self)

	def set_collector(self) -> None:
		"""Let only finance, and those who take sales back, say that somebody else collected: targets count it for them."""
		chooses = (
			self.flags.ignore_permissions
			or frappe.has_permission("Service Receivable", "write")
			or frappe.has_permission(sales.SALE, "cancel")
		)
		if not (self.collected_by and chooses):
			self.collected_by = frappe.session.user


def on_doctype_update():
	frappe.db.add_index("Sale Collection", ["collected_on"])
	frappe.db.add_index("Sale Collection", ["outlet", "collected_on"])
