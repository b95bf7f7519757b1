from frappe.model.document import Document


class CallEvent(Document):
	"""One report of a bridge as it came in. Its name is the event's ID, so none can be stored twice."""
