from frappe.model.document import Document


class PartDemandPlanItem(Document):
	pass
