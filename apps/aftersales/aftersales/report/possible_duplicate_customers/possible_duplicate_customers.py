"""Customers who were perhaps entered twice: same telephone number, or same name and organisation (S2.08)."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from aftersales.aftersales.customer_records import DOCTYPE
from aftersales.utils.access import check_permission

MOST = 1000


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict]]:
	"""Return columns and rows, those who share something one below the other.

	:param filters: none.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	check_permission(DOCTYPE, "read")
	groups = [(_("Telephone Number"), key, names) for key, names in same_number()]
	groups += [(_("Name and Organisation"), key, names) for key, names in same_name()]
	readable = _readable({name for _reason, _key, names in groups for name in names})
	rows = []
	for reason, key, names in groups:
		shown = [readable[name] for name in names if name in readable]
		if len(shown) > 1:
			rows += [{"reason": reason, "shared": key, **customer} for customer in shown]
	return columns(), rows


def same_number() -> list[tuple[str, list[str]]]:
	"""Return numbers that several customers have themselves, with those customers; contact persons do not count."""
	number = frappe.qb.DocType("Caller Number")
	count = Count(number.customer).distinct()
	keys = (
		frappe.qb.from_(number)
		.select(number.number_key)
		.where((number.party_type == DOCTYPE) & (number.number_key != ""))
		.groupby(number.number_key)
		.having(count > 1)
		.limit(MOST)
		.run(pluck=True)
	)
	if not keys:
		return []
	rows = frappe.get_all(
		"Caller Number",
		{"number_key": ["in", keys], "party_type": DOCTYPE},
		["number_key", "customer"],
		order_by="number_key asc, customer asc",
		distinct=True,
		limit=0,
	)
	found = {}
	for row in rows:
		found.setdefault(row.number_key, []).append(row.customer)
	return list(found.items())


def same_name() -> list[tuple[str, list[str]]]:
	"""Return names with organisation that several customers have, with those customers."""
	customer = frappe.qb.DocType(DOCTYPE)
	twins = (
		frappe.qb.from_(customer)
		.select(customer.organisation, customer.customer_name)
		.where((customer.organisation != "") & customer.personal_data_deleted_on.isnull())
		.groupby(customer.organisation, customer.customer_name)
		.having(Count(customer.name) > 1)
		.limit(MOST)
		.run()
	)
	found = []
	for organisation, name in twins:
		names = frappe.get_all(
			DOCTYPE, {"organisation": organisation, "customer_name": name}, pluck="name", order_by="name asc"
		)
		found.append((f"{name} · {organisation}", names))
	return found


def _readable(names: set[str]) -> dict[str, dict]:
	if not names:
		return {}
	rows = frappe.get_list(
		DOCTYPE,
		{"name": ["in", list(names)]},
		["name as customer", "customer_name", "organisation", "phone", "member_no", "disabled"],
		limit_page_length=0,
	)
	return {row.customer: row for row in rows}


def columns() -> list[dict]:
	"""Return the columns of the report."""
	return [
		{"fieldname": "reason", "label": _("In Common"), "fieldtype": "Data", "width": 170},
		{"fieldname": "shared", "label": _("Value"), "fieldtype": "Data", "width": 200},
		{
			"fieldname": "customer",
			"label": _("Customer"),
			"fieldtype": "Link",
			"options": DOCTYPE,
			"width": 130,
		},
		{"fieldname": "customer_name", "label": _("Customer Name"), "fieldtype": "Data", "width": 150},
		{"fieldname": "organisation", "label": _("Organisation"), "fieldtype": "Data", "width": 200},
		{"fieldname": "phone", "label": _("Phone"), "fieldtype": "Data", "width": 130},
		{"fieldname": "member_no", "label": _("Member No."), "fieldtype": "Data", "width": 110},
		{"fieldname": "disabled", "label": _("Disabled"), "fieldtype": "Check", "width": 80},
	]
