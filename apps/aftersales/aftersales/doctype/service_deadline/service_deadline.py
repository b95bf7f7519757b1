"""Service Deadline: one step of one document with its deadline; written by aftersales.aftersales.deadlines only."""

import frappe
from frappe.model.document import Document

INDEXES = (
	("state", "next_event_at"),  # what a sweep reads
	("reference_doctype", "reference_name"),
	("user", "state", "due_at"),
	("department", "state", "due_at"),
)


class ServiceDeadline(Document):
	pass


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Service Deadline", fields)
