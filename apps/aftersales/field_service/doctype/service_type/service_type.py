from frappe.model.document import Document


class ServiceType(Document):
	pass
