"""Service Payment."""

from frappe.model.document import Document


class ServicePayment(Document):
	pass
