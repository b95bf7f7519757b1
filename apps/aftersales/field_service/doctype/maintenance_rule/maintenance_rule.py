"""Maintenance Rule."""

from frappe.model.document import Document


class MaintenanceRule(Document):
	pass
