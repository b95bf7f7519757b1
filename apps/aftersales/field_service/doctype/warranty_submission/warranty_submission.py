"""Warranty Submission."""

from frappe.model.document import Document


class WarrantySubmission(Document):
	pass
