"""Maintenance Visit."""

from frappe.model.document import Document


class MaintenanceVisit(Document):
	pass
