from frappe.model.document import Document


class PartLedgerEntry(Document):
	pass
