from frappe.model.document import Document


class ServiceOrderItem(Document):
	pass
