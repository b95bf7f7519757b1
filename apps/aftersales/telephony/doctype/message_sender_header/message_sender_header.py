from frappe.model.document import Document


class MessageSenderHeader(Document):
	pass
