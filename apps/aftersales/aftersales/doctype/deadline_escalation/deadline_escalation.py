from frappe.model.document import Document


class DeadlineEscalation(Document):
	pass
