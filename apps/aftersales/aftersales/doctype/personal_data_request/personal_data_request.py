from frappe.model.document import Document


class PersonalDataRequest(Document):
	pass
