"""Complaint Route Step: a department that reviews, and the working hours that it has."""

from frappe.model.document import Document


class ComplaintRouteStep(Document):
	pass
