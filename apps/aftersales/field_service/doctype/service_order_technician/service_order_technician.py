from frappe.model.document import Document


class ServiceOrderTechnician(Document):
	pass
