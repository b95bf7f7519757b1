from frappe.model.document import Document


class PartOrderItem(Document):
	pass
