from frappe.model.document import Document


class StockCountItem(Document):
	pass
