from frappe.model.document import Document


class OutletAssessmentLine(Document):
	pass
