from frappe.model.document import Document


class JobPackage(Document):
	pass
