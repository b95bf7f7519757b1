from frappe.model.document import Document


class ServiceLevelPause(Document):
	pass
