"""What the pop-up of a call tells of the caller's points (S7.03)."""

import frappe
from frappe import _
from frappe.utils import add_days, cint, today

from aftersales.service_network import points, rewards

SOON_DAYS = 90


def points_of_caller(call: frappe._dict) -> dict | None:
	"""Return the points of the caller, and the button that redeems them; None for callers without an entry.

	:param call: fields of the Service Call.
	"""
	if not call.customer or not frappe.has_permission(points.BALANCE, "read"):
		return None
	rows = frappe.get_list(points.BALANCE, {"customer": call.customer}, ["name", "balance"], limit=1)
	if not rows:
		return None
	row = rows[0]
	soon = points.expiring(call.customer, add_days(today(), SOON_DAYS)) if row.balance else 0
	section = {
		"label": _("Points", context="Points Entry"),
		"count": cint(row.balance),
		"more": False,
		"rows": [
			{
				"doctype": points.BALANCE,
				"name": row.name,
				"text": _("{0} expire within {1} days").format(soon, SOON_DAYS)
				if soon
				else _("Account", context="Points Balance"),
				"title": None,
				"date": None,
				"state": None,
				"open": False,
			}
		],
	}
	if row.balance > 0 and frappe.has_permission(rewards.REDEMPTION, "create"):
		section["action"] = {"name": "redeem_points", "label": _("Redeem"), "customer": call.customer}
	return section
