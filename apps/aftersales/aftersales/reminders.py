"""The start-up reminder: what is due when somebody opens the Desk, once a day (S7.43).

Each method that hooks.py names in `aftersales_start_up_reminders` tells one thing: it gets the user and the days ahead, and
returns None or a dict with `title`, `count`, `route` (of the list) and `rows` (`label`, `route`, `date`, `late`).
"""

import frappe
from frappe import _
from frappe.model.utils.user_settings import get_user_settings, update_user_settings
from frappe.utils import cint, get_datetime, getdate, now_datetime, nowdate

from aftersales.aftersales import follow_ups

ROWS = 5
REMEMBERED_WITH = "Follow-up"  # user settings of Frappe are kept per DocType
KEY = "start_up_reminder"


@frappe.whitelist(methods=["POST"])
def start_up() -> list:
	"""Return what is due for the session's user, and nothing for the rest of the day.

	:returns: see the module; an empty list when nothing is due or when it was shown today.
	:raises frappe.PermissionError: for visitors. Everybody else hears what they may read.
	"""
	frappe.only_for("All")
	user = frappe.session.user
	settings = frappe.parse_json(get_user_settings(REMEMBERED_WITH) or "{}")
	if settings.get(KEY) == nowdate():
		return []
	found = due(user, cint(frappe.db.get_single_value("Aftersales Settings", "reminder_days_ahead")))
	update_user_settings(REMEMBERED_WITH, {KEY: nowdate()})
	return found


def due(user: str, days: int) -> list[dict]:
	"""Return what the methods of the hook tell, without those that tell nothing."""
	told = [
		frappe.get_attr(method)(user, days) for method in frappe.get_hooks("aftersales_start_up_reminders")
	]
	return [part for part in told if part and part["count"]]


def follow_ups_due(user: str, days: int) -> dict | None:
	"""Follow-ups planned for the user, overdue or due within some days."""
	rows = follow_ups.due_for(user, days)
	return {
		"title": _("Follow-ups due within {0} days").format(days) if days else _("Follow-ups due today"),
		"count": len(rows),
		"route": ["List", "Follow-up", {"planned_for": user, "stage": "Open"}],
		"rows": [
			{
				"label": row.customer_name or row.name,
				"route": ["Form", "Follow-up", row.name],
				"date": row.due_date,
				"late": row.due_date < getdate(),
			}
			for row in rows[:ROWS]
		],
	}


def feedback_awaited(user: str, days: int) -> dict | None:
	"""Follow-ups on which the user's word is awaited (S24.18)."""
	if not frappe.has_permission("Follow-up", "read"):
		return None
	filters = {"feedback_person": user, "stage": "Awaiting Feedback"}
	rows = frappe.get_list(
		"Follow-up", filters=filters, fields=["name", "customer_name", "followed_up_on"], limit=100
	)
	return {
		"title": _("Awaiting your feedback"),
		"count": len(rows),
		"route": ["List", "Follow-up", filters],
		"rows": [
			{
				"label": row.customer_name or row.name,
				"route": ["Form", "Follow-up", row.name],
				"date": row.followed_up_on,
			}
			for row in rows[:ROWS]
		],
	}


def deadlines_missed(user: str, days: int) -> dict | None:
	"""Steps of complaints, tickets and tasks whose deadline is over and that wait for the user."""
	rows = frappe.get_all(
		"Service Deadline",
		filters={"user": user, "state": "Running", "due_at": ("<", now_datetime())},
		fields=["reference_doctype", "reference_name", "due_at"],
		order_by="due_at asc",
		limit=100,
	)
	rows = readable(
		list({(row.reference_doctype, row.reference_name): row for row in reversed(rows)}.values())[::-1]
	)
	return {
		"title": _("Overdue"),
		"count": len(rows),
		"route": ["Form", rows[0].reference_doctype, rows[0].reference_name] if rows else None,
		"rows": [
			{
				"label": f"{_(row.reference_doctype)} {row.reference_name}",
				"route": ["Form", row.reference_doctype, row.reference_name],
				"date": getdate(get_datetime(row.due_at)),
				"late": True,
			}
			for row in rows[:ROWS]
		],
	}


def readable(rows: list[frappe._dict]) -> list[frappe._dict]:
	"""Return the deadlines of documents that the session's user may read; one statement per DocType."""
	names = {}
	for row in rows:
		names.setdefault(row.reference_doctype, set()).add(row.reference_name)
	allowed = {
		(doctype, name)
		for doctype, wanted in names.items()
		if frappe.has_permission(doctype, "read")
		for name in frappe.get_list(
			doctype, {"name": ("in", list(wanted))}, pluck="name", limit_page_length=0
		)
	}
	return [row for row in rows if (row.reference_doctype, row.reference_name) in allowed]
