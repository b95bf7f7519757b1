from frappe.model.document import Document


class PartStatementItem(Document):
	pass
