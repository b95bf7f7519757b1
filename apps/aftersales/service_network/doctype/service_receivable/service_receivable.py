"""Service Receivable: what a customer owes for an order or by an agreement; see aftersales.service_network.receivables."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.service_network import receivables

# What may be changed by hand.
BY_HAND = {"due_date", "remarks"}
INDEXES = (
	("customer", "outstanding"),
	("status", "due_date"),
	("outlet", "status"),
	("reference_doctype", "posting_date"),
)


class MadeByRuleError(frappe.PermissionError):
	"""Somebody makes or deletes a receivable by hand."""


class ServiceReceivable(Document):
	def validate(self):
		if self.is_new():
			self.refuse_by_hand()
		else:
			self.keep_figures()

	def on_trash(self):
		self.refuse_by_hand()

	def refuse_by_hand(self) -> None:
		"""
		:raises MadeByRuleError: the document was not made, or taken back, by what it belongs to.
		"""
		if not self.flags.by_rule:
			frappe.throw(
				_(
					"Receivables follow from completed orders and from agreements. Complete the order, or settle the agreement."
				),
				MadeByRuleError,
				title=_("Service Receivable"),
			)

	def keep_figures(self) -> None:
		"""Put back what is not typed, and the figures as they are now: somebody may have paid since the form was loaded."""
		present = receivables.locked(self.name)
		before = self.get_doc_before_save()
		for field in self.meta.get_valid_columns():
			if field in present:
				self.set(field, present[field])
			elif self.meta.get_field(field) and field not in BY_HAND:
				self.set(field, before.get(field))


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Service Receivable", fields)
