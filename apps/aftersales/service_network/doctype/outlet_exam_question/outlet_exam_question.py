from frappe.model.document import Document


class OutletExamQuestion(Document):
	pass
