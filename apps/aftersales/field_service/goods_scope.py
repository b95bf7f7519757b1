"""Row permission of the documents of goods in our hands: by their outlet, as hooks.py names these functions."""

from frappe.model.document import Document

from aftersales.service_network import outlet_scope


def receipt_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Customer Goods Receipt."""
	return outlet_scope.conditions("Customer Goods Receipt", user=user)


def factory_return_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Factory Return."""
	return outlet_scope.conditions("Factory Return", user=user)


def exchange_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Exchange Order."""
	return outlet_scope.conditions("Exchange Order", user=user)


def refurbish_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Refurbish Application."""
	return outlet_scope.conditions("Refurbish Application", user=user)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of all four."""
	return outlet_scope.has_permission(doc, user=user)
