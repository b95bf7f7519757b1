"""Cash Handover Payment."""

from frappe.model.document import Document


class CashHandoverPayment(Document):
	pass
