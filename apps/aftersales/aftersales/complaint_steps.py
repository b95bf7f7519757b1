"""What follows from the steps of a complaint: decisions on record, the route, deadlines, and who is told (M7)."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import cint, flt, get_datetime, get_fullname, now_datetime, time_diff_in_hours

from aftersales.aftersales import (
	complaint_feedback,
	complaint_mail,
	complaint_rules,
	deadlines,
	organisation,
)
from aftersales.aftersales.complaint_rules import acting_user, check_step

DOCTYPE = "Customer Complaint"
# Stage -> step of the deadline clock that runs in it.
CLOCKS = {"Review": "Review", "Handling": "Handling", "Handled": "Feedback", "Not Upheld": "Feedback"}
DEFAULT_HOURS = {"Review": 8.0, "Handling": 24.0, "Feedback": 8.0}
# Decision that is put on record for a change of stage, unless it closes the department's open row.
DECISIONS = {
	("Review", "Handling"): "Upheld",
	("Review", "Not Upheld"): "Not Upheld",
	("Review", "Registration"): "Returned to Registrar",
	("Handling", "Review"): "Sent Back by Handler",
	("Handled", "Handling"): "Result Returned",
	("Answered", "Handling"): "Handled Again",
	("Not Upheld", "Review"): "Reopened",
	("Answered", "Review"): "Reopened",
	("Done", "Review"): "Reopened",
}
MAJOR_EVENT_ROLES = ("General Manager", "Service Manager")


class HandlerNotAvailableError(frappe.ValidationError):
	"""The named handler cannot work on complaints."""


class NoRouteError(frappe.ValidationError):
	"""The type names no department and nobody chose one."""


def prepare(doc: Document, before: Document | None) -> None:
	"""Check the step that is being taken and write what it changes on the document; called by validate.

	:param doc: document with the stage of its new state.
	:param before: as stored; None for a new one.
	"""
	stage, left = doc.stage or "Registration", (before and before.stage) or "Registration"
	if doc.has_value_changed("handler"):
		validate_handler(doc)
	validate_deadline(doc)
	set_department_of_route(doc, stage, left)
	set_route(doc)
	if not before:
		return
	if stage != left:
		check_step(doc, before, stage)
		record_step(doc, left, stage)
	elif stage == "Review" and doc.department != before.department:
		pass_on(doc, before)
	elif stage == "Handling" and doc.handler != before.handler:
		record(doc, "Reassigned", take_opinion(doc))
	elif doc.flags.escalate_to:
		doc.level = cint(doc.level) + 1
		doc.escalated_to = doc.flags.escalate_to
		record(doc, "Escalated", take_opinion(doc))


def set_department_of_route(doc: Document, stage: str, left: str) -> None:
	"""Send a complaint to the first department of its type's route, unless one was chosen (S6.30).

	:raises NoRouteError: neither is there.
	"""
	if stage == left == "Registration" and not doc.has_value_changed("complaint_type"):
		return
	route = route_of(doc.complaint_type)
	if left == "Registration" and not doc.department and route:
		doc.department = route[0].department
	if stage == "Review" and not doc.department:
		frappe.throw(
			_(
				"The complaint type {0} names no department. Choose the department, or give the type a route."
			).format(frappe.bold(doc.complaint_type)),
			NoRouteError,
			title=_("No Department"),
		)


def set_route(doc: Document) -> None:
	"""Work out where on the route the complaint is, and which department reviews next."""
	route = [row.department for row in route_of(doc.complaint_type)]
	if doc.department in route:
		doc.route_step = route.index(doc.department) + 1
	elif doc.has_value_changed("complaint_type"):
		doc.route_step = 0
	step = cint(doc.route_step)
	doc.next_department = route[step] if step < len(route) else None


def route_of(complaint_type: str | None) -> list[Document]:
	"""Return the steps of a type's route."""
	return frappe.get_cached_doc("Complaint Type", complaint_type).route if complaint_type else []


def record_step(doc: Document, left: str, stage: str) -> None:
	"""Put a change of stage on record: the decision with its reason, dates, figures."""
	now = now_datetime()
	decision = DECISIONS.get((left, stage))
	opinion = take_opinion(doc)
	if left == "Review":
		close_review(doc, decision or "Upheld", opinion)
	elif decision or opinion:
		record(doc, decision, opinion)
	if stage == "Review":
		open_review(doc)
	if stage in ("Handling", "Not Upheld"):
		doc.upheld = "Not Upheld" if stage == "Not Upheld" else "Upheld"
	elif stage == "Review":
		doc.upheld = None
	if stage == "Handling" and not doc.compensation:
		doc.compensation = frappe.get_cached_value("Complaint Type", doc.complaint_type, "compensation")
	if stage == "Handled":
		set_handled(doc, now)
	elif stage in ("Review", "Handling"):
		doc.handled_on = doc.handled_late = doc.hours_taken = None
	if stage in ("Review", "Handling") and left in ("Not Upheld", "Answered", "Done"):
		doc.times_reopened = cint(doc.times_reopened) + 1
		clear_feedback(doc)
	if stage == "Answered":
		doc.feedback_on = doc.feedback_on or now
		doc.feedback_by = doc.feedback_by or acting_user(doc)
	doc.closed_on = now if stage == "Done" else None


def set_handled(doc: Document, now) -> None:
	"""Figures of the handling: when, how long since receipt, before or after the deadline."""
	doc.upheld = doc.upheld or "Upheld"
	doc.handled_on = now
	doc.hours_taken = flt(max(time_diff_in_hours(now, get_datetime(doc.received_on)), 0), 1)
	doc.handled_late = cint(bool(doc.due_at) and get_datetime(doc.due_at) < now)


def clear_feedback(doc: Document) -> None:
	"""A case that is worked on again will be answered again; what was said before is in the history."""
	for field in complaint_rules.FEEDBACK:
		doc.set(field, None)


def pass_on(doc: Document, before: Document) -> None:
	"""Put on record that the head passed the complaint on, and let the next department receive it.

	To the next department of the route the head agrees; to any other one a reason is due.
	"""
	agrees = doc.department == before.next_department
	if not agrees and not (doc.opinion or "").strip():
		complaint_rules.refuse_without_reason()
	close_review(doc, "Upheld" if agrees else "Passed On", take_opinion(doc))
	doc.handler = doc.handle_by = None
	open_review(doc)


def take_opinion(doc: Document) -> str | None:
	"""Return what stands in Opinion or Reason and empty it for the next decision."""
	opinion, doc.opinion = (doc.opinion or "").strip() or None, None
	return opinion


def open_review(doc: Document) -> None:
	"""Append the row of the department that has the complaint now, and name the head who receives it."""
	doc.reviewer = organisation.head_of(doc.department)
	doc.append("reviews", {"department": doc.department, "received_at": now_datetime()})


def close_review(doc: Document, decision: str, opinion: str | None) -> None:
	"""Fill the department's open row with the decision."""
	row = open_row(doc) or doc.append("reviews", {"department": doc.department})
	sign(doc, row, decision, opinion)


def open_row(doc: Document) -> Document | None:
	"""Return the row that waits for a decision."""
	return next((row for row in reversed(doc.reviews) if not row.decided_at), None)


def record(doc: Document, decision: str | None, opinion: str | None) -> None:
	"""Append a decision that is not the end of a department's review."""
	sign(doc, doc.append("reviews", {"department": doc.department}), decision, opinion)


def sign(doc: Document, row: Document, decision: str | None, opinion: str | None) -> None:
	"""Write decision, person and time on a row."""
	user = acting_user(doc)
	row.update(
		{
			"decision": decision,
			"opinion": opinion,
			"reviewer": user,
			"reviewer_name": get_fullname(user),
			"decided_at": now_datetime(),
		}
	)


def validate_handler(doc: Document) -> None:
	"""Refuse a handler who left or has no right to write complaints.

	:raises HandlerNotAvailableError: with what to do.
	"""
	user = doc.handler
	if not user:
		return
	if not organisation.is_available(user):
		frappe.throw(
			_("{0} does not work here any more. Name another handler.").format(
				frappe.bold(get_fullname(user))
			),
			HandlerNotAvailableError,
		)
	if not frappe.has_permission(DOCTYPE, "write", user=user):
		frappe.throw(
			_("{0} may not write complaints. Name another handler, or give them the role {1}.").format(
				frappe.bold(get_fullname(user)), frappe.bold(_("Case Handler"))
			),
			HandlerNotAvailableError,
		)


def validate_deadline(doc: Document) -> None:
	"""Refuse a deadline that is over when it is set.

	:raises StepIncompleteError: always then.
	"""
	if doc.handle_by and doc.has_value_changed("handle_by") and get_datetime(doc.handle_by) < now_datetime():
		frappe.throw(
			_("{0} is over already. Choose a later time.").format(frappe.bold(_("Handle By"))),
			complaint_rules.StepIncompleteError,
		)


def follow_up(doc: Document, before: Document | None) -> None:
	"""After saving: clocks, notices, mail; each only for what changed."""
	stage, left = doc.stage or "Registration", (before and before.stage) or "Registration"
	moved = stage != left
	passed = not moved and stage == "Review" and before and doc.department != before.department
	if moved or passed:
		set_clock(doc, stage, left)
	elif stage == "Handling" and before:
		follow_assignment(doc, before)
	if (moved and stage == "Review") or passed:
		tell(people_of(doc), _("Complaint to review: {0}").format(title_of(doc)), doc)
	if moved and stage == "Handling":
		tell_handler(doc)
	if moved and stage in ("Handled", "Not Upheld"):
		complaint_feedback.begin(doc)
	if moved and left in ("Handled", "Not Upheld"):
		complaint_feedback.end(doc)
	if doc.major_event and not (before and before.major_event):
		tell(users_with(MAJOR_EVENT_ROLES), _("Major event: {0}").format(title_of(doc)), doc)


def set_clock(doc: Document, stage: str, left: str) -> None:
	"""Stop the clock of the step that is over and start the one of the step that begins."""
	if left in CLOCKS:
		deadlines.finish(doc, CLOCKS[left])
	step = CLOCKS.get(stage)
	if not step:
		return
	user, department = responsible(doc, step), (doc.department if step != "Feedback" else None)
	if step == "Handling" and doc.handle_by:
		deadlines.start_at(doc, step, doc.handle_by, user, department=department)
	else:
		due = deadlines.start(doc, step, hours_for(doc, step), user, department=department)
		if step == "Review":
			open_row(doc).db_set("due_at", due, update_modified=False)


def hours_for(doc: Document, step: str) -> float:
	"""Return the working hours that a step has, by the type and its route."""
	if not doc.complaint_type:
		return DEFAULT_HOURS[step]
	if step == "Feedback":
		hours = frappe.get_cached_value("Complaint Type", doc.complaint_type, "feedback_hours")
	else:
		field = "review_hours" if step == "Review" else "handling_hours"
		hours = next(
			(row.get(field) for row in route_of(doc.complaint_type) if row.department == doc.department), None
		)
	return flt(hours) or DEFAULT_HOURS[step]


def responsible(doc: Document, step: str) -> str | None:
	"""Return who is warned when a step gets late."""
	if step == "Review":
		return doc.reviewer
	return doc.handler if step == "Handling" else (doc.agent or doc.owner)


def follow_assignment(doc: Document, before: Document) -> None:
	"""A new handler or deadline while the complaint is handled."""
	if doc.handler != before.handler:
		deadlines.reassign(doc, "Handling", doc.handler)
		tell_handler(doc)
	if doc.handle_by and get_datetime(doc.handle_by) != get_datetime(before.handle_by or "1900-01-01"):
		deadlines.set_due(doc, "Handling", get_datetime(doc.handle_by))


def tell_handler(doc: Document) -> None:
	"""Tell the handler in the Desk and, where the site sends mail, by an e-mail that can be answered (S2.21, S2.24)."""
	tell([doc.handler], _("Complaint to handle: {0}").format(title_of(doc)), doc)
	complaint_mail.ask_handler(doc)


def people_of(doc: Document) -> list[str]:
	"""Return who reviews the complaint: head and deputy of its department, or who stands in for them."""
	people = frappe.db.get_value("Service Department", doc.department, ["head", "deputy"]) or ()
	return [user for user in {*people, doc.reviewer} if organisation.is_available(user)]


def users_with(roles: tuple[str, ...]) -> list[str]:
	"""Return the enabled users who have one of the roles."""
	holders = frappe.get_all(
		"Has Role", {"role": ("in", roles), "parenttype": "User"}, pluck="parent", distinct=True
	)
	return frappe.get_all("User", {"name": ("in", holders), "enabled": 1}, pluck="name") if holders else []


def title_of(doc: Document) -> str:
	"""Return number, customer and type on one line."""
	parts = (doc.name, doc.customer_name, doc.complaint_type and _(doc.complaint_type))
	return " · ".join(part for part in parts if part)


def tell(users: list[str], subject: str, doc: Document) -> None:
	"""Make a notice in the Desk for each user but the one who acts."""
	others = [user for user in users if user and user != frappe.session.user]
	if not others:
		return
	enqueue_create_notification(
		others,
		{
			"type": "Alert",
			"document_type": doc.doctype,
			"document_name": doc.name,
			"subject": frappe.utils.escape_html(subject),
			"from_user": frappe.session.user,
		},
	)


def escalated(doc: Document, superior: str, reason: str) -> None:
	"""Put an escalation on record and tell the superior; the step, its deadline and its people stay."""
	doc.flags.escalate_to = superior
	doc.flags.by_system = True
	doc.opinion = reason
	doc.save(ignore_permissions=True)
	tell([superior], _("Complaint escalated to you: {0}").format(title_of(doc)), doc)
