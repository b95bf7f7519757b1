"""Warranty Claim Condition."""

from frappe.model.document import Document


class WarrantyClaimCondition(Document):
	pass
