from frappe.model.document import Document


class ServiceOrderCharge(Document):
	pass
