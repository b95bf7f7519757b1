"""Feedback to the customer: by itself where the customer wants e-mail or SMS, else as a task for the agent (S2.23)."""

import frappe
from frappe import _
from frappe.desk.form import assign_to
from frappe.model.document import Document

from aftersales.aftersales.complaint_mail import outgoing_account
from aftersales.aftersales.complaint_states import load_locked, state_of_stage
from aftersales.telephony import message_delivery, message_senders, messages

DOCTYPE = "Customer Complaint"
TEMPLATE = "Complaint Answer"
MESSAGE = "Complaint Answer"  # Message Template: the text of an SMS, and the kind of both
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
			if not send(doc):
				make_task(doc)
	finally:
		frappe.set_user(user)


def send(doc: Document) -> bool:
	"""Send the answer by the channel that the customer prefers, once; `message_done` says what became of it.

	:returns: whether a message is on its way. When it is not, a person must tell the customer.
	"""
	if doc.preferred_channel == "E-mail" and doc.email and outgoing_account():
		values = mail_values(doc)
	elif doc.preferred_channel == "SMS" and doc.contact_phone and can_send_sms():
		values = {"template": MESSAGE, "context": {"outcome": outcome(doc)}}
	else:
		return False
	try:
		message = messages.queue(
			**values,
			channel=doc.preferred_channel,
			recipient=doc.email if doc.preferred_channel == "E-mail" else doc.contact_phone,
			customer=doc.customer,
			reference_doctype=DOCTYPE,
			reference_name=doc.name,
			idempotency_key=f"complaint-answer:{doc.name}:{doc.times_reopened or 0}:{doc.handled_on or ''}",
			max_attempts=1,
		)
	except frappe.ValidationError:
		frappe.clear_messages()
		return False
	message_delivery.deliver(message)
	return frappe.db.get_value("Outgoing Message", message, "state") not in (
		"Failed",
		"Suppressed",
		"Cancelled",
	)


def can_send_sms() -> bool:
	"""Whether the site has a way to send an SMS."""
	sender = frappe.get_doc({"doctype": "Outgoing Message", "channel": "SMS"})
	return bool(message_senders.choose(sender, must=False))


def mail_values(doc: Document) -> dict:
	"""Return the e-mail that the Email Template says; an administrator may rewrite it."""
	formatted = frappe.get_doc("Email Template", TEMPLATE).get_formatted_email(
		{**doc.as_dict(), "outcome": outcome(doc)}
	)
	return {
		"template": MESSAGE,
		"written": {"subject": formatted["subject"], "html": formatted["message"]},
	}


def message_done(message: Document) -> None:
	"""`aftersales_message_done`: the answer left, or somebody must give it, also when the mail comes back later."""
	if message.reference_doctype != DOCTYPE or not (message.idempotency_key or "").startswith(
		"complaint-answer:"
	):
		return
	user = frappe.session.user
	try:
		frappe.set_user("Administrator")
		doc = load_locked(message.reference_name)
		if message.state in ("Failed", "Suppressed"):
			make_task(doc)
		elif doc.stage in OPEN_STAGES and not doc.feedback_on:
			doc.add_comment(
				"Info", _("Answer sent to {0}").format(frappe.utils.escape_html(message.recipient))
			)
			give_feedback(doc, message.channel)
	finally:
		frappe.set_user(user)


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
