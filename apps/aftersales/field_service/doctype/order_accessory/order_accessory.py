"""Order Accessory: one accessory that a customer brought along, or did not (S12.04)."""

from frappe.model.document import Document


class OrderAccessory(Document):
	pass
