from frappe.model.document import Document


class WarrantyRule(Document):
	pass
