from frappe.model.document import Document


class PhoneLineAgent(Document):
	pass
