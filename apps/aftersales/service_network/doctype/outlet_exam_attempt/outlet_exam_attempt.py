from frappe.model.document import Document


class OutletExamAttempt(Document):
	pass
