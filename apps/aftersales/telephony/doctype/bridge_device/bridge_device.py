from frappe.model.document import Document


class BridgeDevice(Document):
	"""A device of a bridge as its last heartbeat described it."""
