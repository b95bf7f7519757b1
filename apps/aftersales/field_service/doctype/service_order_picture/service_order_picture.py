from frappe.model.document import Document


class ServiceOrderPicture(Document):
	pass
