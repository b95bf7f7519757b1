from frappe.model.document import Document


class PartReservation(Document):
	pass
