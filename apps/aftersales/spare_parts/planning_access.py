"""Who sees plans, orders, deposits and statements of which outlets; see aftersales.service_network.outlet_scope."""

from frappe.model.document import Document

from aftersales.service_network import outlet_scope


def plan_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Demand Plan."""
	return outlet_scope.conditions("Part Demand Plan", user=user)


def order_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Order."""
	return outlet_scope.conditions("Part Order", user=user)


def deposit_entry_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Deposit Entry."""
	return outlet_scope.conditions("Deposit Entry", user=user)


def deposit_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Outlet Deposit."""
	return outlet_scope.conditions("Outlet Deposit", user=user)


def statement_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Statement."""
	return outlet_scope.conditions("Part Statement", user=user)


def forecast_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Forecast."""
	return outlet_scope.conditions("Part Forecast", user=user)


def safety_stock_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Part Safety Stock."""
	return outlet_scope.conditions("Part Safety Stock", user=user)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of all of them."""
	return outlet_scope.has_permission(doc, user=user)
