"""VIP Event: a gathering for good customers (S6.20), and what they wish for the next one (S6.22)."""

import math

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, formatdate, getdate, today

EVENT = "VIP Event"


class EventError(frappe.ValidationError):
	"""The event cannot be like this."""


class VIPEvent(Document):
	def validate(self):
		self.organiser = self.organiser or frappe.session.user
		self.fill_guests()
		self.validate_attendance()
		self.invited = len(self.guests)
		self.attended = sum(cint(row.attended) for row in self.guests)

	def fill_guests(self) -> None:
		"""Copy the names of the guests.

		:raises EventError: somebody is invited twice.
		"""
		seen = set()
		for row in self.guests:
			if row.customer in seen:
				frappe.throw(
					_("{0} is invited twice. Remove one of the lines.").format(
						frappe.bold(escape_html(row.customer_name or row.customer))
					),
					EventError,
				)
			seen.add(row.customer)
		names = dict(
			frappe.get_all(
				"Service Customer",
				{"name": ("in", [*seen, ""])},
				["name", "customer_name"],
				as_list=True,
				order_by=None,
			)
		)
		for row in self.guests:
			row.customer_name = names.get(row.customer)

	def validate_attendance(self) -> None:
		"""
		:raises EventError: somebody came to what has not taken place.
		"""
		if any(cint(row.attended) for row in self.guests) and (
			self.cancelled or getdate(self.event_date) > getdate(today())
		):
			frappe.throw(_("Guests are ticked when the event has taken place."), EventError)


def events_missing(user: str, days: int) -> dict | None:
	"""Reminder on opening the Desk: fewer events this year than there should be by now (S6.20: four a year).

	Told to those who may plan them.
	"""
	wanted = cint(frappe.db.get_single_value("Aftersales Settings", "vip_events_a_year"))
	if not wanted or not frappe.has_permission(EVENT, "create"):
		return None
	day = getdate(today())
	planned = frappe.db.count(
		EVENT, {"cancelled": 0, "event_date": ("between", (f"{day.year}-01-01", f"{day.year}-12-31"))}
	)
	missing = math.ceil(wanted * day.month / 12) - planned
	if missing <= 0:
		return None
	coming = frappe.get_list(
		EVENT,
		filters={"cancelled": 0, "event_date": (">=", today())},
		fields=["name", "event_title", "event_date"],
		order_by="event_date asc",
		limit=5,
	)
	return {
		"title": _("VIP events to be planned until the end of {0}").format(formatdate(day, "MMMM")),
		"count": missing,
		"route": ["List", EVENT],
		"rows": [
			{"label": row.event_title, "route": ["Form", EVENT, row.name], "date": row.event_date}
			for row in coming
		],
	}


def on_doctype_update():
	frappe.db.add_index(EVENT, ["event_date", "cancelled"])
