from frappe.model.document import Document


class EmergencyRecipient(Document):
	pass
