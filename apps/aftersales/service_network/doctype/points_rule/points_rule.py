from frappe.model.document import Document


class PointsRule(Document):
	pass
