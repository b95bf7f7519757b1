from frappe.model.document import Document


class PartBalance(Document):
	pass
