"""Surveys: forms, responses, and the customer's own link (S2.27, S6.08, S8.13, S18.16).

A link holds a random token. The site keeps only its SHA-256, so that nobody who reads the database, a backup or a list can
answer in a customer's name. It works once and for as many days as the template says.
"""

import hashlib
import secrets

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_to_date, cint, get_datetime, get_url, now_datetime
from frappe.utils.data import quoted

from aftersales.aftersales.survey_answers import is_low, lines, nps_of, parse, total_score
from aftersales.utils.access import check_permission
from aftersales.utils.printing import qr_code

OFFERED = "aftersales_surveys_offered"  # cache key
DEFAULT_EMAIL = "Survey Invitation"


class SurveyLinkError(frappe.ValidationError):
	"""The link cannot be used: `reason` is one of unknown, expired and used."""

	def __init__(self, reason: str):
		super().__init__(reason)
		self.reason = reason


class SurveyOfferError(frappe.ValidationError):
	"""The survey cannot be sent for this document."""


# -- forms


def form_of(template: str | Document, response: str | None = None) -> dict:
	"""Return a survey as a form shows it, in the session's language.

	:param template: Survey Template or its name.
	:param response: Survey Response whose answers are shown, with its own questions.
	:returns: `heading`, `introduction`, `questions` (`id`, `question`, `kind`, `required`, `scale`, `options`), `answers`.
	"""
	if response:
		return _answered_form(frappe.get_cached_doc("Survey Response", response))
	doc = frappe.get_cached_doc("Survey Template", template) if isinstance(template, str) else template
	return {
		"heading": _(doc.heading),
		"introduction": _(doc.introduction) if doc.introduction else "",
		"questions": [
			{
				"id": row.name,
				"question": _(row.question),
				"kind": row.kind,
				"required": cint(row.required),
				"scale": cint(row.scale),
				"options": [{"value": line, "label": _(line)} for line in lines(row.options)],
			}
			for row in doc.questions
		],
		"answers": {},
	}


def _answered_form(doc: Document) -> dict:
	questions = [
		{
			"id": row.question_id,
			"question": _(row.question),
			"kind": row.kind,
			"scale": row.scale,
			"options": [{"value": row.choice, "label": _(row.choice)}] if row.choice else [],
		}
		for row in doc.answers
	]
	values = {row.question_id: row.choice or row.text or row.number for row in doc.answers}
	return {"questions": questions, "answers": values, "answered": 1}


@frappe.whitelist()
def get_form(template: str) -> dict:
	"""Return a survey's form for the telephone, see `form_of`.

	:raises frappe.PermissionError: the user may not read the template.
	"""
	check_permission("Survey Template", "read", template)
	return form_of(template)


def offered() -> dict[str, list[str]]:
	"""Return {DocType: names of the enabled templates offered on it}, one read per change of a template."""

	def read() -> dict:
		rows = frappe.get_all(
			"Survey Template",
			filters={"enabled": 1},
			fields=["name", "`tabSurvey Template Document`.document_type"],
			order_by="`tabSurvey Template`.name",
		)
		found = {}
		for row in rows:
			if row.document_type:
				found.setdefault(row.document_type, []).append(row.name)
		return found

	return frappe.cache.get_value(OFFERED, read)


def forget_offered(doc: Document | None = None, method: str | None = None) -> None:
	"""A template was changed."""
	frappe.cache.delete_value(OFFERED)


def boot(bootinfo: dict) -> None:
	"""`extend_bootinfo`: tell the Desk on which forms a survey is offered."""
	if frappe.has_permission("Survey Template", "read"):
		bootinfo["aftersales_surveys"] = offered()


# -- links


def new_link(
	template: str,
	reference_doctype: str | None,
	reference_name: str | None,
	customer: str | None = None,
	language: str | None = None,
) -> str:
	"""Make a link with which one customer answers a survey once, and return its address.

	The address is not kept anywhere: a lost one is replaced by a new one.

	:param template: Survey Template.
	:param reference_doctype: kind of the document that the survey is about.
	:param reference_name: its name.
	:param customer: Service Customer, when known.
	:param language: code such as zh; the page takes the browser's language without one.
	:returns: absolute address.
	"""
	return _make_link(template, reference_doctype, reference_name, customer, language)[0]


def _make_link(
	template, reference_doctype, reference_name, customer, language=None, sent_to=None
) -> tuple[str, Document]:
	doc = frappe.get_cached_doc("Survey Template", template)
	token = secrets.token_urlsafe(24)
	link = frappe.get_doc(
		{
			"doctype": "Survey Link",
			"survey_template": doc.name,
			"reference_doctype": reference_doctype,
			"reference_name": reference_name,
			"customer": customer,
			"page_language": language,
			"sent_to": sent_to,
			"expires_on": add_to_date(now_datetime(), days=cint(doc.link_valid_days)),
			"token_hash": fingerprint(token),
		}
	).insert(ignore_permissions=True)
	return get_url(f"/survey?t={quoted(token)}"), link


def fingerprint(token: str) -> str:
	"""Return what is kept of a token."""
	return hashlib.sha256((token or "").encode()).hexdigest()


def find_link(token: str, for_update: bool = False) -> Document:
	"""Return the link of a token that can still be used.

	:param for_update: lock it, so that of two answers at the same time one waits.
	:raises SurveyLinkError: unknown, expired or used; a wrong token and an unknown one are the same.
	"""
	name = frappe.db.get_value(
		"Survey Link", {"token_hash": fingerprint(token)}, "name", for_update=for_update
	)
	if not name:
		raise SurveyLinkError("unknown")
	link = frappe.get_doc("Survey Link", name, for_update=for_update)
	if link.used_on:
		raise SurveyLinkError("used")
	if get_datetime(link.expires_on) < now_datetime():
		raise SurveyLinkError("expired")
	return link


def answer_link(token: str, answers: dict) -> Document:
	"""Store what a customer answered through a link, and use the link up; the caller commits.

	:param token: from the address.
	:param answers: {name of the Survey Question: answer}.
	:returns: the Survey Response.
	:raises SurveyLinkError: the link cannot be used, for example because the same customer pressed twice.
	:raises SurveyAnswerError: the answers are not complete.
	"""
	link = find_link(token, for_update=True)
	customer_name = link.customer and frappe.db.get_value("Service Customer", link.customer, "customer_name")
	follow_up = link.reference_name if link.reference_doctype == "Follow-up" else None
	response = take_response(
		link.survey_template,
		answers,
		channel="Link",
		sender=link.owner,
		reference_doctype=link.reference_doctype,
		reference_name=link.reference_name,
		customer=link.customer,
		customer_name=customer_name,
		follow_up=follow_up,
	)
	link.db_set({"used_on": now_datetime(), "response": response.name})
	if follow_up:
		frappe.db.set_value(
			"Follow-up",
			{"name": follow_up, "stage": "Open"},
			{
				"survey_response": response.name,
				"score": response.total_score,
				"complaint": response.complaint,
			},
		)
	return response


# -- responses


def take_response(
	template: str, answers: str | dict, channel: str, sender: str | None = None, **values
) -> Document:
	"""Store the answers to a survey with what they add up to; a low score opens a complaint (S18.16).

	:param template: Survey Template.
	:param answers: see `survey_answers.parse`.
	:param channel: Phone or Link.
	:param sender: who sent the link; a complaint stands in that name.
	:param values: further fields of Survey Response.
	:raises SurveyAnswerError: an answer is not allowed, or a required one is missing.
	"""
	source = frappe.get_cached_doc("Survey Template", template)
	rows = parse(source, answers, complete=True)
	total, nps = total_score(rows), nps_of(rows)
	response = frappe.get_doc(
		{
			"doctype": "Survey Response",
			"survey_template": source.name,
			"channel": channel,
			"answered_on": now_datetime(),
			"taken_by": frappe.session.user if channel == "Phone" else None,
			"answers": rows,
			"scored": cint(total is not None),
			"total_score": total,
			"nps": nps[0] if nps else 0,
			"nps_group": nps[1] if nps else None,
			"low": cint(is_low(rows, total, source.low_score_below)),
			**values,
		}
	).insert(ignore_permissions=True)
	if response.low and source.complaint_type:
		_open_complaint(response, source.complaint_type, sender or frappe.session.user)
	return response


def _open_complaint(response: Document, complaint_type: str, agent: str) -> None:
	"""Open the complaint of a low score. Whatever keeps it from being opened, the customer's answers are not lost."""
	from aftersales.aftersales.complaints import open_complaint

	frappe.db.savepoint("survey_complaint")
	try:
		response.complaint = open_complaint(
			complaint_type,
			response.customer,
			complaint_reason(response),
			source_doctype=response.doctype,
			source_name=response.name,
			customer_name=response.customer_name,
			agent=agent,
			channel="Phone" if response.channel == "Phone" else "Web",
		)
	except Exception:
		frappe.db.rollback(save_point="survey_complaint")
		frappe.clear_messages()
		response.log_error(f"No complaint could be opened for {response.name}")
		return
	response.db_set("complaint", response.complaint, update_modified=False)


def complaint_reason(response: Document) -> str:
	"""Return the low answers and the customer's own words, for the people who handle the complaint."""
	told = [row for row in response.answers if row.low or row.kind == "Text"]
	text = [f"{_(row.question)}: {_(row.choice) if row.choice else row.text or row.number}" for row in told]
	return "\n".join([_("Low score in the survey {0}").format(_(response.survey_template)), *text])


# -- sending


@frappe.whitelist(methods=["POST"])
def link_for(doctype: str, name: str, template: str) -> dict:
	"""Make a link for the customer of a document, to be copied or shown as a QR code.

	:returns: `url`, `qr` (SVG), `expires_on`, `email`, `preferred_channel`, `can_send`.
	:raises frappe.PermissionError: the user may not read the document or may not send surveys.
	:raises SurveyOfferError: the survey is not offered on such documents.
	"""
	doc = _check_offer(doctype, name, template)
	party = customer_of(doc)
	url, link = _make_link(template, doctype, name, party.customer, party.language)
	return {
		"url": url,
		"qr": qr_code(url, 40),
		"expires_on": link.expires_on,
		"email": party.email,
		"preferred_channel": party.preferred_channel,
	}


@frappe.whitelist(methods=["POST"])
def send_link(doctype: str, name: str, template: str, recipient: str) -> None:
	"""Send a new link by e-mail, with the template's E-mail Template or the one that the app brings.

	:param recipient: one e-mail address.
	:raises frappe.PermissionError: see `link_for`.
	:raises frappe.InvalidEmailAddressError: the address is none.
	"""
	doc = _check_offer(doctype, name, template)
	frappe.utils.validate_email_address(recipient, throw=True)
	party = customer_of(doc)
	url, link = _make_link(template, doctype, name, party.customer, party.language, sent_to=recipient)
	survey = frappe.get_cached_doc("Survey Template", template)
	text = frappe.get_doc("Email Template", survey.email_template or DEFAULT_EMAIL)
	message = text.get_formatted_email(
		{
			"customer_name": party.customer_name or "",
			"link": url,
			"expires_on": frappe.utils.format_datetime(link.expires_on),
			"heading": _(survey.heading, party.language),
			"doc": doc.as_dict(),
		}
	)
	frappe.sendmail(
		recipients=[recipient],
		subject=message["subject"],
		message=message["message"],
		reference_doctype=doctype,
		reference_name=name,
	)
	doc.add_comment("Info", _("Survey link sent to {0}").format(frappe.utils.escape_html(recipient)))


def _check_offer(doctype: str, name: str, template: str) -> Document:
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	check_permission("Survey Link", "read")
	check_permission("Survey Template", "read", template)
	if template not in offered().get(doctype, []):
		frappe.throw(
			_("The survey {0} is not offered on {1}. Add it in the Survey Template under Offered on.").format(
				frappe.bold(_(template)), _(doctype)
			),
			SurveyOfferError,
		)
	return doc


def customer_of(doc: Document) -> frappe._dict:
	"""Return `customer`, `customer_name`, `email`, `preferred_channel` and `language` of the customer of any document."""
	if doc.doctype == "Service Customer":
		customer = doc.name
	else:
		link = next((row for row in doc.meta.get_link_fields() if row.options == "Service Customer"), None)
		customer = doc.get(link.fieldname) if link else None
	found = frappe._dict(customer=customer, customer_name=doc.get("customer_name"), email=doc.get("email"))
	if customer:
		fields = ["customer_name", "email", "preferred_channel"]
		if frappe.get_meta("Service Customer").has_field("language"):
			fields.append("language")
		row = frappe.db.get_value("Service Customer", customer, fields, as_dict=True) or {}
		found.update({key: value for key, value in row.items() if value})
	return found
