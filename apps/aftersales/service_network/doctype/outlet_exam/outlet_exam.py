from frappe.model.document import Document


class OutletExam(Document):
	pass
