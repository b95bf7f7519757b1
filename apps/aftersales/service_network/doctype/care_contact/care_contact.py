from frappe.model.document import Document


class CareContact(Document):
	pass
