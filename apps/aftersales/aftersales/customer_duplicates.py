"""Finds customers who were perhaps entered twice: same telephone number, or same name and organisation (S2.08)."""

import frappe
from frappe import _

from aftersales.telephony.numbers import normalise
from aftersales.utils.phones import phones_of
from aftersales.utils.text import comparison_key

MOST_NAMED = 5
FIELDS = ["name", "customer_name", "organisation"]


def hint(customer) -> None:
	"""Show a passing message, if what is new on this customer is another customer's as well.

	Never blocks: families and offices share numbers, and people share names. Only customers whom the user may read
	are named.

	:param customer: Service Customer being saved.
	"""
	if customer.flags.merging or frappe.flags.in_import:
		return
	numbers = _new_numbers(customer)
	others = find_others(numbers, customer.name, customer.region) if numbers else []
	_tell(_("Same telephone number: {0}"), others)
	known = {other.name for other in others}
	_tell(
		_("Same name and organisation: {0}"),
		[row for row in find_namesakes(customer) if row.name not in known],
	)


def _tell(message: str, others: list[dict]) -> None:
	if others:
		frappe.msgprint(
			message.format(", ".join(_link(other) for other in others)),
			title=_("Perhaps the Same Customer"),
			indicator="orange",
			alert=True,
		)


def find_others(numbers: list[str], customer: str | None, region: str | None = None) -> list[dict]:
	"""Return customers, other than the given one, who have one of the numbers.

	:param numbers: telephone numbers in any notation.
	:param customer: name of the customer to leave out.
	:param region: Service Region whose area code numbers without one get.
	:returns: at most five rows of name, customer_name and organisation, those the user may read.
	"""
	area_code = region and frappe.get_cached_value("Service Region", region, "area_code")
	keys = {normalise(number, None, area_code or None).key for number in numbers} - {""}
	if not keys:
		return []
	names = frappe.get_all(
		"Caller Number",
		filters={"number_key": ["in", keys], "customer": ["not in", ["", customer]]},
		pluck="customer",
		distinct=True,
		limit=MOST_NAMED,
		order_by=None,
	)
	return _readable(names)


def find_namesakes(customer) -> list[dict]:
	"""Return customers of the same name and organisation, however they were written; none without an organisation.

	:param customer: Service Customer; asked only when its name or organisation is new.
	:returns: as `find_others`.
	"""
	if not customer.organisation or not (
		customer.has_value_changed("customer_name") or customer.has_value_changed("organisation")
	):
		return []
	# The index finds the organisation; letter case and full-width letters are the collation's business.
	rows = frappe.get_all(
		"Service Customer",
		filters={"organisation": customer.organisation, "name": ["!=", customer.name or ""]},
		fields=["name", "customer_name"],
		limit=500,
		order_by=None,
	)
	key = comparison_key(customer.customer_name)
	return _readable([row.name for row in rows if comparison_key(row.customer_name) == key])


def _readable(names: list[str]) -> list[dict]:
	if not names or not frappe.has_permission("Service Customer", "read"):
		return []
	return frappe.get_list(
		"Service Customer",
		filters={"name": ["in", names[:MOST_NAMED]]},
		fields=FIELDS,
		order_by="modified desc",
	)


def _new_numbers(customer) -> list[str]:
	before = customer.get_doc_before_save()
	known = set(phones_of(before)) if before else set()
	return [number for number in phones_of(customer) if number not in known]


def _link(other: dict) -> str:
	title = " · ".join(filter(None, (other.customer_name, other.organisation)))
	return frappe.utils.get_link_to_form("Service Customer", other.name, frappe.utils.escape_html(title))
