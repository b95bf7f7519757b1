from frappe.model.document import Document


class CustomerDevice(Document):
	pass
