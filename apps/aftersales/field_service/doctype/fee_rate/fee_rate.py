from frappe.model.document import Document


class FeeRate(Document):
	pass
