from frappe.model.document import Document


class OutletAssessmentSetting(Document):
	pass
