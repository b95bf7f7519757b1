"""Deadlines of the demo tickets: set back with the tickets, some overdue, some near, some paused, the others met."""

from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.utils import add_to_date, now_datetime

from aftersales.aftersales import deadlines
from aftersales.aftersales.deadlines.calendars import calendar_of
from aftersales.aftersales.deadlines.rows import DOCTYPE
from aftersales.aftersales.deadlines.working_time import add_working_time

PAUSING = "Waiting for Customer"
# Of the old open tickets every third is overdue, the others were given more time: hours from now, in turn
MORE_HOURS = (0, 2, 7)


def load() -> None:
	"""Bring the deadlines of tickets in line that were written back in time; see aftersales.demo.load."""
	table, ticket = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Service Ticket")
	names = (
		frappe.qb.from_(table)
		.join(ticket)
		.on((table.reference_doctype == "Service Ticket") & (table.reference_name == ticket.name))
		.select(ticket.name)
		.distinct()
		.where((table.started_at > ticket.creation + Interval(minutes=10)) & table.state.isin(["Running"]))
		.orderby(ticket.creation)
	).run(pluck=True)
	for number, name in enumerate(names):
		set_back(frappe.get_doc("Service Ticket", name), number)


def set_back(ticket: Document, number: int) -> None:
	"""Let the ticket's deadlines start when it was taken, and be where its state says.

	:param number: running number of the ticket, for variety.
	"""
	now = now_datetime()
	for row in deadlines.current(ticket):
		due = add_working_time(calendar_of(row.working_time), ticket.creation, row.allowed_seconds)
		frappe.db.set_value(DOCTYPE, row.name, {"started_at": ticket.creation, "due_at": due})
		if ticket.completed or (row.step == "Response" and ticket.status != "New"):
			finish(row, due, ticket, number)
		elif due < now and number % len(MORE_HOURS):
			deadlines.set_due(ticket, row.step, add_to_date(now, hours=MORE_HOURS[number % len(MORE_HOURS)]))
		else:
			frappe.db.set_value(DOCTYPE, row.name, "next_event_at", due)
	if ticket.status == PAUSING:
		deadlines.pause(ticket)
	else:
		deadlines.resume(ticket)  # nothing is paused: shows in the ticket what was written above


def finish(row: dict, due: datetime, ticket: Document, number: int) -> None:
	"""End a step some time before its deadline, of each eighth ticket after it."""
	late = number % 8 == 7
	at = min(due + timedelta(hours=3), now_datetime()) if late else min(due, ticket.modified)
	state = "Late" if at > due else "Met"
	frappe.db.set_value(DOCTYPE, row.name, {"state": state, "finished_at": at, "next_event_at": None})
