from frappe.model.document import Document


class PartStockEntry(Document):
	pass
