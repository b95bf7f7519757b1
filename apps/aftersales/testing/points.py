"""Makers of test documents of points, VIP customers, customer care and targets; see factories.py."""

import frappe
from frappe.model.document import Document
from frappe.utils import nowdate

from aftersales.service_network import points, vip_levels
from aftersales.testing.factories import insert, make_customer, make_vip_level, unique


def make_points_rule(**fields) -> Document:
	"""Make a Points Rule: a point for each unit of what is bought; without dates, for ever."""
	return insert(
		"Points Rule",
		{"rule_name": unique("Points Rule"), "base": "Sale Amount", "points_per_unit": 1, "expiry_months": 0},
		fields,
	)


def make_points_entry(**fields) -> Document:
	"""Make a Points Entry: an adjustment of 100; without `customer` for a new one."""
	fields.setdefault("customer", None)
	fields["customer"] = fields["customer"] or make_customer().name
	return insert("Points Entry", {"kind": "Adjusted", "points": 100, "remarks": "Welcome"}, fields)


def make_points_balance(**fields) -> Document:
	"""Return the Points Balance of a customer with 100 points."""
	entry = make_points_entry(**fields)
	return frappe.get_doc("Points Balance", {"customer": entry.customer})


def make_reward(**fields) -> Document:
	"""Make a Reward of which there are 10 for 100 points each, that needs nobody's approval."""
	return insert(
		"Reward", {"reward_name": unique("Reward"), "points": 100, "stock": 10, "needs_approval": 0}, fields
	)


def make_reward_redemption(**fields) -> Document:
	"""Make a Reward Redemption; without `customer` of a new one with 1,000 points."""
	if not fields.get("customer"):
		fields["customer"] = make_customer().name
		points.post(fields["customer"], 1000, "Earned")
	reward = fields.pop("reward", None) or make_reward(needs_approval=fields.pop("needs_approval", 1)).name
	return insert("Reward Redemption", {"reward": reward, "qty": 1}, fields)


def make_vip_level_change(**fields) -> Document:
	"""Return the VIP Level Change of a customer who was given a level by hand."""
	customer = make_customer(vip_level=make_vip_level().name)
	return frappe.get_doc(vip_levels.CHANGE, {"customer": customer.name})


def make_care_occasion(**fields) -> Document:
	"""Make a Care Occasion: birthdays, with a task for the account owner."""
	defaults = {"occasion_name": unique("Occasion"), "kind": "Birthday", "action": "Task", "enabled": 1}
	return insert("Care Occasion", defaults, fields)


def make_care_contact(**fields) -> Document:
	"""Make a Care Contact: a task that somebody got."""
	values = {
		"customer": make_customer().name,
		"occasion": make_care_occasion().name,
		"kind": "Birthday",
		"care_date": nowdate(),
		"outcome": "Task",
		"care_key": frappe.generate_hash(length=40),
	}
	return insert("Care Contact", values, fields)


def make_vip_event(**fields) -> Document:
	"""Make a VIP Event of today with one guest."""
	guests = fields.pop("guests", None) or [{"customer": make_customer().name}]
	values = {"event_title": unique("Event"), "event_date": nowdate(), "guests": guests}
	return insert("VIP Event", values, fields)


def make_business_target(**fields) -> Document:
	"""Make a Business Target: the company's new customers, of a month that no other target has."""
	values = {"measure": "New Customers", "target": 10, "scope": "Company", "from_date": _unused_month()}
	return insert("Business Target", values, fields)


def _unused_month() -> str:
	last = frappe.db.get_value("Business Target", {"from_date": ("<", "1990-01-01")}, "max(from_date)")
	return frappe.utils.add_months(last or "1970-01-01", 1)
