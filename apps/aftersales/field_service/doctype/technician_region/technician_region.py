from frappe.model.document import Document


class TechnicianRegion(Document):
	pass
