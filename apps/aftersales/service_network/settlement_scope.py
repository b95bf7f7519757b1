"""Who sees fees, settlements, payments and expense plans of which outlets; see outlet_scope.

What is settled with an employee of headquarters names no outlet and is for people who see all.
"""

from frappe.model.document import Document

from aftersales.service_network import outlet_scope


def fee_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Fee."""
	return outlet_scope.conditions("Service Fee", user=user)


def settlement_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Settlement."""
	return outlet_scope.conditions("Settlement", user=user)


def payment_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Settlement Payment."""
	return outlet_scope.conditions("Settlement Payment", user=user)


def plan_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Expense Plan."""
	return outlet_scope.conditions("Expense Plan", user=user)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of all of them."""
	return outlet_scope.has_permission(doc, user=user)
