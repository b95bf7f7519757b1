from frappe.model.document import Document


class EmergencySnapshot(Document):
	pass
