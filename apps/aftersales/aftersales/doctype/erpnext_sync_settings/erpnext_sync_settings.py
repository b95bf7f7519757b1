from frappe.model.document import Document


class ERPNextSyncSettings(Document):
	pass
