from frappe.model.document import Document


class CustomerRelation(Document):
	pass
