"""Who sees applications, bank data, assessments and examinations of which outlets; see outlet_scope."""

from frappe.model.document import Document

from aftersales.service_network import outlet_scope

# An application belongs to the unit that the outlet will be below.
ABOVE = "parent_service_outlet"


def application_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Outlet Application."""
	return outlet_scope.conditions("Outlet Application", ABOVE, user)


def application_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Outlet Application."""
	return outlet_scope.has_permission(doc, ABOVE, user)


def bank_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Outlet Bank Account."""
	return outlet_scope.conditions("Outlet Bank Account", user=user)


def bank_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Outlet Bank Account."""
	return outlet_scope.has_permission(doc, user=user)


def assessment_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Outlet Assessment."""
	return outlet_scope.conditions("Outlet Assessment", user=user)


def assessment_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Outlet Assessment."""
	return outlet_scope.has_permission(doc, user=user)


def attempt_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Outlet Exam Attempt."""
	return outlet_scope.conditions("Outlet Exam Attempt", user=user)


def attempt_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Outlet Exam Attempt."""
	return outlet_scope.has_permission(doc, user=user)
