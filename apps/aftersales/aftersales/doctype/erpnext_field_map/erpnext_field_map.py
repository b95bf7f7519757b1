from frappe.model.document import Document


class ERPNextFieldMap(Document):
	pass
