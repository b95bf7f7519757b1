"""Completed orders are followed up, and feedback is given by who was named (S2.25, S24.16-S24.18).

A Follow-up is planned when an order is completed, some days later as Aftersales Settings say. When that follow-up is done,
the order is followed up too: it goes to the state to which the action of that name would lead, whoever made the call.
"""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name, is_transition_condition_satisfied
from frappe.utils import add_days, cint, getdate, now_datetime

from aftersales.aftersales import follow_ups
from aftersales.utils.audit_lock import is_audited

ORDER = "Service Order"
CALLERS = "Service Agent"
# Stages of a Follow-up after the talk with the customer.
TALKED = ("Done", "Awaiting Feedback")


class FeedbackPersonError(frappe.PermissionError):
	"""The feedback is written by the named person, and by nobody else."""


def follow_stage(doc: Document) -> None:
	"""Plan the follow-up of an order that was completed; called once when it enters a stage."""
	if doc.stage == "Completed" and doc.before("stage") != "Completed":
		plan(doc)


def plan(doc: Document) -> None:
	"""Plan the follow-up, once for each order; none if the settings say so or nobody can be called."""
	days = cint(frappe.get_cached_doc("Aftersales Settings").get("order_follow_up_days"))
	if days <= 0 or doc.follow_up or not (doc.customer or doc.contact_phone):
		return
	name = follow_ups.plan_follow_up(
		doc.customer,
		ORDER,
		doc.name,
		add_days(getdate(doc.completed_at), days),
		_("Service order completed: {0}").format(doc.product_name or _(doc.order_kind)),
		user=caller_for(doc),
		customer_name=doc.customer_name,
		phone=doc.contact_phone,
		region=doc.region,
		unique_key=f"order:{doc.name}",
	)
	doc.follow_up = name
	doc.db_set("follow_up", name, update_modified=False)


def caller_for(doc: Document) -> str | None:
	"""Return who calls: who took the report if they follow up, else the agent with the fewest follow-ups."""
	receiver = doc.receiver
	enabled = receiver and frappe.get_cached_value("User", receiver, "enabled")
	if enabled and receiver != "Guest" and frappe.has_permission("Follow-up", "create", user=receiver):
		return receiver
	user, role = frappe.qb.DocType("User"), frappe.qb.DocType("Has Role")
	agents = (
		frappe.qb.from_(role)
		.join(user)
		.on(user.name == role.parent)
		.select(user.name)
		.where((role.role == CALLERS) & (role.parenttype == "User") & (user.enabled == 1))
		.orderby(user.name)
		.run(pluck=True)
	)
	return follow_ups.ByLoad(agents).next() if agents else None


def follow_up_saved(doc: Document, method: str | None = None) -> None:
	"""`on_update` of Follow-up: an order whose follow-up is done was followed up."""
	if doc.source_doctype != ORDER or doc.stage not in TALKED or doc.before("stage") in TALKED:
		return
	if not frappe.db.exists(ORDER, doc.source_name):
		return
	order = frappe.get_doc(ORDER, doc.source_name, for_update=True)
	state = None if is_audited(order) else state_after(order)
	if state:
		order.db_set({"status": state.state, "stage": state.update_value, "follow_up": doc.name})
		order.add_comment("Workflow", _(state.state))


def state_after(order: Document):
	"""Return the row of the workflow's state to which an order goes when its follow-up is done, None if it stays."""
	if order.stage != "Completed" or not get_workflow_name(ORDER):
		return None
	workflow = get_workflow(ORDER)
	states = {row.state: row for row in workflow.states if row.update_field == "stage"}
	for row in workflow.transitions:
		target = states.get(row.next_state)
		leads_on = target and (target.update_value == "Followed Up" or row.next_state == "Awaiting Feedback")
		if row.state == order.status and leads_on and is_transition_condition_satisfied(row, order):
			return target
	return None


def check_feedback(doc: Document) -> None:
	"""Keep the feedback to its person, stamp it, and tell that person once that it is awaited (S24.17, S24.18).

	:raises FeedbackPersonError: somebody else wrote it.
	"""
	if (doc.feedback or "") == (doc.before("feedback") or ""):
		return
	if doc.feedback_person != frappe.session.user:
		frappe.throw(
			_("The feedback is written by {0} only.").format(
				frappe.bold(
					frappe.utils.get_fullname(doc.feedback_person)
					if doc.feedback_person
					else _("the feedback person")
				)
			),
			FeedbackPersonError,
		)
	doc.feedback_at = now_datetime() if doc.feedback else None


def tell_feedback_person(doc: Document) -> None:
	"""Tell the named person once that their feedback is awaited."""
	awaited = doc.status == "Awaiting Feedback" and doc.feedback_person not in (None, "", frappe.session.user)
	if not awaited or (doc.before("status"), doc.before("feedback_person")) == (
		doc.status,
		doc.feedback_person,
	):
		return
	enqueue_create_notification(
		[doc.feedback_person],
		{
			"type": "Assignment",
			"document_type": doc.doctype,
			"document_name": doc.name,
			"subject": _("Your feedback is awaited: {0} {1}").format(
				doc.name, frappe.utils.escape_html(doc.customer_name or "")
			),
			"from_user": frappe.session.user,
			"email_content": frappe.utils.escape_html(doc.result or ""),
		},
	)
