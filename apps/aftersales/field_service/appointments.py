"""What people do with appointments: look for a free window, make one from a ticket, call or customer, move and cancel it."""

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow, get_workflow_name
from frappe.utils import cint, get_datetime, getdate

from aftersales.field_service import order_facts
from aftersales.field_service.appointment_windows import PLAN, clock, free_windows
from aftersales.field_service.doctype.service_appointment.service_appointment import DOCTYPE, OPEN, place_of
from aftersales.service_network import outlet_choice
from aftersales.telephony.numbers import normalise
from aftersales.utils.access import check_permission

MOST_DAYS = 31
MOST_EVENTS = 2000
ROWS = 5
# Source -> field of the new appointment -> field of the source.
SOURCES = {
	"Service Ticket": {
		"service_ticket": "name",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"email": "email",
		"region": "region",
		"product": "product",
		"product_name": "product_name",
		"product_category": "product_category",
		"details": "question",
	},
	"Service Call": {
		"service_call": "name",
		"customer": "customer",
		"customer_name": "caller",
		"contact_phone": "number_display",
	},
	"Service Customer": {"customer": "name"},
	"Customer Device": {"device": "name", "customer": "customer"},
}
CHANNEL_OF = {"Service Call": "Telephone"}
ORDER = "Service Order"
ORDER_KINDS = {
	"On-site Visit": "Dispatch",
	"Workshop": "Workshop",
	"Telephone": "Dispatch",
	"Shop": "Counter Repair",
}
# What an order takes over; its fields have the same names.
ORDER_VALUES = (
	"customer",
	"customer_name",
	"contact_name",
	"contact_phone",
	"address",
	"region",
	"device",
	"serial_no",
	"product",
	"product_name",
	"product_category",
	"outlet",
	"technician",
	"service_ticket",
	"service_call",
)
LONGEST_PURPOSE = 100
COLOURS = {
	"Requested": "#fde7ad",
	"Confirmed": "#cbe1f7",
	"Moved": "#fbd3ba",
	"Arrived": "#ddd1f4",
	"Done": "#c9ead4",
	"No Show": "#f6c7c2",
}


class MoveNotPossibleError(frappe.ValidationError):
	"""The appointment is over, or the workflow does not let the user move it."""


@frappe.whitelist()
def windows(plan: str, start: str, days: int = 7, appointment: str | None = None) -> list[dict]:
	"""Return the windows of a plan that have not begun yet, for choosing one in the Desk.

	:param plan: Appointment Plan. start: first day. days: how many, at most 31.
	:param appointment: one that shall be moved; its own place counts as free.
	:returns: `date`, `from_time`, `to_time`, `words`, `places` and `free` of each, in order. One statement for all.
	:raises frappe.PermissionError: the user may not read appointments or the plan.
	"""
	check_permission(DOCTYPE, "read")
	doc = frappe.get_cached_doc(PLAN, plan)
	check_permission(PLAN, "read", doc)
	first = getdate(start)
	last = frappe.utils.add_days(first, min(max(cint(days), 1), MOST_DAYS) - 1)
	return [
		{
			"date": str(window.day),
			"from_time": f"{clock(window.start)}:00",
			"to_time": f"{clock(window.end)}:00",
			"words": window.words,
			"places": window.places,
			"free": window.free,
		}
		for window in free_windows(doc, first, last, appointment)
	]


@frappe.whitelist()
def new_appointment(source_doctype: str, source_name: str) -> dict:
	"""Return an unsaved appointment with all that its source knows.

	:param source_doctype: Service Ticket, Service Call, Service Customer or Customer Device.
	:returns: fields of a new Service Appointment, for `frappe.model.sync` in the browser.
	:raises frappe.PermissionError: the user may not make appointments, or not read the source.
	:raises frappe.ValidationError: there is nothing to take over from such a source.
	"""
	check_permission(DOCTYPE, "create")
	if source_doctype not in SOURCES:
		frappe.throw(_("An appointment cannot be made from {0}.").format(_(source_doctype)))
	source = frappe.get_doc(source_doctype, source_name)
	source.check_permission("read")
	doc = frappe.new_doc(DOCTYPE)
	values = {field: source.get(origin) for field, origin in SOURCES[source_doctype].items()}
	doc.update({field: value for field, value in values.items() if value})
	doc.channel = CHANNEL_OF.get(source_doctype, "Desk")
	if doc.details:
		doc.purpose = " ".join(doc.details.split())[:LONGEST_PURPOSE]
	doc.fill_from_links()
	return doc.as_dict()


@frappe.whitelist()
def new_order(appointment: str) -> dict:
	"""Return an unsaved Service Order for an appointment, with all that it knows.

	:returns: fields of a new Service Order, for `frappe.model.sync` in the browser.
	:raises frappe.PermissionError: the user may not make orders, or not read the appointment.
	"""
	check_permission(ORDER, "create")
	doc = frappe.get_doc(DOCTYPE, appointment)
	doc.check_permission("read")
	order = frappe.new_doc(ORDER)
	order.update({field: doc.get(field) for field in ORDER_VALUES if doc.get(field)})
	order.update(
		{
			"appointment": doc.name,
			"source": "Appointment",
			"order_kind": ORDER_KINDS[doc.appointment_kind],
			"symptom": doc.details or doc.purpose,
			"planned_start": doc.starts_at,
			"planned_end": doc.ends_at,
		}
	)
	order_facts.fill(order)
	outlet_choice.fill(order)
	return order.as_dict()


@frappe.whitelist(methods=["POST"])
def move(
	appointment: str,
	appointment_date: str,
	from_time: str,
	to_time: str | None = None,
	reason: str | None = None,
	plan: str | None = None,
) -> dict:
	"""Move an appointment for the service; the customer is told, and it is confirmed anew.

	:param to_time: end; of a plan's window it is filled.
	:param plan: another Appointment Plan, None keeps it; an empty text takes the appointment out of its plan.
	:returns: the appointment.
	:raises frappe.PermissionError: the user may not write appointments.
	:raises MoveNotPossibleError: it is over, or the user's role may not move it in its state.
	"""
	doc = frappe.get_doc(DOCTYPE, appointment, for_update=True)
	check_permission(DOCTYPE, "write", doc)
	change = {"appointment_date": appointment_date, "from_time": from_time, "to_time": to_time}
	if plan is not None:
		change["plan"] = plan or None
	set_new_time(doc, change, "Company", reason)
	if doc.stage != "Moved":
		take_transition(doc, "Moved")
	doc.save()
	return doc.as_dict()


def set_new_time(doc: Document, change: dict, by: str, reason: str | None) -> None:
	"""Write the new time into an appointment, and keep the old one; it is not stored yet.

	:param change: new values of plan, day, begin and end.
	:param by: "Customer" or "Company".
	:raises MoveNotPossibleError: the appointment is over.
	"""
	if doc.stage not in OPEN:
		frappe.throw(
			_("Only an appointment that is still ahead can be moved."),
			MoveNotPossibleError,
			title=_("Not Moved"),
		)
	before = place_of(doc)
	doc.moved_from = doc.starts_at
	doc.update({field: value for field, value in change.items() if value is not None or field == "plan"})
	if place_of(doc) == before:
		frappe.throw(_("Choose another time than the present one."), MoveNotPossibleError)
	doc.flags.moving = True
	doc.moved_by, doc.move_reason = by, (reason or "").strip() or None
	doc.move_count = cint(doc.move_count) + 1


def take_transition(doc: Document, stage: str) -> None:
	"""Set the state to which the user's role may bring an appointment now and that stands for a stage.

	:raises MoveNotPossibleError: there is no such transition.
	"""
	if not get_workflow_name(DOCTYPE):
		doc.stage = stage
		return
	workflow = get_workflow(DOCTYPE)
	states = states_of(workflow, stage)
	for row in get_transitions(frappe.get_doc(DOCTYPE, doc.name), workflow):
		if row.next_state in states:
			doc.set(workflow.workflow_state_field, row.next_state)
			return
	frappe.throw(
		_("Your role cannot do that with an appointment that is {0}.").format(frappe.bold(_(doc.status))),
		MoveNotPossibleError,
	)


def states_of(workflow: Document, stage: str) -> set[str]:
	"""Return the states of a workflow that stand for a stage."""
	return {row.state for row in workflow.states if row.update_value == stage}


@frappe.whitelist(methods=["POST"])
def cancel(appointment: str, reason: str) -> dict:
	"""Cancel an appointment for the service; the customer is told, and its place is free again.

	:param reason: why; must not be empty.
	:returns: the appointment.
	:raises frappe.PermissionError: the user may not write appointments.
	:raises CancelReasonError: there is no reason.
	:raises MoveNotPossibleError: the user's role may not cancel it in its state.
	"""
	doc = frappe.get_doc(DOCTYPE, appointment, for_update=True)
	check_permission(DOCTYPE, "write", doc)
	doc.cancel_reason = reason.strip()
	take_transition(doc, "Cancelled")
	doc.save()
	return doc.as_dict()


@frappe.whitelist()
def get_events(start: str, end: str, filters: str | list | dict | None = None) -> list[dict]:
	"""Return the appointments of a period that the user may see, for Frappe's calendar.

	:param start: first moment. end: last moment. filters: of the list view.
	:returns: name, title, begin, end and colour; cancelled ones are left out. One statement.
	:raises frappe.PermissionError: the user may not read appointments.
	"""
	check_permission(DOCTYPE, "read")
	found = frappe.parse_json(filters) if isinstance(filters, str) else filters
	wanted = (
		[[DOCTYPE, field, "=", value] for field, value in found.items()]
		if isinstance(found, dict)
		else list(found or [])
	)
	wanted += [
		[DOCTYPE, "starts_at", "<=", get_datetime(end)],
		[DOCTYPE, "ends_at", ">=", get_datetime(start)],
		[DOCTYPE, "stage", "!=", "Cancelled"],
	]
	rows = frappe.get_list(
		DOCTYPE,
		filters=wanted,
		fields=["name", "customer_name", "purpose", "starts_at", "ends_at", "stage", "status"],
		order_by="starts_at asc",
		limit_page_length=MOST_EVENTS,
		ignore_ifnull=True,
	)
	for row in rows:
		row.title = f"{row.customer_name} · {row.purpose}"
		row.color = COLOURS.get(row.stage)
		row.all_day = 0
	return rows


@frappe.whitelist(methods=["POST"])
def move_event(args: dict | str, field_map: dict | str | None = None) -> dict:
	"""Move an appointment that was dragged in the calendar; one of a plan to the window that begins there.

	:param args: `name`, `starts_at` and `ends_at`, as Frappe's calendar sends them. field_map: sent along, not needed.
	:returns: the appointment.
	:raises frappe.PermissionError: the user may not write appointments.
	:raises AppointmentTimeError: its plan has no window that begins then.
	"""
	check_permission(DOCTYPE, "write")
	values = frappe.parse_json(args)
	begin, until = get_datetime(values["starts_at"]), get_datetime(values["ends_at"])
	return move(
		values["name"],
		str(begin.date()),
		time_of(begin),
		time_of(until) if until.date() == begin.date() else None,
	)


def time_of(moment: datetime) -> str:
	"""Return the time of the day of a moment."""
	return str(moment.time().replace(microsecond=0))


def appointments(call: frappe._dict) -> dict | None:
	"""`aftersales_call_card`: the caller's appointments, those ahead first; of unknown callers by their number."""
	key = call.number_key or normalise(call.number_raw).key
	if not (call.customer or key) or not frappe.has_permission(DOCTYPE, "read"):
		return None
	rows = frappe.get_list(
		DOCTYPE,
		filters={"customer": call.customer} if call.customer else {"phone_key": key},
		fields=["name", "purpose", "time_words", "starts_at", "status", "stage"],
		order_by="creation desc",
		limit_page_length=ROWS + 1,
	)
	if not rows:
		return None
	shown = [
		{
			"doctype": DOCTYPE,
			"name": row.name,
			"text": row.purpose,
			"title": row.time_words,
			"date": str(row.starts_at)[:10],
			"state": row.status,
			"open": row.stage in OPEN,
		}
		for row in rows
	]
	shown.sort(key=lambda row: not row["open"])
	return {
		"label": _("Appointments"),
		"count": len(shown[:ROWS]),
		"more": len(rows) > ROWS,
		"rows": shown[:ROWS],
	}
