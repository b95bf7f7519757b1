"""Expense Plan."""

from frappe.model.document import Document


class ExpensePlan(Document):
	pass
