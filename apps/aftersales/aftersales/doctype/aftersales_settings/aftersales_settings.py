from frappe.model.document import Document


class AftersalesSettings(Document):
	pass
