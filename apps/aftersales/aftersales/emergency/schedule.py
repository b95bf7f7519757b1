"""Takes a snapshot as often as Aftersales Settings say (S1.41)."""

import frappe
from frappe.utils import add_to_date, now_datetime

HOURS = {"Daily": 23, "Weekly": 7 * 24 - 1}


def take_due() -> None:
	"""Daily job: make a snapshot, unless a scheduled one is young enough. Its own job fills it."""
	hours = HOURS.get(frappe.get_cached_doc("Aftersales Settings").emergency_frequency)
	if not hours:
		return
	since = add_to_date(now_datetime(), hours=-hours)
	if frappe.db.exists(
		"Emergency Snapshot", {"scheduled": 1, "status": ("!=", "Failed"), "creation": (">", since)}
	):
		return
	frappe.get_doc(doctype="Emergency Snapshot", scheduled=1).insert(ignore_permissions=True)
