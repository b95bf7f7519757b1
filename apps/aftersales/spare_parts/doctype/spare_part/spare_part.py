from frappe.model.document import Document


class SparePart(Document):
	pass
