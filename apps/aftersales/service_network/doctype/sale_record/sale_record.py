"""Sale Record."""

from frappe.model.document import Document


class SaleRecord(Document):
	pass
