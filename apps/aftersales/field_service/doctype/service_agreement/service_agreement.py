"""Service Agreement."""

from frappe.model.document import Document


class ServiceAgreement(Document):
	pass
