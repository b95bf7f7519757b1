"""Whose spending stands out, and who carries the mark of a gold customer: difference analysis (S6.03).

Read is the amount spent that stands in the customer's file; until sales are recorded here it is typed or imported.
"""

import frappe
from frappe import _
from frappe.utils import flt

CUSTOMER = "Service Customer"
MOST = 1000


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str]:
	"""Return columns, rows and a message; those who spent most first.

	:param filters: `times` the average from which a customer is proposed as gold (2), `region` and `customer_group`.
	:returns: customers who are gold or should be.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	conditions = [["personal_data_deleted_on", "is", "not set"]]
	conditions += [
		[field, "=", filters[field]] for field in ("region", "customer_group") if filters.get(field)
	]
	(known,) = frappe.get_list(
		CUSTOMER,
		filters=[*conditions, ["amount_spent", ">", 0]],
		fields=["count(name) as customers", "avg(amount_spent) as average"],
		order_by=None,
	)
	average = flt(known.average)
	limit = average * (flt(filters.times) or 2)
	rows = frappe.get_list(
		CUSTOMER,
		filters=conditions,
		or_filters=[["gold_customer", "=", 1], ["amount_spent", ">=", max(limit, 0.01)]],
		fields=[
			"name as customer",
			"customer_name",
			"vip_level",
			"account_owner",
			"amount_spent",
			"gold_customer",
		],
		order_by="amount_spent desc",
		limit_page_length=MOST,
	)
	for row in rows:
		row.difference = flt(row.amount_spent) - average
		row.proposal = proposal(bool(row.gold_customer), bool(average) and flt(row.amount_spent) >= limit)
	message = _("{0} customers have an amount spent; the average is {1}.").format(
		known.customers, frappe.format_value(average, {"fieldtype": "Currency"})
	)
	return columns(), rows, message


def proposal(is_gold: bool, stands_out: bool) -> str:
	"""Return what to do about the mark of a customer."""
	if stands_out:
		return _("Stays Gold") if is_gold else _("Make Gold")
	return _("Check Why")


def columns() -> list[dict]:
	"""Return the columns of the report."""
	return [
		{
			"fieldname": "customer",
			"label": _("Customer"),
			"fieldtype": "Link",
			"options": CUSTOMER,
			"width": 130,
		},
		{"fieldname": "customer_name", "label": _("Customer Name"), "fieldtype": "Data", "width": 160},
		{
			"fieldname": "vip_level",
			"label": _("VIP Level"),
			"fieldtype": "Link",
			"options": "VIP Level",
			"width": 110,
		},
		{
			"fieldname": "account_owner",
			"label": _("Account Owner"),
			"fieldtype": "Link",
			"options": "User",
			"width": 180,
		},
		{"fieldname": "amount_spent", "label": _("Amount Spent"), "fieldtype": "Currency", "width": 130},
		{
			"fieldname": "difference",
			"label": _("Difference from the Average"),
			"fieldtype": "Currency",
			"width": 180,
		},
		{"fieldname": "gold_customer", "label": _("Gold Customer"), "fieldtype": "Check", "width": 110},
		{"fieldname": "proposal", "label": _("Suggested"), "fieldtype": "Data", "width": 120},
	]
