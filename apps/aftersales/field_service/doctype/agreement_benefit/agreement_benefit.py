"""Agreement Benefit."""

from frappe.model.document import Document


class AgreementBenefit(Document):
	pass
