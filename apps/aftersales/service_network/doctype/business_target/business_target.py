from frappe.model.document import Document


class BusinessTarget(Document):
	pass
