"""VIP Level Change: one change of a customer's VIP level; written by aftersales.service_network.vip_levels only."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.utils.append_only import AppendOnlyError


class VIPLevelChange(Document):
	def validate(self):
		if not self.is_new():
			self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self) -> None:
		"""The log stays as it is.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(_("The log of VIP levels cannot be changed."), AppendOnlyError)


def on_doctype_update():
	frappe.db.add_index("VIP Level Change", ["customer", "changed_on"])
