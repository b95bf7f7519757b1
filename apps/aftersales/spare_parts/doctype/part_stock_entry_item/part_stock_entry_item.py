from frappe.model.document import Document


class PartStockEntryItem(Document):
	pass
