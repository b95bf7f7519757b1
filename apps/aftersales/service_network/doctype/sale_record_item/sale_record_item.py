"""Sale Record Item."""

from frappe.model.document import Document


class SaleRecordItem(Document):
	pass
