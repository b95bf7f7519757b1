"""Feedback to the customer: by itself where the customer wants e-mail or SMS, else as a task for the agent (S2.23)."""

import frappe
from frappe import _
from frappe.core.doctype.sms_settings.sms_settings import get_headers, send_request, validate_receiver_nos
from frappe.desk.form import assign_to
from frappe.model.document import Document

from aftersales.aftersales.complaint_mail import outgoing_account
from aftersales.aftersales.complaint_states import load_locked, state_of_stage

DOCTYPE = "Customer Complaint"
TEMPLATE = "Complaint Answer"
OPEN_STAGES = ("Handled", "Not Upheld")


def begin(doc: Document) -> None:
	"""Let the customer be answered after the commit, so that nothing is sent for a step that is undone."""
	frappe.enqueue(
		answer,
		complaint=doc.name,
		queue="short",
		enqueue_after_commit=True,
		now=bool(frappe.flags.in_test),
	)


def end(doc: Document) -> None:
	"""The customer was told, or the case went back: the agent's task is over."""
	for name in frappe.get_all(
		"ToDo",
		{"reference_type": DOCTYPE, "reference_name": doc.name, "status": "Open"},
		pluck="name",
	):
		todo = frappe.get_doc("ToDo", name)
		todo.status = "Closed"
		todo.save(ignore_permissions=True)


def answer(complaint: str) -> None:
	"""Answer a customer, or give the task to the agent; a background job, safe to run twice.

	:param complaint: record number.
	"""
	user = frappe.session.user
	try:
		# The workflow asks for the rights of whoever answers, and here the system itself does.
		frappe.set_user("Administrator")
		doc = load_locked(complaint)
		if doc.stage in OPEN_STAGES and not doc.feedback_on:
			channel = send(doc)
			if channel:
				give_feedback(doc, channel)
			else:
				make_task(doc)
	finally:
		frappe.set_user(user)


def send(doc: Document) -> str | None:
	"""Send the answer by the channel that the customer prefers.

	:returns: the channel, or None when a person must do it.
	"""
	if doc.preferred_channel == "E-mail" and doc.email and outgoing_account():
		send_mail(doc)
		return "E-mail"
	if (
		doc.preferred_channel == "SMS"
		and doc.contact_phone
		and frappe.db.get_single_value("SMS Settings", "sms_gateway_url")
	):
		return "SMS" if send_message(doc) else None
	return None


def send_mail(doc: Document) -> None:
	"""Queue the e-mail that the Email Template says; an administrator may rewrite it."""
	template = frappe.get_doc("Email Template", TEMPLATE)
	formatted = template.get_formatted_email({**doc.as_dict(), "outcome": outcome(doc)})
	frappe.sendmail(
		recipients=[doc.email],
		subject=formatted["subject"],
		message=formatted["message"],
		reference_doctype=doc.doctype,
		reference_name=doc.name,
		add_unsubscribe_link=0,
	)
	doc.add_comment("Info", _("Answer sent to {0}").format(doc.email))


def send_message(doc: Document) -> bool:
	"""Send the SMS through the gateway of SMS Settings; a gateway that fails leaves the task to the agent.

	Frappe's `send_sms` does not say whether the gateway took the message, so its parts are called here.
	"""
	settings = frappe.get_doc("SMS Settings")
	headers = get_headers(settings)
	values = {row.parameter: row.value for row in settings.parameters if not row.header}
	values[settings.message_parameter] = message_text(doc)
	values[settings.receiver_parameter] = validate_receiver_nos([doc.contact_phone])[0]
	as_json = headers.get("Content-Type") == "application/json"
	try:
		status = send_request(settings.sms_gateway_url, values, headers, settings.use_post, as_json)
	except Exception:
		doc.log_error(_("SMS not sent"))
		return False
	if taken := 200 <= status < 300:
		doc.add_comment("Info", _("Answer sent to {0}").format(doc.contact_phone))
	return taken


def message_text(doc: Document) -> str:
	"""Return the text of the SMS."""
	return _("Your complaint {0}: {1}").format(doc.name, outcome(doc))


def outcome(doc: Document) -> str:
	"""Return what the customer is told: the result, or why the complaint is not upheld."""
	if doc.stage != "Not Upheld":
		return doc.result or ""
	decided = next((row for row in reversed(doc.reviews) if row.decision == "Not Upheld"), None)
	return (decided and decided.opinion) or ""


def give_feedback(doc: Document, channel: str) -> None:
	"""Take the step to the state in which the customer has been told."""
	doc.feedback_channel = channel
	doc.feedback_note = outcome(doc)
	doc.feedback_by = None
	state = state_of_stage("Answered")
	if not state:
		make_task(doc)
		return
	doc.status = state
	doc.flags.by_system = True
	doc.save(ignore_permissions=True)
	doc.add_comment("Workflow", _(state))


def make_task(doc: Document) -> None:
	"""Give the agent who registered the complaint the task to tell the customer."""
	agent = doc.agent or doc.owner
	if not frappe.db.get_value("User", agent, "enabled"):
		return
	channel = _(doc.preferred_channel or "Phone")
	assign_to.add(
		{
			"assign_to": [agent],
			"doctype": DOCTYPE,
			"name": doc.name,
			"description": _("Tell {0} the result ({1}) and ask whether they are satisfied.").format(
				frappe.utils.escape_html(doc.customer_name or doc.contact_phone or doc.name), channel
			),
		}
	)
