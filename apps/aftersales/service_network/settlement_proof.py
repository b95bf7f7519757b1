"""Whether a follow-up found that a visit was real and the customer satisfied, without which no fee is settled (S2.42)."""

from collections.abc import Iterable

import frappe
from frappe.utils import cint

from aftersales.field_service.order_follow_ups import TALKED
from aftersales.field_service.order_printing import MOST_VISITS

# From the best to the worst, as Follow-up has them.
SATISFACTION = ("Very Satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very Dissatisfied")
NONE, NOT_DONE, NOT_REAL, UNKNOWN, NOT_SATISFIED = (
	"No Follow-up",
	"Follow-up Not Done",
	"Customer Not Real",
	"Not Certified",
	"Customer Not Satisfied",
)
MISSING = (NONE, NOT_DONE, NOT_REAL, UNKNOWN, NOT_SATISFIED)


def is_needed() -> bool:
	"""Return whether Aftersales Settings ask for the proof at all."""
	return bool(cint(frappe.db.get_single_value("Aftersales Settings", "settlement_needs_follow_up")))


def missing(orders: Iterable[str]) -> dict[str, str]:
	"""Return what is missing for which of the orders, one of `MISSING`; proven ones are left out.

	Of several follow-ups the last one counts. A visit that was continued is proven by the follow-up of the last visit.

	:param orders: names of Service Orders.
	"""
	names = {name for name in orders if name}
	if not names or not is_needed():
		return {}
	last = _last_visits(names)
	found: dict[str, str] = {}
	for row in _follow_ups(set(last.values())):
		# One that is still open says nothing against an earlier one.
		if row.stage in TALKED or row.source_name not in found:
			found[row.source_name] = _judge(row)
	told = {name: found.get(visit, NONE) for name, visit in last.items()}
	return {name: reason for name, reason in told.items() if reason}


def _judge(row: frappe._dict) -> str:
	if row.stage not in TALKED:
		return NOT_DONE
	if row.customer_real == "No":
		return NOT_REAL
	if row.customer_real != "Yes" or row.satisfied not in SATISFACTION:
		return UNKNOWN
	least = frappe.db.get_single_value("Aftersales Settings", "settlement_least_satisfaction") or "Satisfied"
	return "" if SATISFACTION.index(row.satisfied) <= SATISFACTION.index(least) else NOT_SATISFIED


def _follow_ups(orders: set[str]) -> list[frappe._dict]:
	return frappe.get_all(
		"Follow-up",
		{
			"source_doctype": "Service Order",
			"source_name": ("in", sorted(orders)),
			"stage": ("!=", "Cancelled"),
		},
		["source_name", "stage", "customer_real", "satisfied"],
		order_by="followed_up_on asc, creation asc",
		limit_page_length=0,
	)


def _last_visits(orders: set[str]) -> dict[str, str]:
	"""Return the order with which each one ended."""
	last = {name: name for name in orders}
	open_names = set(orders)
	for _visit in range(MOST_VISITS):
		following = dict(
			frappe.get_all(
				"Service Order",
				{"name": ("in", sorted(open_names)), "continued_by": ("is", "set")},
				["name", "continued_by"],
				as_list=True,
				limit_page_length=0,
			)
		)
		if not following:
			break
		last = {name: following.get(visit, visit) for name, visit in last.items()}
		open_names = set(following.values())
	return last
