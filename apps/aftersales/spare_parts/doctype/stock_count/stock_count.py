from frappe.model.document import Document


class StockCount(Document):
	pass
