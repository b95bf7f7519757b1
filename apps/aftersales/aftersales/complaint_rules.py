"""Who may change what of a complaint, and what each step needs.

One place for every road: form, API, import, bulk edit and e-mail all save the document, and saving asks here. Rules go by
the *stage*, a hidden field that the workflow's states set (Update Field and Update Value); so an administrator adds
states of their own and chooses which stage they belong to.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from aftersales.utils.access import is_permitted

DOCTYPE = "Customer Complaint"
# Filled in by the named handler alone (S24.23).
HANDLING = ("result", "root_cause", "corrective_action", "compensation", "compensation_amount")
# Corrected by the head of the department during the review (S2.21).
CLASSIFICATION = ("complaint_type", "kind", "major_event", "department", "target_doctype", "target")
ASSIGNMENT = ("handler", "handle_by")
FEEDBACK = (
	"feedback_channel",
	"feedback_on",
	"feedback_by",
	"feedback_note",
	"satisfaction",
	"customer_comment",
)
# Written by the steps, never by people; what a client sends for them is put back.
CONTROLLED = (
	"stage",
	"upheld",
	"due_at",
	"deadline_state",
	"next_department",
	"reviewer",
	"route_step",
	"handler_name",
	"handled_on",
	"handled_late",
	"hours_taken",
	"closed_on",
	"level",
	"escalated_to",
	"times_reopened",
)
# These roles may write because somebody named them: without that, they view (S24.23).
ACTING_ROLES = {
	"Department Head",
	"Case Handler",
	"Service Technician",
	"Service Auditor",
	"May Audit",
	"Market Salesperson",
	"Regional Market Head",
	"Shop Staff",
}
AUDIT_ROLES = {"Service Auditor", "May Audit"}
FEEDBACK_STAGES = ("Handled", "Not Upheld", "Answered")


class NotTheHandlerError(frappe.PermissionError):
	"""Somebody else than the named handler wrote the result."""


class NotTheReviewerError(frappe.PermissionError):
	"""Somebody else than the head of the department decided."""


class ComplaintFieldError(frappe.PermissionError):
	"""The user may not change this field now."""


class ComplaintClosedError(frappe.PermissionError):
	"""The complaint is closed."""


class ReviewTableError(frappe.PermissionError):
	"""The table of decisions was changed by hand."""


class ReasonMissingError(frappe.ValidationError):
	"""The step needs a reason."""


class StepIncompleteError(frappe.ValidationError):
	"""Something is missing for the step."""


@dataclass(frozen=True)
class Step:
	"""What a change of stage needs: who may do it, a reason, filled fields."""

	who: tuple[str, ...] = ()
	reason: bool = False
	needs: tuple[str, ...] = ()


STEPS = {
	("Registration", "Review"): Step(needs=("complaint_type", "department")),
	("Registration", "Handled"): Step(who=("handler",), needs=("complaint_type", "result")),
	("Review", "Registration"): Step(who=("reviewer", "manager"), reason=True),
	("Review", "Handling"): Step(who=("reviewer",), needs=("handler",)),
	("Review", "Not Upheld"): Step(who=("reviewer",), reason=True),
	("Handling", "Review"): Step(who=("handler", "reviewer", "manager"), reason=True),
	("Handling", "Handled"): Step(who=("handler",), needs=("result",)),
	("Handled", "Handling"): Step(reason=True, needs=("handler",)),
	("Handled", "Answered"): Step(needs=("feedback_channel", "feedback_note")),
	("Not Upheld", "Answered"): Step(needs=("feedback_channel", "feedback_note")),
	("Not Upheld", "Review"): Step(reason=True, needs=("department",)),
	("Answered", "Handling"): Step(reason=True, needs=("handler",)),
	("Answered", "Review"): Step(reason=True, needs=("department",)),
	("Answered", "Done"): Step(needs=("satisfaction",)),
	("Done", "Review"): Step(reason=True, needs=("department",)),
}
# For transitions that a site added itself.
WHO_LEAVES = {"Review": ("reviewer",), "Handling": ("handler",)}


def acting_user(doc: Document) -> str:
	"""Return who acts: the session's user, or whom the server acts for (an e-mail of the handler)."""
	return doc.flags.acting_user or frappe.session.user


def is_reviewer(doc: Document, user: str) -> bool:
	"""Return whether the user is head or deputy of the department that has the complaint (S2.21).

	Also who received it in their place: the head of the department above, when both have left.

	:param doc: complaint as stored.
	"""
	if not doc.department:
		return False
	people = frappe.db.get_value("Service Department", doc.department, ["head", "deputy"]) or ()
	return user in people or user == doc.reviewer


def departments_of_reviewer(user: str) -> list[str]:
	"""Return the departments of which the user is head or deputy."""
	return frappe.get_all("Service Department", or_filters={"head": user, "deputy": user}, pluck="name")


def only_acts(user: str) -> bool:
	"""Return whether the user may write complaints only where they are named, not as a member of the service desk."""
	if user == "Administrator":
		return False
	roles = set(frappe.get_roles(user))
	rows = frappe.get_meta(DOCTYPE).permissions
	return {row.role for row in rows if row.write and not row.permlevel and row.role in roles} <= ACTING_ROLES


def has_permission(doc: Document, ptype: str = "read", user: str | None = None, **_kwargs) -> bool:
	"""Hook: people with an acting role write where they are named; reading is not limited, so lists agree.

	The handler and the reviewer, the auditor of a closed complaint, and who registered one that is not sent yet.
	"""
	user = user or frappe.session.user
	if ptype != "write" or doc.is_new() or not only_acts(user):
		return True
	stored = doc.get_doc_before_save() or doc
	return (
		user == stored.handler
		or (stored.stage == "Registration" and user == stored.owner)
		or (stored.stage == "Done" and bool(AUDIT_ROLES & set(frappe.get_roles(user))))
		or (stored.stage in FEEDBACK_STAGES and user == stored.owner)
		or is_reviewer(stored, user)
	)


def clear_controlled(doc: Document) -> None:
	"""A new complaint starts without what only steps write."""
	for field in CONTROLLED:
		doc.set(field, None)
	doc.set("reviews", [])
	doc.handler = doc.handler if doc.handler == acting_user(doc) else None


def check_changes(doc: Document, before: Document | None) -> None:
	"""Refuse what the user may not change in the complaint's stage, whatever the road.

	:param doc: document being saved.
	:param before: as stored; None for a new one.
	:raises frappe.PermissionError: one of this module's, with whom to ask.
	"""
	if not before:
		check_new(doc)
		return
	for field in CONTROLLED:
		doc.set(field, before.get(field))
	check_reviews(doc, before)
	changed = changed_fields(doc, before)
	if doc.flags.by_system or not changed:
		return
	refused = changed - allowed_fields(doc, before)
	if refused:
		refuse(doc, before, refused)


def check_new(doc: Document) -> None:
	"""A new complaint holds no handling, unless the one who registers it solved it on the spot (S5.03).

	:raises NotTheHandlerError: it does.
	"""
	if any(doc.get(field) for field in HANDLING) and doc.handler != acting_user(doc):
		refuse(doc, doc, {field for field in HANDLING if doc.get(field)})


def check_reviews(doc: Document, before: Document) -> None:
	"""Refuse changed decisions: the table is written by the steps.

	:raises ReviewTableError: a row differs, is missing or was added.
	"""
	if [_row_values(row) for row in doc.reviews] != [_row_values(row) for row in before.reviews]:
		frappe.throw(
			_("The table of decisions is written by the steps of the complaint and cannot be changed."),
			ReviewTableError,
		)


def changed_fields(doc: Document, before: Document) -> set[str]:
	"""Return the fields of people's own that differ, tables included."""
	changed = set()
	for field in doc.meta.fields:
		name = field.fieldname
		if (
			field.fieldtype in frappe.model.no_value_fields
			and field.fieldtype not in frappe.model.table_fields
		):
			continue
		if name in CONTROLLED or name in ("status", "reviews"):
			continue
		if _value(doc, field) != _value(before, field):
			changed.add(name)
	return changed


def allowed_fields(doc: Document, before: Document) -> set[str]:
	"""Return what the user may change, by the stage in which the complaint is stored."""
	user, stage = acting_user(doc), before.stage or "Registration"
	manager = is_permitted(doc, "delete")
	named = {*HANDLING, *CLASSIFICATION, *ASSIGNMENT, *FEEDBACK, "agent"}
	rest = {field.fieldname for field in doc.meta.fields} - named
	desk = not only_acts(user)
	allowed = {"opinion", *(field.fieldname for field in doc.meta.fields if field.get("is_custom_field"))}
	if stage == "Done":
		return {*rest, *CLASSIFICATION, *FEEDBACK, "agent"} - {"department"} if manager else {"opinion"}
	if desk:
		allowed |= {*rest, "agent"}
	if stage == "Registration" and (desk or user == before.owner):
		allowed |= {*rest, *CLASSIFICATION, "feedback_channel"}
		if doc.handler in (None, "", user):
			allowed |= {"handler", *HANDLING}
	if stage == "Review" and is_reviewer(before, user):
		allowed |= {*CLASSIFICATION, *ASSIGNMENT}
	if stage == "Handling" and (manager or is_reviewer(before, user)):
		allowed |= {*ASSIGNMENT}
	if stage == "Handling" and user == before.handler:
		allowed |= {*HANDLING}
	if stage in FEEDBACK_STAGES and (desk or user == before.owner):
		allowed |= {*FEEDBACK}
	return allowed


def refuse(doc: Document, before: Document, fields: set[str]) -> None:
	"""Raise the error that tells the user whom to ask.

	:param fields: what was changed without the right.
	"""
	labels = frappe.bold(", ".join(_(doc.meta.get_label(field)) for field in sorted(fields)))
	if fields & set(HANDLING):
		handler = frappe.bold(before.handler_name or before.handler or _("nobody yet"))
		frappe.throw(
			_("Only the named handler ({0}) may fill in {1}, while the complaint is being handled.").format(
				handler, labels
			),
			NotTheHandlerError,
			title=_("Not the Handler"),
		)
	if before.stage == "Done":
		frappe.throw(
			_("The complaint is closed. Reopen it before you change {0}.").format(labels),
			ComplaintClosedError,
		)
	if fields & {*ASSIGNMENT, *CLASSIFICATION}:
		refuse_review(before, labels)
	frappe.throw(_("You may not change {0} of this complaint now.").format(labels), ComplaintFieldError)


def refuse_review(before: Document, what: str) -> None:
	"""Raise NotTheReviewerError with the head to ask."""
	frappe.throw(
		_("{0} is decided by the head of the department {1} or the deputy.").format(
			what, frappe.bold(before.department or "–")
		),
		NotTheReviewerError,
		title=_("Not Your Department"),
	)


def check_step(doc: Document, before: Document, stage: str) -> Step:
	"""Refuse a change of stage by the wrong person, without its reason or without what it needs.

	:param stage: stage that the document is in now; `before` has the one it comes from.
	:returns: the step.
	:raises NotTheReviewerError, NotTheHandlerError: who acts is not who must.
	:raises ReasonMissingError: `opinion` is empty where a reason is asked for.
	:raises StepIncompleteError: a field is empty, or the route is not finished.
	"""
	left = before.stage or "Registration"
	step = STEPS.get((left, stage)) or Step(who=WHO_LEAVES.get(left, ()))
	if step.who and not doc.flags.by_system:
		check_person(doc, before, step)
	missing = [_(doc.meta.get_label(field)) for field in step.needs if not doc.get(field)]
	if missing:
		frappe.throw(
			_("Fill in {0} first.").format(frappe.bold(", ".join(missing))),
			StepIncompleteError,
			title=_("Something Is Missing"),
		)
	if (left, stage) == ("Review", "Handling") and doc.next_department:
		frappe.throw(
			_("{0} reviews this type of complaint next. Pass it on instead.").format(
				frappe.bold(doc.next_department)
			),
			StepIncompleteError,
		)
	dissatisfied = stage == "Done" and "Dissatisfied" in (doc.satisfaction or "")
	if (step.reason or (dissatisfied and left != "Done")) and not (doc.opinion or "").strip():
		refuse_without_reason(dissatisfied)
	return step


def refuse_without_reason(dissatisfied: bool = False) -> None:
	"""Raise ReasonMissingError with what to do."""
	field = frappe.bold(_("Opinion or Reason"))
	text = (
		_("The customer is not satisfied. Let it be handled again, or write in {0} why it is closed.")
		if dissatisfied
		else _("Give the reason: fill in {0}.")
	)
	frappe.throw(text.format(field), ReasonMissingError, title=_("Reason Missing"))


def check_person(doc: Document, before: Document, step: Step) -> None:
	"""Refuse the step unless the user is one of those who may take it."""
	user = acting_user(doc)
	handler = doc.handler if (before.stage or "Registration") == "Registration" else before.handler
	answers = {
		"handler": lambda: user == handler,
		"reviewer": lambda: is_reviewer(before, user),
		"manager": lambda: is_permitted(doc, "delete"),
	}
	if any(answers[who]() for who in step.who):
		return
	if "reviewer" in step.who:
		refuse_review(before, _("This complaint"))
	refuse(doc, before, {"result"})


def _row_values(row: Document) -> tuple:
	fields = [field for field in row.meta.fields if field.fieldtype not in frappe.model.no_value_fields]
	return (row.name, *(_value(row, field) for field in fields))


def _value(doc: Document, field) -> object:
	value = doc.get(field.fieldname)
	if field.fieldtype in frappe.model.table_fields:
		return [_row_values(row) for row in value or []]
	if field.fieldtype == "Check":
		return cint(value)
	if value in (None, "", 0, 0.0):
		return None
	if field.fieldtype in frappe.model.numeric_fieldtypes:
		return round(float(doc.cast(value, field)), 9) or None
	return doc.cast(value, field) if field.fieldtype in frappe.model.datetime_fields else str(value)
