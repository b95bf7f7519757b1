from frappe.model.document import Document


class VIPLevelChange(Document):
	pass
