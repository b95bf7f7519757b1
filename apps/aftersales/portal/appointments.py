"""Appointments as customers see them: the own ones, free windows, and what they do with one of theirs (S4.07)."""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name, is_transition_condition_satisfied
from frappe.query_builder import Order
from frappe.utils import cint, get_datetime, getdate, now_datetime, today
from pypika import Criterion

from aftersales.field_service.appointment_notices import DOCTYPE
from aftersales.field_service.appointment_windows import (
	ENDED,
	PLAN,
	Window,
	free_windows,
	last_day,
	may_still_change,
)
from aftersales.field_service.appointments import set_new_time, states_of
from aftersales.field_service.doctype.service_appointment.service_appointment import OPEN
from aftersales.portal import ROLE
from aftersales.portal.pages import NotFound
from aftersales.portal.progress import NotPossibleNowError
from aftersales.portal.scope import CUSTOMER, Scope, as_sql, is_website_user, scope_of
from aftersales.portal.tickets import customer_for, product_values
from aftersales.service_network import outlet_scope

SIZE = 20
DAYS_SHOWN = 7
LONGEST = {"purpose": 140, "details": 2000, "address": 400, "phone": 60, "reason": 400}


class AppointmentFormError(frappe.ValidationError):
	"""Something that an appointment needs is missing or wrong."""


# Who sees what


def condition(scope: Scope) -> Criterion | None:
	"""Return the condition of the appointments that a user may see, None for none; the same rule as for tickets.

	A dealer sees those of their customers, and those that they made without one.
	"""
	if scope.is_guest:
		return None
	row = frappe.qb.DocType(DOCTYPE)
	made = row.owner == scope.user
	if scope.withdrawn:
		made &= row.customer.isnull() | (row.customer == "") | row.customer.notin(scope.withdrawn)
	parts = [made]
	if scope.whole:
		parts.append(row.customer.isin(sorted(scope.whole)))
	if scope.own:
		parts.append(row.customer.isin(scope.own) & (row.email == scope.user))
	if scope.dealers:
		customer = frappe.qb.DocType(CUSTOMER)
		theirs = frappe.qb.from_(customer).select(customer.name).where(customer.dealer.isin(scope.dealers))
		parts.append(row.customer.isin(theirs))
	return Criterion.any(parts)


def sees(scope: Scope, row: Document | dict) -> bool:
	"""Return whether a user may see an appointment; the same rule as `condition`.

	:param row: with `owner`, `customer` and `email`.
	"""
	if scope.is_guest:
		return False
	customer = row.get("customer")
	if row.get("owner") == scope.user and (not customer or customer not in scope.withdrawn):
		return True
	if not customer:
		return False
	if customer in scope.whole:
		return True
	if customer in scope.own and (row.get("email") or "").lower() == scope.user:
		return True
	return bool(scope.dealers) and frappe.db.get_value(CUSTOMER, customer, "dealer") in scope.dealers


def query_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Appointment: the staff's by outlet, of others their own."""
	user = user or frappe.session.user
	if is_website_user(user):
		return as_sql(condition(scope_of(user)))
	return outlet_scope.conditions(DOCTYPE, user=user)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Service Appointment; can only take rights away."""
	user = user or frappe.session.user
	if not is_website_user(user):
		return outlet_scope.has_permission(doc, user=user)
	return ptype == "create" or sees(scope_of(user), doc)


# Reading


def page_of(scope: Scope, past: bool = False, page: int = 1, size: int = SIZE) -> dict:
	"""Return a page of the appointments that a user may see, those next first; of past ones the latest first.

	:returns: `rows`, and `more`: whether there is another page. One statement.
	"""
	allowed = condition(scope)
	if allowed is None:
		return {"rows": [], "more": False}
	row = frappe.qb.DocType(DOCTYPE)
	ahead = (row.ends_at >= now_datetime()) & row.stage.isin(("Requested", "Confirmed", "Moved", "Arrived"))
	rows = (
		frappe.qb.from_(row)
		.where(allowed)
		.where(ahead.negate() if past else ahead)
		.select(
			row.name,
			row.purpose,
			row.appointment_kind,
			row.customer_name,
			row.starts_at,
			row.ends_at,
			row.stage,
			row.status,
			row.moved_by,
		)
		.orderby(row.starts_at, order=Order.desc if past else Order.asc)
		.limit(size + 1)
		.offset((page - 1) * size)
		.run(as_dict=True)
	)
	return {"rows": rows[:size], "more": len(rows) > size}


def find(scope: Scope, name: str, for_update: bool = False) -> Document:
	"""Return an appointment that the user may see.

	:raises NotFound: there is none; whether somebody else has it, nobody learns.
	"""
	row = frappe.db.get_value(DOCTYPE, name, ["name", "owner", "customer", "email"], as_dict=True)
	if not row or not sees(scope, row):
		raise NotFound
	doc = frappe.get_doc(DOCTYPE, row.name, for_update=for_update)
	if not sees(scope, doc):
		raise NotFound
	return doc


def plans_for(customer: str | None) -> list[Document]:
	"""Return the plans that are offered to a customer: of no region, or of theirs or one above it."""
	region = customer and frappe.db.get_value(CUSTOMER, customer, "region")
	names = frappe.get_all(
		PLAN, {"enabled": 1, "in_portal": 1}, ["name", "region"], order_by="appointment_kind, name"
	)
	regions = _with_ancestors(region) if region and any(row.region for row in names) else set()
	return [frappe.get_cached_doc(PLAN, row.name) for row in names if not row.region or row.region in regions]


def _with_ancestors(region: str) -> set[str]:
	place = frappe.db.get_value("Service Region", region, ["lft", "rgt"])
	filters = {"lft": ("<=", place[0]), "rgt": (">=", place[1])}
	return set(frappe.get_all("Service Region", filters, pluck="name", order_by=None))


def has_plans() -> bool:
	"""Whether the portal offers appointments at all."""
	return bool(frappe.db.exists(PLAN, {"enabled": 1, "in_portal": 1}))


def days_of(plan: Document, first: date, but: str | None = None) -> list[dict]:
	"""Return a week of the windows that a customer can book: `day` and `windows` with a free place, for each day with one.

	:param but: an appointment that shall be moved.
	"""
	last = min(first + timedelta(days=DAYS_SHOWN - 1), last_day(plan, getdate(today())))
	days: dict[date, list[Window]] = {}
	for window in free_windows(plan, first, last, but) if first <= last else ():
		if window.free and window.bookable:
			days.setdefault(window.day, []).append(window)
	return [{"day": day, "windows": windows} for day, windows in days.items()]


def first_day(plan: Document, wanted: str = "") -> date:
	"""Return the first day to show: the wanted one, within what can be booked."""
	soonest = max(getdate(today()), getdate(plan.valid_from) if plan.valid_from else getdate(today()))
	soonest = max(soonest, (now_datetime() + timedelta(hours=cint(plan.lead_hours))).date())
	try:
		day = date.fromisoformat(wanted)
	except ValueError:
		return soonest
	return min(max(day, soonest), max(last_day(plan, getdate(today())), soonest))


# What customers do


def book(scope: Scope, values: dict[str, str]) -> Document:
	"""Make an appointment as the signed-in user (S4.07).

	:param values: `plan`, `window` (see `Window.key`), `purpose`, `product`, `details`, `address`, `phone`, `customer` as typed.
	:raises AppointmentFormError: something is missing or wrong.
	:raises WindowFullError, AppointmentTimeError: the window is taken, or too near.
	"""
	customer = customer_for(scope, values.get("customer") or "")
	plan = plan_of(customer, values.get("plan") or "")
	day, start = read_window(values.get("window") or "")
	purpose = " ".join((values.get("purpose") or "").split())[: LONGEST["purpose"]]
	if not purpose:
		frappe.throw(_("Say what the appointment is about."), AppointmentFormError)
	if plan.purpose_list() and purpose not in plan.purpose_list():
		frappe.throw(_("Choose what the appointment is about."), AppointmentFormError)
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"appointment_kind": plan.appointment_kind,
			"plan": plan.name,
			"channel": "Portal",
			"appointment_date": day,
			"from_time": start,
			"purpose": purpose,
			"customer": customer,
			"customer_name": None if customer else frappe.utils.get_fullname(scope.user),
			"contact_phone": typed(values, "phone"),
			"address": typed(values, "address"),
			"details": typed(values, "details"),
			"email": scope.user
			if scope.user != "Administrator" and not dealer_books(scope, customer)
			else None,
			**product_values(values.get("product") or ""),
		}
	)
	doc.flags.update({"ignore_permissions": True, "from_portal": True})
	doc.insert(ignore_permissions=True)
	refuse_too_many(plan, doc)
	confirm_if_planned(doc)
	return doc


def dealer_books(scope: Scope, customer: str | None) -> bool:
	"""Whether a dealer books for a customer: the appointment keeps the customer's address then, not the dealer's."""
	return bool(scope.dealers) and bool(customer)


def typed(values: dict[str, str], field: str) -> str | None:
	"""Return what was typed into a field, cut to its length."""
	return (values.get(field) or "").strip()[: LONGEST[field]] or None


def plan_of(customer: str | None, name: str) -> Document:
	"""Return one of the plans offered.

	:raises AppointmentFormError: it is none of them.
	"""
	for plan in plans_for(customer):
		if plan.name == name:
			return plan
	frappe.throw(_("Choose one of the kinds of appointments offered."), AppointmentFormError)


def read_window(key: str) -> tuple[date, str]:
	"""Return day and begin of a window that was chosen in a form.

	:raises AppointmentFormError: none was.
	"""
	day, _slash, start = key.partition("/")
	hours, _colon, minutes = start.partition(":")
	try:
		if int(hours) < 24 and int(minutes) < 60:
			return date.fromisoformat(day), f"{int(hours):02d}:{int(minutes):02d}:00"
	except ValueError:
		pass
	frappe.throw(_("Choose a time."), AppointmentFormError)


def refuse_too_many(plan: Document, doc: Document) -> None:
	"""A customer, or a person without one, holds only so many places of a plan at a time.

	:raises AppointmentFormError: they are too many.
	"""
	if not cint(plan.most_open):
		return
	whose = {"customer": doc.customer} if doc.customer else {"owner": doc.owner}
	filters = {**whose, "plan": plan.name, "stage": ("in", OPEN), "starts_at": (">", now_datetime())}
	if frappe.db.count(DOCTYPE, filters) > cint(plan.most_open):
		frappe.throw(
			_("There are {0} appointments open already. Please move or cancel one of them.").format(
				plan.most_open
			),
			AppointmentFormError,
		)


def confirm_if_planned(doc: Document) -> None:
	"""Confirm an appointment when the workflow lets customers do so, for example because the plan needs no confirmation."""
	if row := transition_to(doc, "Confirmed"):
		doc.status = row.next_state
		doc.flags.confirmed_at_once = True
		save(doc)


def transitions(doc: Document) -> list:
	"""Return the workflow's transitions that its record opens to the portal's role, from the appointment's present state."""
	name = get_workflow_name(DOCTYPE)
	if not name:
		return []
	return [
		row
		for row in frappe.get_cached_doc("Workflow", name).transitions
		if row.state == doc.status and row.allowed == ROLE and is_transition_condition_satisfied(row, doc)
	]


def transition_to(doc: Document, stage: str):
	"""Return the first transition open to customers that leads to a stage, or None."""
	name = get_workflow_name(DOCTYPE)
	states = states_of(frappe.get_cached_doc("Workflow", name), stage) if name else ()
	return next((row for row in transitions(doc) if row.next_state in states), None)


def in_time(doc: Document) -> bool:
	"""Whether a customer may still change an appointment: it is ahead, and not too near."""
	plan = frappe.get_cached_doc(PLAN, doc.plan) if doc.plan else None
	return doc.stage in OPEN and may_still_change(plan, get_datetime(doc.starts_at))


def may_move(doc: Document) -> bool:
	"""Whether a customer may move an appointment: only those of a plan have windows to choose from."""
	if not doc.plan or not in_time(doc):
		return False
	plan = frappe.get_cached_doc(PLAN, doc.plan)
	offered = plan.enabled and plan.in_portal
	return bool(offered and (doc.stage != "Confirmed" or transition_to(doc, "Moved")))


def may_cancel(doc: Document) -> bool:
	"""Whether a customer may cancel an appointment."""
	return in_time(doc) and bool(transition_to(doc, ENDED))


def may_confirm(doc: Document) -> bool:
	"""Whether it is the customer's turn to agree to the time that the service proposed."""
	ahead = get_datetime(doc.starts_at) > now_datetime()
	return ahead and doc.stage == "Moved" and bool(transition_to(doc, "Confirmed"))


def move(doc: Document, key: str, reason: str = "") -> None:
	"""Move an appointment to another window of its plan.

	Where the plan needs no confirmation, a confirmed appointment stays one.

	:raises NotPossibleNowError: it is too late, or the workflow does not let customers do that.
	:raises AppointmentFormError, WindowFullError, AppointmentTimeError: no window was chosen, or it cannot be had.
	"""
	if not may_move(doc):
		refuse()
	day, start = read_window(key)
	change = {"appointment_date": day, "from_time": start, "to_time": None}
	set_new_time(doc, change, "Customer", typed({"reason": reason}, "reason"))
	at_once = cint(frappe.get_cached_value(PLAN, doc.plan, "confirm_at_once"))
	if doc.stage == "Confirmed" and not at_once:
		doc.status = transition_to(doc, "Moved").next_state
	save(doc)


def confirm(doc: Document) -> None:
	"""The customer agrees to the time that the service proposed.

	:raises NotPossibleNowError: there is nothing to agree to.
	"""
	if not may_confirm(doc):
		refuse()
	doc.status = transition_to(doc, "Confirmed").next_state
	save(doc)


def cancel(doc: Document, reason: str) -> None:
	"""The customer cancels; the place is free again.

	:raises NotPossibleNowError: it is too late, or the workflow does not let customers do that.
	"""
	if not may_cancel(doc):
		refuse()
	doc.cancel_reason = typed({"reason": reason}, "reason") or _("Cancelled by the customer")
	doc.status = transition_to(doc, ENDED).next_state
	save(doc)


def refuse() -> None:
	"""Say that it is too late.

	:raises NotPossibleNowError: always.
	"""
	frappe.throw(_("This can no longer be changed here. Please call us."), NotPossibleNowError)


def save(doc: Document) -> None:
	"""Store what a customer did. The caller checked that the appointment is theirs."""
	doc.flags.update({"ignore_permissions": True, "from_portal": True})
	doc.save(ignore_permissions=True)
