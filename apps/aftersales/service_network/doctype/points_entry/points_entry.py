from frappe.model.document import Document


class PointsEntry(Document):
	pass
