from frappe.model.document import Document


class CheckPlanCriterion(Document):
	pass
