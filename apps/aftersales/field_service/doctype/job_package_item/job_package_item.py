from frappe.model.document import Document


class JobPackageItem(Document):
	pass
