"""A span of time on a weekday, and how many appointments fit into it."""

from frappe.model.document import Document


class AppointmentWindow(Document):
	pass
