"""What others do with complaints: open one, take a step, pass it on, name another handler, escalate.

Every function loads the complaint with a row lock, so that two people who act at the same time act one after the other, and
the second one is told when the step is gone.
"""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow, has_approval_access
from frappe.utils import cint

from aftersales.aftersales import complaint_rules, complaint_steps, organisation
from aftersales.aftersales.complaint_states import load_locked
from aftersales.utils.access import check_permission

DOCTYPE = "Customer Complaint"
# What the dialog of a step may fill in.
STEP_FIELDS = {
	"opinion",
	"handler",
	"handle_by",
	*complaint_rules.HANDLING,
	*complaint_rules.FEEDBACK,
}


class StepOverError(frappe.ValidationError):
	"""Somebody took the step, or another one, meanwhile."""


def open_complaint(
	complaint_type: str,
	customer: str | None,
	reason: str,
	source_doctype: str | None = None,
	source_name: str | None = None,
	**values,
) -> str:
	"""Register a complaint for another part of the app, such as a bad follow-up; the caller has checked the rights.

	:param complaint_type: name of the Complaint Type.
	:param customer: name of the Service Customer, or None with `customer_name` or `contact_phone` in `values`.
	:param reason: what the customer complains of.
	:param source_doctype: DocType of the record that it came from; a Service Ticket is linked as such too.
	:param source_name: its name.
	:param values: more fields of Customer Complaint.
	:returns: record number; of the open complaint of the same source, if there is one already.
	:raises frappe.ValidationError: a value does not fit.
	"""
	if source_name:
		found = frappe.db.get_value(
			DOCTYPE,
			{"source_doctype": source_doctype, "source_name": source_name, "stage": ("!=", "Done")},
		)
		if found:
			return found
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"complaint_type": complaint_type,
			"customer": customer,
			"reason": reason,
			"source_doctype": source_doctype,
			"source_name": source_name,
			"ticket": source_name if source_doctype == "Service Ticket" else None,
			**values,
		}
	)
	return doc.insert(ignore_permissions=True).name


@frappe.whitelist()
def new_complaint(source_doctype: str, source_name: str) -> dict:
	"""Return an unsaved complaint with all that its source knows (S5.09).

	:param source_doctype: Service Ticket, Service Call or Service Customer.
	:param source_name: name of the source.
	:returns: fields of a new Customer Complaint, for `frappe.new_doc` in the browser.
	:raises frappe.PermissionError: the user may not make complaints, or not read the source.
	:raises frappe.ValidationError: there is nothing to take over from such a source.
	"""
	check_permission(DOCTYPE, "create")
	if source_doctype not in SOURCES:
		frappe.throw(_("A complaint cannot be made from {0}.").format(_(source_doctype)))
	source = frappe.get_doc(source_doctype, source_name)
	source.check_permission("read")
	values = {field: source.get(origin) for field, origin in SOURCES[source_doctype].items()}
	doc = frappe.new_doc(DOCTYPE)
	doc.update({field: value for field, value in values.items() if value})
	if source_doctype != "Service Customer":
		doc.source_doctype, doc.source_name = source_doctype, source_name
	doc.fill_from_links()
	return doc.as_dict()


SOURCES = {
	"Service Ticket": {
		"ticket": "name",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"email": "email",
		"product": "product",
		"channel": "channel",
		"reason": "question",
	},
	"Service Call": {
		"customer": "customer",
		"contact_phone": "number_display",
		"ticket": "service_ticket",
	},
	"Service Customer": {"customer": "name"},
}


@frappe.whitelist(methods=["POST"])
def act(complaint: str, action: str, values: dict | str | None = None) -> dict:
	"""Take a step of the workflow together with what it needs, all or nothing (M7).

	:param complaint: record number.
	:param action: action of the workflow.
	:param values: fields of the step's dialog, see `STEP_FIELDS`; others are refused.
	:returns: the complaint as saved.
	:raises frappe.PermissionError: the user may not change the complaint, or not these fields.
	:raises StepOverError: the action is not possible in the complaint's state, for instance because somebody acted first.
	"""
	doc = locked(complaint)
	values = frappe.parse_json(values) or {}
	if unknown := set(values) - STEP_FIELDS:
		frappe.throw(
			_("This step does not fill in {0}.").format(frappe.bold(", ".join(sorted(unknown)))),
			frappe.PermissionError,
		)
	transition = transition_of(doc, action)
	doc.update(values)
	# Everything in one save: what Frappe's apply_workflow does, which would drop the values.
	doc.set(get_workflow(DOCTYPE).workflow_state_field, transition.next_state)
	doc.save()
	doc.add_comment("Workflow", _(transition.next_state))
	return doc.as_dict()


def transition_of(doc: Document, action: str) -> dict:
	"""Return the transition that an action means for the user now.

	:raises StepOverError: there is none.
	"""
	for row in get_transitions(doc):
		if row.action == action and has_approval_access(frappe.session.user, doc, row):
			return row
	refuse_step(doc, action)


@frappe.whitelist(methods=["POST"])
def pass_on(complaint: str, department: str, opinion: str | None = None) -> dict:
	"""Pass a complaint on to another department; only its present head or deputy may (S2.21, S5.07).

	:param complaint: record number.
	:param department: Service Department that shall review.
	:param opinion: reason; may be empty only for the next department of the route.
	:returns: the complaint as saved.
	:raises NotTheReviewerError: the user is not the head of the department that has it.
	:raises ReasonMissingError: the department is not the next one and there is no reason.
	:raises StepOverError: it is not under review any more, or is in that department already.
	"""
	doc = locked(complaint)
	if doc.stage != "Review" or doc.department == department:
		refuse_step(doc, "Pass On")
	doc.department = department
	doc.opinion = opinion
	return doc.save().as_dict()


@frappe.whitelist(methods=["POST"])
def reassign(complaint: str, handler: str, opinion: str) -> dict:
	"""Name another handler while a complaint is handled, for instance because the first one left.

	:param complaint: record number.
	:param handler: User.
	:param opinion: reason.
	:returns: the complaint as saved.
	:raises NotTheReviewerError: the user is neither head or deputy of the department nor an owner of complaints.
	:raises ReasonMissingError: there is no reason.
	:raises HandlerNotAvailableError: the new handler left or may not write complaints.
	:raises StepOverError: it is not being handled.
	"""
	doc = locked(complaint)
	if doc.stage != "Handling" or doc.handler == handler:
		refuse_step(doc, "Reassign")
	if not (opinion or "").strip():
		complaint_rules.refuse_without_reason()
	doc.handler = handler
	doc.opinion = opinion
	return doc.save().as_dict()


@frappe.whitelist(methods=["POST"])
def escalate(complaint: str, opinion: str) -> dict:
	"""Report a complaint to the next superior, one level further each time (S5.03, S5.07).

	The first level is the superior of who has the complaint now (head of the department, handler, agent), the next one
	that person's superior.

	:param complaint: record number.
	:param opinion: why.
	:returns: `level`, `escalated_to`.
	:raises frappe.PermissionError: the user may not change the complaint.
	:raises ReasonMissingError: there is no reason.
	:raises StepOverError: it is closed, or nobody stands above.
	"""
	doc = load_locked(complaint)
	doc.check_permission("read")
	check_permission(DOCTYPE, "write")
	if doc.stage == "Done":
		refuse_step(doc, "Escalate")
	if not (opinion or "").strip():
		complaint_rules.refuse_without_reason()
	responsible = doc.escalated_to or responsible_for(doc)
	superior = organisation.superior_of(responsible) if responsible else None
	if not superior:
		frappe.throw(
			_(
				"Nobody stands above {0}. Enter the superior in Service Staff, or the head in the department."
			).format(frappe.bold(frappe.utils.get_fullname(responsible) if responsible else _("nobody yet"))),
			StepOverError,
		)
	complaint_steps.escalated(doc, superior, opinion.strip())
	return {"level": cint(doc.level), "escalated_to": superior}


def responsible_for(doc: Document) -> str | None:
	"""Return who has the complaint now."""
	if doc.stage == "Review":
		return doc.reviewer
	return doc.handler if doc.stage == "Handling" else (doc.agent or doc.owner)


@frappe.whitelist()
def work_list() -> dict:
	"""Return what waits for the user: filters of the lists and how many there are (S2.24).

	:returns: per list `filters` (field, operator, value) and `count`: `to_review`, `to_handle`, `feedback_due`, `overdue`,
	    `major`.
	:raises frappe.PermissionError: the user may not read complaints.
	"""
	check_permission(DOCTYPE, "read")
	lists = {
		"to_review": to_review_filters(),
		"to_handle": [["stage", "=", "Handling"], ["handler", "=", frappe.session.user]],
		"feedback_due": [["stage", "in", ["Handled", "Not Upheld"]]],
		"overdue": overdue_filters(),
		"major": [["stage", "!=", "Done"], ["major_event", "=", 1]],
	}
	return {key: {"filters": filters, "count": count(filters)} for key, filters in lists.items()}


def overdue_filters() -> list[list]:
	"""Return the filters of what is open and late; where no clock runs, Frappe takes the empty time for an early one."""
	return [["stage", "!=", "Done"], ["due_at", "<", frappe.utils.now()], ["due_at", "is", "set"]]


def to_review_filters() -> list[list]:
	"""Return the filters of what the user reviews as head or deputy."""
	user = frappe.session.user
	departments = {
		*complaint_rules.departments_of_reviewer(user),
		*frappe.get_list(
			DOCTYPE, filters={"stage": "Review", "reviewer": user}, pluck="department", limit_page_length=0
		),
	}
	return [["stage", "=", "Review"], ["department", "in", sorted(departments) or [""]]]


def count(filters: list) -> int:
	"""Return how many complaints the user may read that match."""
	return frappe.get_list(DOCTYPE, filters=filters, fields=["count(name) as number"], order_by="")[0].number


@frappe.whitelist()
def to_review_card(filters: dict | str | None = None) -> dict:
	"""Number card: complaints that wait for the user's decision as head or deputy of a department.

	:param filters: not used; Frappe passes the card's own.
	:raises frappe.PermissionError: the user may not read complaints.
	"""
	check_permission(DOCTYPE, "read")
	return card(to_review_filters())


@frappe.whitelist()
def overdue_card(filters: dict | str | None = None) -> dict:
	"""Number card: open complaints whose deadline is over.

	:param filters: not used; Frappe passes the card's own.
	:raises frappe.PermissionError: the user may not read complaints.
	"""
	check_permission(DOCTYPE, "read")
	return card(overdue_filters())


def card(filters: list[list]) -> dict:
	"""Return what a number card of type Custom shows, and the list that it opens."""
	options = {}
	for field, *condition in filters:
		options.setdefault(field, []).append(json.dumps(condition))
	return {
		"value": count(filters),
		"fieldtype": "Int",
		"route": ["List", DOCTYPE],
		"route_options": options,
	}


def locked(complaint: str) -> Document:
	"""Return the complaint for a change, after whoever changes it at the moment."""
	doc = load_locked(complaint)
	doc.check_permission("write")
	return doc


def refuse_step(doc: Document, action: str) -> None:
	"""Raise StepOverError with the state that the complaint is in."""
	frappe.throw(
		_(
			"{0} is not possible for you now: {1} is in the state {2}. Load it again to see who did what."
		).format(frappe.bold(_(action)), frappe.bold(doc.name), frappe.bold(_(doc.status or ""))),
		StepOverError,
		title=_("Not Possible Now"),
	)
