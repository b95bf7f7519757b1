"""Sale Collection: money that came in for a sale (S7.15, E16)."""

import frappe
from frappe.model.document import Document

from aftersales.field_service.goods import read_amounts
from aftersales.service_network import sales
from aftersales.utils.append_only import refuse_change


class SaleCollection(Document):
	def before_insert(self):
		read_amounts(self, "amount")
		self.collected_by = self.collected_by or frappe.session.user
		if self.sale_record:  # else Frappe says that it is missing
			sales.collect(self)

	def validate(self):
		if not self.is_new():
			refuse_change(self)

	def on_trash(self):
		refuse_change(self)


def on_doctype_update():
	frappe.db.add_index("Sale Collection", ["collected_on"])
	frappe.db.add_index("Sale Collection", ["outlet", "collected_on"])
