"""Customers Not Seen For Long: who was not in touch for so many days, with whom to win them back (S6.16)."""

import frappe
from frappe import _
from frappe.utils import add_days, cint, date_diff, getdate, today

from aftersales.service_network import customer_care
from aftersales.telephony.message_kinds import last_contacts
from aftersales.utils.report import chosen, column

MOST = 1000


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a sentence; the longest away first, at most 1,000.

	:param filters: `days` (180), `customer_group`, `region`, `vip_level`, `account_owner`.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	days = cint(filters.days) or 180
	conditions = chosen(filters, "vip_level", "account_owner", trees=("customer_group", "region"))
	conditions += [["disabled", "=", 0], ["personal_data_deleted_on", "is", "not set"]]
	rows = frappe.get_list(
		"Service Customer",
		filters=[["name", "in", [*absent(add_days(today(), -days)), ""]], *conditions],
		fields=[
			"name",
			"name as customer",
			"customer_name",
			"phone",
			"vip_level",
			"account_owner",
			"customer_since",
			"creation",
		],
		limit_page_length=MOST,
		order_by="customer_since asc",
	)
	seen = last_contacts(rows)
	for row in rows:
		row.last_contact = getdate(seen[row.name])
		row.days = date_diff(today(), row.last_contact)
	rows.sort(key=lambda row: (-row.days, row.customer))
	told = [_("{0} customers were not in touch for {1} days.").format(len(rows), days)]
	if len(rows) == MOST:
		told.append(_("More are not shown."))
	return columns(), rows, " ".join(told)


def absent(since) -> list[str]:
	"""Return the customers who were not in touch since a day, at most some thousands."""
	customer = frappe.qb.DocType("Service Customer")
	query = frappe.qb.from_(customer).select(customer.name).where(customer.disabled == 0)
	query = query.where(customer_care.absent(customer, since)).orderby(customer.customer_since)
	return [name for (name,) in query.limit(5 * MOST).run()]


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("customer", _("Customer"), "Link", 130, options="Service Customer"),
		column("customer_name", _("Customer Name"), "Data", 200),
		column("phone", _("Phone"), "Data", 140),
		column("last_contact", _("Last in Touch"), "Date", 120),
		column("days", _("Days"), "Int", 90),
		column("vip_level", _("VIP Level"), "Link", 120, options="VIP Level"),
		column("account_owner", _("Account Owner"), "Link", 180, options="User"),
	]
