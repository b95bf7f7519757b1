from frappe.model.document import Document


class OutletAssessmentGrade(Document):
	pass
