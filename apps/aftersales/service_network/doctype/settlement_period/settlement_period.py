"""Settlement Period."""

from frappe.model.document import Document


class SettlementPeriod(Document):
	pass
