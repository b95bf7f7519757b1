"""What customers have spent: payments for purchases and for service, less what was taken back (S6.03, S6.12)."""

import frappe
from frappe.query_builder import Order
from frappe.query_builder.functions import Sum
from frappe.utils import add_days, flt, getdate

from aftersales.service_network import outlet_scope

# Document of a payment -> field with the day.
PAYMENTS = {"Sale Collection": "collected_on", "Service Payment": "received_at"}


def spent(from_date=None, to_date=None, own_outlets: bool = False) -> dict[str, float]:
	"""Return what each customer paid within a period, the highest amount first; two statements.

	:param from_date: first day; None: from the beginning.
	:param to_date: last day; None: until now.
	:param own_outlets: only payments to outlets that the session's user sees.
	:returns: customer -> money, more than 0.
	"""
	totals: dict[str, float] = {}
	for doctype, field in PAYMENTS.items():
		table = frappe.qb.DocType(doctype)
		query = frappe.qb.from_(table).select(table.customer, Sum(table.amount))
		query = query.where(table.customer.isnotnull() & (table.customer != ""))
		if from_date:
			query = query.where(table[field] >= getdate(from_date))
		if to_date:
			query = query.where(table[field] < add_days(getdate(to_date), 1))
		limit = outlet_scope.criterion(table.outlet) if own_outlets else None
		if limit is not None:
			query = query.where(limit)
		for customer, amount in query.groupby(table.customer).orderby(table.customer, order=Order.asc).run():
			totals[customer] = flt(totals.get(customer, 0) + flt(amount), 9)
	return dict(sorted(((key, value) for key, value in totals.items() if value > 0), key=lambda one: -one[1]))
