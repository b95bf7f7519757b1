"""Complaint Review: one decision on a complaint, written by the steps of the complaint alone."""

from frappe.model.document import Document


class ComplaintReview(Document):
	pass
