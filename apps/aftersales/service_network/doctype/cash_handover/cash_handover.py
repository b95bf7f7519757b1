"""Cash Handover."""

from frappe.model.document import Document


class CashHandover(Document):
	pass
