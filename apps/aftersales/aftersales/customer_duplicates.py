"""Tells the person who saves a customer that somebody else has the same telephone number (S2.08)."""

import frappe
from frappe import _

from aftersales.telephony.numbers import normalise
from aftersales.utils.phones import phones_of

MOST_NAMED = 5


def hint(customer) -> None:
	"""Show a passing message, if a number that is new on this customer is another customer's as well.

	Never blocks: families and offices share numbers. Only customers whom the user may read are named.

	:param customer: Service Customer being saved.
	"""
	numbers = [] if customer.flags.merging else _new_numbers(customer)
	others = find_others(numbers, customer.name, customer.region) if numbers else []
	if others:
		frappe.msgprint(
			_("Same telephone number: {0}").format(", ".join(_link(other) for other in others)),
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
	if not names:
		return []
	return frappe.get_list(
		"Service Customer",
		filters={"name": ["in", names]},
		fields=["name", "customer_name", "organisation"],
		order_by="modified desc",
	)


def _new_numbers(customer) -> list[str]:
	before = customer.get_doc_before_save()
	known = set(phones_of(before)) if before else set()
	return [number for number in phones_of(customer) if number not in known]


def _link(other: dict) -> str:
	title = " · ".join(filter(None, (other.customer_name, other.organisation)))
	return frappe.utils.get_link_to_form("Service Customer", other.name, frappe.utils.escape_html(title))
