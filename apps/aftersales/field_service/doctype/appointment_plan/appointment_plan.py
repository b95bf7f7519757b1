"""Appointment Plan: on which days and in which windows appointments can be made, and how many at a time (S4.07)."""

from frappe.model.document import Document


class AppointmentPlan(Document):
	pass
