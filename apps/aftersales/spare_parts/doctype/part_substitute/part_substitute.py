from frappe.model.document import Document


class PartSubstitute(Document):
	pass
