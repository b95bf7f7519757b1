from frappe.model.document import Document


class OfflineNote(Document):
	pass
