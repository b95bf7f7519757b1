"""What agents do for the portal from the Desk: answer a ticket's customer."""

import frappe
from frappe import _
from frappe.email.email_body import get_message_id
from frappe.model.document import Document
from frappe.utils import get_fullname, get_url

from aftersales.portal import TICKET
from aftersales.portal.accounts import has_outgoing_mail
from aftersales.portal.conversation import MARK, check_text, customer_addresses, text_as_html


class NobodyToAnswerError(frappe.ValidationError):
	"""The ticket's customer has neither an e-mail address nor a portal account."""


@frappe.whitelist(methods=["POST"])
def reply_to_customer(ticket: str, text: str) -> dict:
	"""Write to a ticket's customer: shown in the portal, and sent by e-mail where the site sends mail.

	:param ticket: record number.
	:param text: plain text.
	:returns: `name` of the Communication, and `mailed_to`: the addresses to which a mail was queued.
	:raises frappe.PermissionError: the user may not change the ticket.
	:raises EmptyMessageError: there is no text.
	:raises NobodyToAnswerError: nobody would see it.
	"""
	doc = frappe.get_doc(TICKET, ticket)
	doc.check_permission("write")
	text = check_text(text)
	recipients = sorted(customer_addresses(doc.name))
	if not recipients:
		frappe.throw(
			_(
				"Nobody would see it: fill in the customer's e-mail address, or invite them to the portal first."
			),
			NobodyToAnswerError,
		)
	mails = has_outgoing_mail()
	communication = file_reply(doc, text, recipients, mails)
	if mails:
		communication.send_email(print_letterhead=False)
	return {"name": communication.name, "mailed_to": recipients if mails else []}


def file_reply(doc: Document, text: str, recipients: list[str], mails: bool) -> Document:
	"""File an answer in the ticket's timeline, marked as shown to the customer."""
	link = get_url(f"/service/tickets/{doc.name}")
	footer = f'<p>{_("See the whole conversation, and answer:")} <a href="{link}">{link}</a></p>'
	return frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email" if mails else "Other",
			"sent_or_received": "Sent",
			"subject": _("Our answer to your ticket {0}").format(f"(#{doc.name})"),
			"content": text_as_html(text) + (footer if mails else ""),
			"sender": frappe.db.get_value("User", frappe.session.user, "email"),
			"sender_full_name": get_fullname(frappe.session.user),
			"recipients": ", ".join(recipients),
			"reference_doctype": TICKET,
			"reference_name": doc.name,
			"message_id": get_message_id().strip(" <>"),
			MARK: 1,
		}
	).insert(ignore_permissions=True)
