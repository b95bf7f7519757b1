from frappe.model.document import Document


class PartSerial(Document):
	pass
