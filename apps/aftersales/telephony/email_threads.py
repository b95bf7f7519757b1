"""To which ticket or complaint a received mail belongs, and what it changes there.

A mail continues a document in two cases:

1. it answers a mail of that document (In-Reply-To, References): the ids are random, and whoever knows one has got the mail;
2. its subject names the number, and its sender is a correspondent of that very document.

Numbers can be guessed. So whoever names one and is no correspondent opens a new ticket, and learns nothing of the other.
"""

import re

import frappe
from frappe import _
from frappe.core.utils import html2text
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, cint, getdate, now_datetime

from aftersales.telephony import email_nature
from aftersales.telephony.message_recipients import addresses

TICKET = "Service Ticket"
DOCTYPES = email_nature.THREADED
NUMBER = re.compile(r"[#\[]\s*([A-Za-z0-9][A-Za-z0-9./_-]{2,60})")
ADDRESS = re.compile(r"[^\s<>,;\"']+@[^\s<>,;\"']+")
LONGEST_QUESTION = 20_000
MOST_RECEIPTS = 3  # per sender and day


def find(mail) -> tuple[Document | None, bool]:
	"""Return the document that a mail continues, and whether its sender is a correspondent of it.

	:param mail: ServiceMail.
	"""
	if found := by_references(email_nature.references(mail.mail)):
		return found, is_correspondent(mail, found)
	for name in dict.fromkeys(NUMBER.findall(mail.subject)):
		for doctype in DOCTYPES:
			if frappe.db.exists(doctype, name):
				doc = frappe.get_doc(doctype, name)
				if is_correspondent(mail, doc):
					return doc, True
				mail.named_in_vain = name
	return None, False


def by_references(message_ids: list[str]) -> Document | None:
	"""Return the document of the nearest of some mails that belongs to one."""
	if not message_ids:
		return None
	rows = {}
	for doctype in ("Email Queue", "Communication"):
		for row in frappe.get_all(
			doctype,
			{"message_id": ("in", message_ids), "reference_doctype": ("in", DOCTYPES)},
			["message_id", "reference_doctype", "reference_name"],
		):
			rows[row.message_id] = row
	for message_id in message_ids:
		row = rows.get(message_id)
		if row and frappe.db.exists(row.reference_doctype, row.reference_name):
			return frappe.get_doc(row.reference_doctype, row.reference_name)
	return None


def is_correspondent(mail, doc: Document) -> bool:
	"""Whether the address in From takes part in a document: its customer, the contact persons, whoever was written to on it."""
	sender = email_nature.sender_of(mail.mail)
	if not sender or email_nature.authentication_failed(mail.mail):
		return False
	known = {address.lower() for address in addresses("E-mail", doc.get("customer"), doc)}
	if sender in known:
		return True
	for row in frappe.get_all(
		"Communication",
		{
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"communication_medium": "Email",
			"sent_or_received": "Sent",
		},
		["recipients", "cc"],
	):
		known.update(a.lower() for a in ADDRESS.findall(f"{row.recipients or ''} {row.cc or ''}"))
	return sender in known


# -- reopening


def may_continue(ticket: Document) -> bool:
	"""Whether a mail still belongs to a ticket: it is open, or was completed so recently that it is reopened.

	Aftersales Settings say which states a mail reopens and for how many days; everything else begins a new ticket.
	"""
	if not ticket.completed:
		return True
	settings = frappe.get_cached_doc("Aftersales Settings")
	days = cint(settings.get("mail_reopen_days"))
	return (
		ticket.status in reopened_states()
		and bool(ticket.completion_date)
		and getdate(ticket.completion_date) >= getdate(add_days(now_datetime(), -days))
	)


def reopened_states() -> list[str]:
	"""Return the states that a customer's mail ends."""
	text = frappe.get_cached_doc("Aftersales Settings").get("mail_reopens") or ""
	return [line.strip() for line in text.splitlines() if line.strip()]


def resume(ticket: Document) -> None:
	"""Take a ticket that waited for the customer, or was resolved, back to work, by the site's own workflow.

	Where the workflow has no such step the state stays, and a comment says so: no mail is lost for it.
	"""
	state = frappe.get_cached_doc("Aftersales Settings").get("mail_state_after")
	if not state or ticket.status == state or ticket.status not in reopened_states():
		return
	before = ticket.status
	frappe.db.savepoint("resume")
	try:
		ticket.status = state
		ticket.flags.ignore_permissions = True
		ticket.save()
		ticket.add_comment("Workflow", _(state))
	except Exception as error:
		frappe.db.rollback(save_point="resume")
		frappe.clear_messages()
		ticket.reload()
		ticket.add_comment(
			"Info",
			_("The customer's mail did not change the state {0}: {1}").format(
				_(before), type(error).__name__
			),
		)


# -- new tickets


def open_ticket(mail, follows: Document | None = None) -> Document:
	"""Open a ticket from a mail.

	:param mail: ServiceMail.
	:param follows: completed ticket that the mail answers.
	"""
	settings = frappe.get_cached_doc("Aftersales Settings")
	ticket = frappe.new_doc(TICKET)
	ticket.update(
		{
			"record_type": settings.get("mail_record_type") or "Enquiry",
			"channel": "E-mail",
			"email": mail.from_email,
			"customer": customer_of(mail.from_email),
			"question": question_of(mail),
			"remarks": _("Follows {0}.").format(follows.name) if follows else None,
		}
	)
	if not ticket.customer:
		ticket.customer_name = (mail.from_real_name or mail.from_email).strip()[:140]
	if follows:
		ticket.product, ticket.lot_no = follows.product, follows.lot_no
	ticket.flags.ignore_mandatory = True
	ticket.flags.ignore_permissions = True
	return ticket.insert()


def customer_of(address: str) -> str | None:
	"""Return the one enabled customer with an address, own or of a contact person; None if there are several."""
	own = frappe.get_all("Service Customer", {"email": address, "disabled": 0}, pluck="name", limit=2)
	if own:
		return own[0] if len(own) == 1 else None
	contacts = frappe.get_all("Contact Email", {"email_id": address, "parenttype": "Contact"}, pluck="parent")
	linked = frappe.get_all(
		"Dynamic Link",
		{"parenttype": "Contact", "parent": ("in", contacts or [""]), "link_doctype": "Service Customer"},
		pluck="link_name",
	)
	enabled = frappe.get_all(
		"Service Customer", {"name": ("in", linked or [""]), "disabled": 0}, pluck="name", limit=2
	)
	return enabled[0] if len(enabled) == 1 else None


def question_of(mail) -> str:
	"""Return subject and text of a mail as plain text."""
	text = (mail.text_content or "").strip() or html2text(mail.html_content or "").strip()
	return f"{mail.subject}\n\n{text}".strip()[:LONGEST_QUESTION]


def is_flood(address: str) -> bool:
	"""Whether somebody has opened so many tickets by mail within an hour that further mails open none."""
	limit = cint(frappe.get_cached_doc("Aftersales Settings").get("mail_tickets_per_hour"))
	if not limit:
		return False
	since = add_to_date(now_datetime(), hours=-1)
	return frappe.db.count(TICKET, {"email": address, "channel": "E-mail", "creation": (">", since)}) >= limit


# -- receipts


def send_receipt(ticket: Document) -> None:
	"""Tell the sender the number of a new ticket, if Aftersales Settings name a template; a few times a day at most.

	Whatever keeps the receipt from being sent, the ticket stays.
	"""
	from aftersales.telephony import messages

	template = frappe.get_cached_doc("Aftersales Settings").get("mail_receipt_template")
	if not template or not ticket.email or _receipts_today(template, ticket.email) >= MOST_RECEIPTS:
		return
	frappe.db.savepoint("receipt")
	try:
		messages.queue(
			template,
			"E-mail",
			ticket.email,
			reference_doctype=TICKET,
			reference_name=ticket.name,
			idempotency_key=f"receipt:{ticket.name}",
		)
	except frappe.ValidationError as error:
		frappe.db.rollback(save_point="receipt")
		frappe.clear_messages()
		ticket.add_comment(
			"Info", _("No receipt was sent: {0}").format(frappe.utils.strip_html_tags(str(error)))
		)


def _receipts_today(template: str, address: str) -> int:
	return frappe.db.count(
		"Outgoing Message",
		{
			"template": template,
			"recipient_key": address.lower(),
			"creation": (">", add_days(now_datetime(), -1)),
		},
	)
