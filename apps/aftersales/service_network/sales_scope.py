"""Rows of sales, receivables and payments: each outlet sees its own, as with orders."""

from frappe.model.document import Document

from aftersales.service_network import outlet_scope


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of the DocTypes below."""
	return outlet_scope.has_permission(doc, user=user)


def sale_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Sale Record."""
	return outlet_scope.conditions("Sale Record", user=user)


def collection_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Sale Collection."""
	return outlet_scope.conditions("Sale Collection", user=user)


def receivable_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Receivable."""
	return outlet_scope.conditions("Service Receivable", user=user)


def payment_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Payment."""
	return outlet_scope.conditions("Service Payment", user=user)


def handover_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Cash Handover."""
	return outlet_scope.conditions("Cash Handover", user=user)


def write_off_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Receivable Write-off."""
	return outlet_scope.conditions("Receivable Write-off", user=user)
