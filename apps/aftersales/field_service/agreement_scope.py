"""Rows of agreements, maintenance and warranty claims: each outlet sees its own, as with orders."""

from frappe.model.document import Document

from aftersales.service_network import outlet_scope


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of the DocTypes below."""
	return outlet_scope.has_permission(doc, user=user)


def agreement_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Agreement."""
	return outlet_scope.conditions("Service Agreement", user=user)


def plan_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Maintenance Plan."""
	return outlet_scope.conditions("Maintenance Plan", user=user)


def visit_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Maintenance Visit."""
	return outlet_scope.conditions("Maintenance Visit", user=user)


def submission_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Warranty Submission."""
	return outlet_scope.conditions("Warranty Submission", user=user)
