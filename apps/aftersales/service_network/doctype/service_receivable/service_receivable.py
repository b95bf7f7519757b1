"""Service Receivable."""

from frappe.model.document import Document


class ServiceReceivable(Document):
	pass
