"""Settlement Payment."""

from frappe.model.document import Document


class SettlementPayment(Document):
	pass
