"""Receivable Write-off."""

from frappe.model.document import Document


class ReceivableWriteoff(Document):
	pass
