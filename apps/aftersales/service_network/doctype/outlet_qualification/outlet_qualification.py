from frappe.model.document import Document


class OutletQualification(Document):
	pass
