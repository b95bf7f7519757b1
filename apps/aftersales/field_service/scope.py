"""Rows of technicians, bays and what the workshop writes: each outlet sees its own, as with orders."""

from frappe.model.document import Document

from aftersales.service_network import outlet_scope


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of the DocTypes below."""
	return outlet_scope.has_permission(doc, user=user)


def technician_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Technician."""
	return outlet_scope.conditions("Technician", user=user)


def bay_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Bay."""
	return outlet_scope.conditions("Service Bay", user=user)


def job_time_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Job Time."""
	return outlet_scope.conditions("Job Time", user=user)


def inspection_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Completion Inspection."""
	return outlet_scope.conditions("Completion Inspection", user=user)


def delivery_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Order Delivery."""
	return outlet_scope.conditions("Order Delivery", user=user)


def action_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Technician Action."""
	return outlet_scope.conditions("Technician Action", user=user)


def class_change_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Device Class Change."""
	return outlet_scope.conditions("Device Class Change", user=user)
