from frappe.model.document import Document


class TechnicianAbsence(Document):
	pass
