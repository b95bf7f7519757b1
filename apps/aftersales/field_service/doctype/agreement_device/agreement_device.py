"""Agreement Device."""

from frappe.model.document import Document


class AgreementDevice(Document):
	pass
