"""Reminders of appointments: to the customer by message, to the staff when they open the Desk (S4.07, S7.43)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, now_datetime, today

from aftersales.field_service import appointment_notices

DOCTYPE = "Service Appointment"
TEMPLATE = "Appointment Reminder"
MOST = 200
ROWS = 5


def plan(doc: Document) -> None:
	"""Say when the customer is to be reminded: of a confirmed appointment, once, some hours before it begins.

	Whoever makes an appointment later than that has just heard of it, and needs no reminder.
	"""
	if doc.is_new() or doc.has_value_changed("starts_at"):
		doc.reminded_at = None
	doc.remind_at = None
	hours = hours_before(doc)
	if doc.stage != "Confirmed" or doc.reminded_at or not hours:
		return
	moment = get_datetime(doc.starts_at) - timedelta(hours=hours)
	if moment > now_datetime():
		doc.remind_at = moment


def hours_before(doc: Document) -> int:
	"""Return how many hours before it begins the customer is reminded; 0 for never."""
	if doc.plan:
		return cint(frappe.get_cached_value("Appointment Plan", doc.plan, "remind_hours"))
	return cint(frappe.get_cached_doc("Aftersales Settings").appointment_reminder_hours)


def remind_due() -> int:
	"""Remind customers whose time has come (scheduler); a second worker passes over what the first one has in hand.

	:returns: how many messages were queued.
	"""
	rows = frappe.db.sql(
		"""select name from `tabService Appointment`
		where remind_at <= %(now)s order by remind_at limit %(most)s for update skip locked""",
		{"now": now_datetime(), "most": MOST},
	)
	return sum(remind(name) for (name,) in rows)


def remind(name: str) -> bool:
	"""Queue the reminder of one appointment, and remember it.

	:returns: whether there is a message; why there is none stands in the timeline.
	"""
	doc = frappe.get_doc(DOCTYPE, name)
	message = None
	if doc.stage == "Confirmed" and get_datetime(doc.starts_at) > now_datetime():
		template = doc.plan and frappe.get_cached_value("Appointment Plan", doc.plan, "reminder_template")
		key = f"appointment-reminder:{doc.name}:{doc.starts_at}"
		message = appointment_notices.tell_customer(doc, template or TEMPLATE, key)
	values = {"remind_at": None, "reminded_at": now_datetime() if message else None}
	doc.db_set(values, update_modified=False)
	return bool(message)


def appointments_ahead(user: str, days: int) -> dict | None:
	"""`aftersales_start_up_reminders`: appointments planned for the user, today and within some days."""
	filters = {
		"planned_for": user,
		"stage": ("in", ("Confirmed", "Moved", "Requested")),
		"starts_at": ("between", (today(), add_days(today(), days))),
	}
	return _told(_("Your appointments"), filters)


def to_confirm(user: str, days: int) -> dict | None:
	"""`aftersales_start_up_reminders`: what customers asked for and nobody has answered, for those who may."""
	if not frappe.has_permission(DOCTYPE, "create"):
		return None
	filters = {"stage": "Requested", "starts_at": (">=", today())}
	return _told(_("Appointments to confirm"), filters)


def _told(title: str, filters: dict) -> dict | None:
	if not frappe.has_permission(DOCTYPE, "read"):
		return None
	rows = frappe.get_list(
		DOCTYPE,
		filters=filters,
		fields=["name", "customer_name", "purpose", "appointment_date"],
		order_by="starts_at asc",
		limit_page_length=100,
	)
	return {
		"title": title,
		"count": len(rows),
		"route": ["List", DOCTYPE, filters],
		"rows": [
			{
				"label": f"{row.customer_name} · {row.purpose}",
				"route": ["Form", DOCTYPE, row.name],
				"date": row.appointment_date,
			}
			for row in rows[:ROWS]
		],
	}
