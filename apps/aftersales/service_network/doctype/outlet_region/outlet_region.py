from frappe.model.document import Document


class OutletRegion(Document):
	pass
