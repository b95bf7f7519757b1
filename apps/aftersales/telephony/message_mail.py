"""E-mail out: messages through Frappe's Email Queue, with a text part, headers for threading and for opting out.

The same headers go onto mails that people write on a ticket's form: `add_headers` is Frappe's hook for every mail.
"""

import re

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.email.email_body import EMail, get_message_id
from frappe.model.document import Document

from aftersales.telephony import message_opt_out, message_text
from aftersales.telephony.email_nature import THREADED

HEADERS = "aftersales_mail_headers"  # frappe.flags: headers of the mail that is being built
MOST_REFERENCES = 20


def account_for(message: Document, sender: Document | None = None) -> Document | None:
	"""Return the account that sends a message; a site that mutes mails has one without an address."""
	if sender and sender.get("email_account"):
		account = frappe.get_cached_doc("Email Account", sender.email_account)
	else:
		account = EmailAccount.find_outgoing(match_by_doctype=message.reference_doctype)
	return account if account and account.email_id else None


def send(message: Document, sender: Document):
	"""Hand an e-mail over to Frappe's Email Queue."""
	html = message.body_html or message_text.as_html(message.body)
	care = frappe.get_cached_value("Message Kind", message.kind, "purpose") != "Service Notice"
	headers = {}
	if care:
		address = message_opt_out.link(message.channel, message.recipient)
		if address not in html:
			html += _opt_out_line(address)
		headers["List-Unsubscribe"] = (
			f"<{message_opt_out.one_click_link(message.channel, message.recipient)}>"
		)
		headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
	if message.batch:
		headers["Precedence"] = "bulk"
	if frappe.get_cached_value("Message Template", message.template, "automatic_answer"):
		headers["Auto-Submitted"] = "auto-replied"
		headers["X-Auto-Response-Suppress"] = "All"
	return hand_over(message, sender, message.recipient, message.subject or message.kind, html, headers)


def _opt_out_line(address: str) -> str:
	label = frappe.utils.escape_html(_("I want no more such messages"))
	return f'\n<p style="font-size: 12px"><a href="{frappe.utils.escape_html(address)}">{label}</a></p>'


def send_fax(message: Document, sender: Document):
	"""Send a fax as an e-mail to a fax service."""
	from aftersales.telephony.message_senders import number_as

	digits = number_as(message.recipient, "International without Plus")
	address = message_text.render(
		sender.fax_address, {"digits": digits, "number": number_as(message.recipient, "International")}
	)
	html = message_text.as_html(message.body)
	return hand_over(message, sender, address.strip(), message.subject or digits, html, {})


def hand_over(message: Document, sender: Document, address: str, subject: str, html: str, headers: dict):
	"""Put a mail into the Email Queue, in the timeline of the document it is about, in the present transaction.

	:returns: Result "handed over", or "retry" when nothing was written.
	"""
	from aftersales.telephony.message_senders import Result

	frappe.db.savepoint("hand_over")
	try:
		account = account_for(message, sender)
		if not account:
			return Result("retry", _("No E-mail Account sends mails."))
		message_id = get_message_id().strip(" <>")
		if message.reference_doctype in THREADED:
			subject = with_number(subject, message.reference_name)
		communication = _file(message, account, address, subject, html, message_id)
		frappe.flags[HEADERS] = headers
		frappe.sendmail(
			recipients=[address],
			sender=account.default_sender,
			subject=subject,
			message=html,
			reference_doctype=message.reference_doctype or ("Service Customer" if message.customer else None),
			reference_name=message.reference_name or message.customer,
			communication=communication,
			message_id=message_id,
			add_unsubscribe_link=0,
		)
		queued = frappe.db.get_value("Email Queue", {"message_id": message_id}, "name")
	except frappe.OutgoingEmailError:
		frappe.db.rollback(save_point="hand_over")
		frappe.clear_messages()
		return Result("retry", _("No E-mail Account sends mails."))
	finally:
		frappe.flags.pop(HEADERS, None)
	if not queued:
		# Frappe leaves out who unsubscribed from it.
		frappe.db.rollback(save_point="hand_over")
		return Result("suppressed", _("The recipient wants no such messages."))
	return Result("handed over", provider_id=queued, message_id=message_id)


def _file(
	message: Document, account: Document, address: str, subject: str, html: str, message_id: str
) -> str | None:
	"""Make the Communication that stands in the timeline, and by which an answer is threaded."""
	doctype = message.reference_doctype or ("Service Customer" if message.customer else None)
	if not doctype:
		return None
	return (
		frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"communication_medium": "Email",
				"sent_or_received": "Sent",
				"subject": subject[:140],
				"content": html,
				"sender": account.email_id,
				"sender_full_name": account.name,
				"recipients": address,
				"email_account": account.name if frappe.db.exists("Email Account", account.name) else None,
				"reference_doctype": doctype,
				"reference_name": message.reference_name or message.customer,
				"message_id": message_id,
			}
		)
		.insert(ignore_permissions=True)
		.name
	)


def with_number(subject: str, number: str) -> str:
	"""Return a subject with a document's number, as Frappe's own form writes it and `email_in` reads it."""
	return subject if f"#{number})" in subject else f"{subject} (#{number})"


# -- headers of every mail


def add_headers(mail: EMail) -> None:
	"""`make_email_body_message`: headers of the message that is being sent, and those that keep a thread together.

	A mail that somebody writes on a ticket's form answers the last mail that came in on it: mail programs show both
	together, and the customer's next answer leads back, also if they change the subject.
	"""
	for name, value in (frappe.flags.get(HEADERS) or {}).items():
		mail.set_header(name, value)
	message_id = _bare(mail.msg_root.get("Message-Id"))
	if not message_id or mail.msg_root.get("In-Reply-To"):
		return
	sent = frappe.db.get_value(
		"Communication",
		{"message_id": message_id, "sent_or_received": "Sent"},
		["name", "reference_doctype", "reference_name"],
		as_dict=True,
	)
	if not sent or sent.reference_doctype not in THREADED:
		return
	earlier = frappe.get_all(
		"Communication",
		{
			"reference_doctype": sent.reference_doctype,
			"reference_name": sent.reference_name,
			"communication_medium": "Email",
			"message_id": ("is", "set"),
			"name": ("!=", sent.name),
		},
		["message_id", "sent_or_received"],
		order_by="creation desc",
		limit=MOST_REFERENCES,
	)
	received = next((row.message_id for row in earlier if row.sent_or_received == "Received"), None)
	if received:
		mail.set_header("In-Reply-To", f"<{_bare(received)}>")
		mail.set_header("References", " ".join(f"<{_bare(row.message_id)}>" for row in reversed(earlier)))


def _bare(message_id: str | None) -> str:
	return re.sub(r"[<>\s]", "", message_id or "")
