from frappe.model.document import Document


class VIPEventGuest(Document):
	pass
