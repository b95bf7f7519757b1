from frappe.model.document import Document


class ServiceHoliday(Document):
	pass
