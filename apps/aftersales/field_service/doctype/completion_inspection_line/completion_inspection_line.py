from frappe.model.document import Document


class CompletionInspectionLine(Document):
	pass
