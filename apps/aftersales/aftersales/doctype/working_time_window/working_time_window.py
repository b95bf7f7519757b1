from frappe.model.document import Document


class WorkingTimeWindow(Document):
	pass
