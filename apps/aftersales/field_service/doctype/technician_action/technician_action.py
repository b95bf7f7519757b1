"""Technician Action: a step taken on the phone, remembered by the key that the phone gave it.

The key is the name, so a post that is repeated, even at the same moment, is stored once.
"""

import frappe
from frappe.model.document import Document


class TechnicianAction(Document):
	pass


def on_doctype_update():
	"""What became of an order, in order."""
	frappe.db.add_index("Technician Action", ["service_order", "happened_at"])
