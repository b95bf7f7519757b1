"""VIP levels that people chose before there were rules stay."""

import frappe


def execute():
	"""Mark the level of every customer that has one as kept."""
	customer = frappe.qb.DocType("Service Customer")
	query = frappe.qb.update(customer).set(customer.vip_level_kept, 1)
	query.where(customer.vip_level.isnotnull() & (customer.vip_level != "")).run()
