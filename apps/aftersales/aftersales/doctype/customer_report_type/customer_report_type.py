from frappe.model.document import Document


class CustomerReportType(Document):
	pass
