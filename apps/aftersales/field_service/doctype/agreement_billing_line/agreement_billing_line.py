"""Agreement Billing Line."""

from frappe.model.document import Document


class AgreementBillingLine(Document):
	pass
