from frappe.model.document import Document


class PartProduct(Document):
	pass
