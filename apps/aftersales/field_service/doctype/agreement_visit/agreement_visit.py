"""Agreement Visit."""

from frappe.model.document import Document


class AgreementVisit(Document):
	pass
