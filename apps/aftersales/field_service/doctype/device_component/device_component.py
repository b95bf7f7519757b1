from frappe.model.document import Document


class DeviceComponent(Document):
	pass
