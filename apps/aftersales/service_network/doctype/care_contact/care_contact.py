"""Care Contact: what came of an occasion for a customer; written by aftersales.service_network.customer_care only."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.utils.append_only import AppendOnlyError


class CareContact(Document):
	def validate(self):
		if not self.is_new():
			self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self) -> None:
		"""What came of it is not changed afterwards.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(_("What came of an occasion cannot be changed."), AppendOnlyError)


def on_doctype_update():
	for fields in (["customer", "care_date"], ["occasion", "care_date"], ["user", "care_date"]):
		frappe.db.add_index("Care Contact", fields)
