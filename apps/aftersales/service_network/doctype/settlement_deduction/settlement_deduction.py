"""Settlement Deduction."""

from frappe.model.document import Document


class SettlementDeduction(Document):
	pass
