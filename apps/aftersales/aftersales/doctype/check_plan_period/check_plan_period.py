from frappe.model.document import Document


class CheckPlanPeriod(Document):
	pass
