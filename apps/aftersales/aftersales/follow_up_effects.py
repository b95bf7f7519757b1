"""What a follow-up leads to: the survey's response, the ticket's confirmation, a next follow-up, a word to somebody."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import strip_html

from aftersales.aftersales import surveys
from aftersales.utils.access import is_permitted
from aftersales.utils.audit_lock import is_audited

SUMMARY_FIELDS = 8
SUMMARY_LENGTH = 300
NOT_IN_SUMMARY = {
	"Check",
	"Table",
	"HTML",
	"Button",
	"Password",
	"Attach",
	"Attach Image",
	"JSON",
	"Code",
	"Image",
}


def after_save(doc: Document) -> None:
	"""Bring about what follows from the follow-up's present state; each effect happens once.

	:param doc: the Follow-up, in `on_update`.
	"""
	take_survey(doc)
	if doc.done_now():
		confirm_ticket(doc)
		plan_agreed_day(doc)
	tell_feedback_person(doc)


def before_delete(doc: Document) -> None:
	"""The answers of a customer outlive the follow-up."""
	frappe.db.set_value("Survey Response", {"follow_up": doc.name}, "follow_up", None, update_modified=False)


def take_survey(doc: Document) -> None:
	"""Store the answers taken on the telephone as a Survey Response when the talk is over."""
	if not doc.done_now() or doc.survey_response or doc.survey_declined or not doc.answers_given():
		return
	response = surveys.take_response(
		doc.survey_template,
		doc.survey_answers,
		channel="Phone",
		reference_doctype=doc.source_doctype or doc.doctype,
		reference_name=doc.source_name or doc.name,
		customer=doc.customer,
		customer_name=doc.customer_name,
		follow_up=doc.name,
	)
	attach_response(doc, response)


def attach_response(doc: Document, response: Document) -> None:
	"""Show a response on its follow-up."""
	values = {
		"survey_response": response.name,
		"score": response.total_score,
		"complaint": response.complaint,
	}
	doc.update(values)
	doc.db_set(values, update_modified=False)


def confirm_ticket(doc: Document) -> None:
	"""Fill confirmation and satisfaction of the ticket that was followed up (S1.31); an audited one stays as it is."""
	if doc.source_doctype != "Service Ticket" or not frappe.db.exists("Service Ticket", doc.source_name):
		return
	ticket = frappe.get_doc("Service Ticket", doc.source_name, for_update=True)
	if is_audited(ticket):
		doc.add_comment(
			"Info", _("{0} is audited, so its follow-up confirmation was not filled.").format(ticket.name)
		)
		return
	ticket.follow_up_confirmation = confirmation_text(doc)
	if doc.satisfied:
		ticket.satisfaction = doc.satisfied
	# The ticket's own rules are about its handling; what the customer said is true whether or not a lot number is missing.
	ticket.flags.ignore_permissions = ticket.flags.ignore_validate = ticket.flags.ignore_mandatory = True
	ticket.save()


def confirmation_text(doc: Document) -> str:
	"""Return what stands on the ticket: opinion and result, and the follow-up's number."""
	said = [_(doc.opinion) if doc.opinion else "", (doc.result or "").strip()]
	text = " · ".join(part for part in said if part) or _(doc.satisfied or "Followed Up")
	return f"{text} ({doc.name})"


def plan_agreed_day(doc: Document) -> None:
	"""A question that is still open gets a follow-up of its own on the agreed day (S6.10)."""
	if not doc.agreed_on:
		return
	from aftersales.aftersales.follow_ups import plan_follow_up

	plan_follow_up(
		doc.customer,
		doc.source_doctype,
		doc.source_name,
		doc.agreed_on,
		_("Agreed in {0}: {1}").format(doc.name, doc.remaining_problem or doc.reason or ""),
		user=doc.planned_for,
		mode=doc.mode,
		purpose=doc.purpose,
		customer_name=doc.customer_name,
		phone=doc.phone,
		unique_key=f"agreed:{doc.name}",
	)


def tell_feedback_person(doc: Document) -> None:
	"""Tell the named person once that feedback is awaited."""
	if doc.stage != "Awaiting Feedback" or doc.feedback_person in (None, "", frappe.session.user):
		return
	if doc.before("stage") == doc.stage and doc.before("feedback_person") == doc.feedback_person:
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


def fill_from_source(doc: Document) -> None:
	"""Take customer, name and telephone from the slip that is followed up, as far as it has such fields."""
	if not frappe.db.exists("DocType", doc.source_doctype or ""):
		return
	meta = frappe.get_meta(doc.source_doctype)
	wanted = {
		"customer": "customer",
		"customer_name": "customer_name",
		"phone": "contact_phone",
		"email": "email",
	}
	fields = {target: source for target, source in wanted.items() if meta.has_field(source)}
	link = meta.get_field("customer")
	if link and link.options != "Service Customer":
		fields.pop("customer")
	row = fields and frappe.db.get_value(
		doc.source_doctype, doc.source_name, list(fields.values()), as_dict=True
	)
	for target, source in fields.items() if row else ():
		doc.set(target, doc.get(target) or row[source])


def source_summary(doc: Document) -> dict | None:
	"""Return what the form shows of the slip, to those who may read it: its list fields and main text.

	:returns: `title`, `facts` (label and value, formatted) and `texts`; None without a slip or right.
	"""
	if (
		not doc.source_name
		or not doc.source_doctype
		or not frappe.db.exists(doc.source_doctype, doc.source_name)
	):
		return None
	source = frappe.get_doc(doc.source_doctype, doc.source_name)
	if not is_permitted(source, "read"):
		return None
	source.apply_fieldlevel_read_permissions()
	facts, texts = [], []
	for field in source.meta.fields:
		value = source.get(field.fieldname)
		if not value or field.hidden or field.fieldtype in NOT_IN_SUMMARY:
			continue
		if field.fieldtype in ("Text", "Long Text", "Text Editor", "Small Text"):
			texts.append({"label": _(field.label), "value": strip_html(str(value))[:SUMMARY_LENGTH]})
		elif (field.in_list_view or field.bold) and field.fieldname not in ("customer_name", "phone"):
			translated = field.fieldtype == "Select" or field.options == "Workflow State"
			facts.append(
				{
					"label": _(field.label),
					"value": _(value) if translated else source.get_formatted(field.fieldname),
				}
			)
	return {
		"title": f"{_(source.doctype)} {source.name}",
		"facts": facts[:SUMMARY_FIELDS],
		"texts": texts[:4],
	}
