"""Service Order: work at the customer's, in the workshop or at the counter (S2.14-S2.19, S7.17, S24.12)."""

import frappe
from frappe.model.document import Document

from aftersales.service_network import outlet_scope
from aftersales.utils.naming import set_number
from aftersales.utils.workflow_state import set_field_of_state

INDEXES = (
	("outlet", "stage", "creation"),
	("stage", "creation"),
	("status", "modified"),
	("technician", "planned_start"),
	("customer", "creation"),
	("device", "creation"),
	("serial_no", "creation"),
	("product", "creation"),
	("phone_key", "creation"),
	("receiver", "stage"),
)


class ServiceOrder(Document):
	def autoname(self):
		set_number(self)

	def validate(self):
		outlet_scope.fill(self)
		set_field_of_state(self)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Service Order", fields)
