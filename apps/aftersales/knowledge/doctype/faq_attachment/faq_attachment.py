from frappe.model.document import Document


class FAQAttachment(Document):
	pass
