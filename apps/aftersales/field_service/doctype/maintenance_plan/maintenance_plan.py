"""Maintenance Plan."""

from frappe.model.document import Document


class MaintenancePlan(Document):
	pass
