"""Sale Record Return: pieces of a sale that came back; written by `sale_returns` only (S7.16)."""

from frappe.model.document import Document


class SaleRecordReturn(Document):
	pass
