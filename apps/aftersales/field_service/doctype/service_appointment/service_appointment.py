"""Service Appointment: a time agreed with a customer (S4.07, S18.19)."""

from frappe.model.document import Document


class ServiceAppointment(Document):
	pass
