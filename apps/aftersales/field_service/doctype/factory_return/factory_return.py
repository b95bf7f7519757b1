"""Factory Return: the application to send goods of customers to the factory, and the list that goes along (S12.09; M14)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.field_service import factory, goods
from aftersales.service_network import outlet_scope
from aftersales.utils.access import check_permission
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

INDEXES = (("status", "modified"), ("outlet", "stage", "modified"), ("stage", "applied_on"))


class FactoryReturnMergeError(frappe.ValidationError):
	"""Two lists cannot become one."""


class FactoryReturn(Document):
	def autoname(self):
		set_number(self)

	def before_validate(self):
		for row in self.lines:
			goods.read_amounts(row, "factory_fee")

	def validate(self):
		before = self.get_doc_before_save()
		outlet_scope.fill(self)
		self.stage = before.stage if before else None
		factory.check_lines(self, before)
		for row in self.lines:
			if not (before and before.stage in ("Sent", "Back")):
				factory.fill_line(row)
		factory.check_outcomes(self, before)
		factory.set_totals(self)
		set_field_of_state(self)
		factory.take_step(self, before)

	def on_update(self):
		factory.follow_step(self, self.get_doc_before_save())

	def on_trash(self):
		factory.free([row.goods_receipt for row in self.lines], self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			frappe.throw(
				_("Two lists cannot be merged: each went with its own parcel."), FactoryReturnMergeError
			)
		return check_rename(self, new)


@frappe.whitelist()
def from_receipts(receipts: list | str) -> dict:
	"""Return an unsaved Factory Return of goods that were chosen in their list.

	:param receipts: names of Customer Goods Receipts.
	:returns: fields of a new document, for the browser.
	:raises frappe.PermissionError: the user may not make such lists, or not read a receipt.
	"""
	check_permission("Factory Return", "create")
	doc = frappe.new_doc("Factory Return")
	for name in frappe.parse_json(receipts):
		receipt = frappe.get_doc(goods.DOCTYPE, name)
		receipt.check_permission("read")
		doc.outlet = doc.outlet or receipt.outlet
		row = doc.append("lines", {"goods_receipt": name})
		factory.fill_line(row)
	factory.set_totals(doc)
	return doc.as_dict()


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Factory Return", fields)
