"""Exchange Signature: one signature of an exchange slip, written by its steps alone (S5.08)."""

from frappe.model.document import Document


class ExchangeSignature(Document):
	pass
