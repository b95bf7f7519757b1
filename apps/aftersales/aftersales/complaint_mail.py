"""E-mail on complaints: the handler is asked by mail and may answer by mail; the answer becomes the result (S2.24)."""

import re

import frappe
from email_reply_parser import EmailReplyParser
from frappe import _
from frappe.core.utils import html2text
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.email.email_body import get_message_id
from frappe.model.document import Document
from frappe.utils import get_url_to_form

from aftersales.aftersales.complaint_states import load_locked, state_of_stage

DOCTYPE = "Customer Complaint"
# Our own mails carry this line; whatever a mail program quotes stands below it.
MARK = "##"
# Lines with which mail programs, Chinese ones among them, begin what they quote.
QUOTES = re.compile(
	r"^\s*(?:>|-{2,}\s*(?:original message|原始邮件|原邮件|转发邮件)\s*-{2,}|_{10,}$"
	r"|(?:from|发件人|寄件者)\s*[:\uff1a]|on\b.{5,200}\bwrote:\s*$|在?.{4,120}(?:写道|寫道)[:\uff1a]\s*$)",
	re.IGNORECASE,
)
# A mail that begins so leaves a note in the timeline and the complaint with its handler.
NOTE = re.compile(r"^\s*(?:note|备注|備註)\s*[:\uff1a]", re.IGNORECASE)


def ask_handler(doc: Document) -> None:
	"""Send the named handler an e-mail with the complaint, if the site sends mail and they have an address.

	It is filed as a Communication of the complaint, so that the answer finds its way back.
	"""
	address = frappe.db.get_value("User", doc.handler, "email")
	account = outgoing_account()
	if not address or not account:
		return
	communication = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": _("Complaint to handle: {0}").format(f"{doc.customer_name or ''} (#{doc.name})"),
			"content": body(doc),
			"sender": account.email_id,
			"recipients": address,
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"message_id": get_message_id().strip(" <>"),
		}
	).insert(ignore_permissions=True)
	communication.send_email(print_letterhead=False)


def outgoing_account() -> Document | None:
	"""Return the account that sends mails on complaints; a site that mutes mails has one without an address."""
	account = EmailAccount.find_outgoing(match_by_doctype=DOCTYPE)
	return account if account and account.email_id else None


def body(doc: Document) -> str:
	"""Return the mail's text."""
	return frappe.render_template(
		"templates/emails/complaint_to_handle.html",
		{"doc": doc, "link": get_url_to_form(doc.doctype, doc.name), "mark": mark_line(doc.name)},
	)


def mark_line(name: str) -> str:
	"""Return the line below which an answer is not read."""
	return f"{MARK}{name}{MARK}"


def received(communication: Document, method: str | None = None) -> None:
	"""`after_insert` of Communication: the answer of the named handler becomes the result and ends the handling.

	Only a mail that Frappe's inbound mail has just filed counts, sent by the handler in answer to a mail that we
	sent to the handler. Everything else stays in the timeline and changes nothing.
	"""
	if not communication.flags.in_receive or communication.reference_doctype != DOCTYPE:
		return
	if (frappe.flags.aftersales_mail_nature or "person") != "person":
		return  # an answer of the handler's mail program, such as "out of office"
	doc = load_locked(communication.reference_name)
	if not answers_handler(communication, doc):
		return
	text = reply_text(communication, doc.name)
	if not text or NOTE.match(text):
		return
	finish_handling(doc, text)


def answers_handler(communication: Document, doc: Document) -> bool:
	"""Return whether the mail is the named handler's answer to our mail, while the complaint is handled."""
	if doc.stage != "Handling" or not doc.handler or not communication.in_reply_to:
		return False
	address = (frappe.db.get_value("User", {"name": doc.handler, "enabled": 1}, "email") or "").lower()
	asked = frappe.db.get_value(
		"Communication",
		{
			"name": communication.in_reply_to,
			"sent_or_received": "Sent",
			"reference_doctype": DOCTYPE,
			"reference_name": doc.name,
		},
		"recipients",
	)
	return (
		bool(address) and (communication.sender or "").lower() == address and address in (asked or "").lower()
	)


def finish_handling(doc: Document, text: str) -> None:
	"""Write the result as the handler and take the step out of the handling."""
	user = frappe.session.user
	state = state_of_stage("Handled")
	try:
		frappe.set_user(doc.handler)
		doc.result = "\n\n".join(part for part in (doc.result, text) if part)
		doc.status = state or doc.status
		doc.flags.ignore_permissions = True
		doc.save()
		if state:
			doc.add_comment("Workflow", _(state))
	finally:
		frappe.set_user(user)


def reply_text(communication: Document, name: str) -> str:
	"""Return what the sender wrote, without the mail that is quoted below it.

	:param communication: received mail.
	:param name: record number of the complaint.
	"""
	text = communication.get("text_content") or ""
	if not text.strip():
		text = html2text(communication.content or "")
	text = text.replace("\r\n", "\n").split(mark_line(name))[0]
	lines = EmailReplyParser.parse_reply(text).split("\n")
	end = next((index for index, line in enumerate(lines) if QUOTES.match(line)), len(lines))
	return "\n".join(lines[:end]).strip()
