from frappe.model.document import Document


class CustomerProperty(Document):
	pass
