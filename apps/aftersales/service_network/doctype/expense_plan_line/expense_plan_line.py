"""Expense Plan Line."""

from frappe.model.document import Document


class ExpensePlanLine(Document):
	pass
