"""Sale Collection."""

from frappe.model.document import Document


class SaleCollection(Document):
	pass
