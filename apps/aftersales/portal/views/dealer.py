"""A dealer's customers (R20)."""

import frappe
from frappe import _

from aftersales.portal.pages import Asked, NotFound, Page
from aftersales.portal.scope import CUSTOMER

SIZE = 20


def customers(asked: Asked) -> Page:
	"""Return the dealer's own customers, with how many of their tickets are open."""
	if not asked.scope.dealers:
		raise NotFound
	page, words = asked.number("page"), asked.text("q", 140)
	customer = frappe.qb.DocType(CUSTOMER)
	query = (
		frappe.qb.from_(customer)
		.select(customer.name, customer.customer_name, customer.organisation, customer.phone)
		.where(customer.dealer.isin(asked.scope.dealers) & (customer.disabled == 0))
	)
	if words:
		pattern = f"%{words}%"
		query = query.where(
			customer.customer_name.like(pattern)
			| customer.organisation.like(pattern)
			| customer.phone.like(pattern)
		)
	rows = query.orderby(customer.customer_name).limit(SIZE + 1).offset((page - 1) * SIZE).run(as_dict=True)
	rows, more = rows[:SIZE], len(rows) > SIZE
	counts = open_counts([row.name for row in rows])
	for row in rows:
		row.open = counts.get(row.name, 0)
	return Page("customers", _("My Customers"), {"rows": rows, "page": page, "more": more, "q": words})


def open_counts(names: list[str]) -> dict[str, int]:
	"""Return how many tickets of each customer are not complete."""
	if not names:
		return {}
	rows = frappe.get_all(
		"Service Ticket",
		filters={"customer": ("in", names), "completed": 0},
		fields=["customer", "count(name) as number"],
		group_by="customer",
		order_by=None,
	)
	return {row.customer: row.number for row in rows}
