from frappe.model.document import Document


class JobPackagePart(Document):
	pass
