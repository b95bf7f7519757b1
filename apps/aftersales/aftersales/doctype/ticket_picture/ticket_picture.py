from frappe.model.document import Document


class TicketPicture(Document):
	pass
