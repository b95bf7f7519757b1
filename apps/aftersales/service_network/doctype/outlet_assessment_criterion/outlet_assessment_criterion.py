from frappe.model.document import Document


class OutletAssessmentCriterion(Document):
	pass
