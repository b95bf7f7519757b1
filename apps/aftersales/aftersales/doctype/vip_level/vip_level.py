from frappe.model.document import Document


class VIPLevel(Document):
	pass
