from frappe.model.document import Document


class PointsBalance(Document):
	pass
