from frappe.model.document import Document


class FAQPicture(Document):
	pass
