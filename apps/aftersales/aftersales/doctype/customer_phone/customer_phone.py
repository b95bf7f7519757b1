from frappe.model.document import Document


class CustomerPhone(Document):
	pass
