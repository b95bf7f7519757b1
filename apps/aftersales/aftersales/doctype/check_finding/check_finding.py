from frappe.model.document import Document


class CheckFinding(Document):
	pass
