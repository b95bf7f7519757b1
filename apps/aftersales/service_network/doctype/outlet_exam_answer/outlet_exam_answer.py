from frappe.model.document import Document


class OutletExamAnswer(Document):
	pass
