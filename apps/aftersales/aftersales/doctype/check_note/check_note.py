from frappe.model.document import Document


class CheckNote(Document):
	pass
