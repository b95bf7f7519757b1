from frappe.model.document import Document


class TicketHandlingEntry(Document):
	pass
