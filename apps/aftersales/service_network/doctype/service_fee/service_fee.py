"""Service Fee."""

from frappe.model.document import Document


class ServiceFee(Document):
	pass
