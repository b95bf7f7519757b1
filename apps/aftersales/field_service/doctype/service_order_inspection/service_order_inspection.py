from frappe.model.document import Document


class ServiceOrderInspection(Document):
	pass
