from frappe.model.document import Document


class PartScrapType(Document):
	pass
