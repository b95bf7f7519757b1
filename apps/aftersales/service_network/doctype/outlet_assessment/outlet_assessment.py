from frappe.model.document import Document


class OutletAssessment(Document):
	pass
