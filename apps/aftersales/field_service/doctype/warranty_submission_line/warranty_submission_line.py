"""Warranty Submission Line."""

from frappe.model.document import Document


class WarrantySubmissionLine(Document):
	pass
