"""What customer and service write to each other on a ticket.

Messages are Frappe's Communications, so the agent sees them in the ticket's timeline. A mark on each, set once when it is
filed, says whether the customer sees it in the portal: what the customer's side wrote, and what the customer was among
the recipients of. Comments, the handling log and mails to anybody else are never shown.
"""

import re

import bleach
import frappe
from frappe import _
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import escape_html, get_fullname

from aftersales.portal import TICKET
from aftersales.portal.scope import ACCESS, CUSTOMER
from aftersales.portal.uploads import SHOWN, Upload, store

MARK = "aftersales_in_portal"
FIELD = {
	"fieldname": MARK,
	"fieldtype": "Check",
	"label": "Shown in the Customer Portal",
	"insert_after": "seen",
	"module": "Aftersales",
	"no_copy": 1,
	"allow_on_submit": 1,
}
LONGEST = 10_000
LEADERS = ("Service Manager", "Agent Team Leader")
MOST_LEADERS = 20
MOST_MESSAGES = 200
ADDRESS = re.compile(r"[^\s<>,;\"]+@[^\s<>,;\"]+")
TAGS = {
	"p",
	"br",
	"div",
	"span",
	"ol",
	"ul",
	"li",
	"b",
	"strong",
	"i",
	"em",
	"u",
	"blockquote",
	"pre",
	"a",
} | {
	"h1",
	"h2",
	"h3",
	"h4",
	"table",
	"thead",
	"tbody",
	"tr",
	"th",
	"td",
}
# Their text is no text.
LINK = re.compile(r"<a(?=[\s>])")
REMOVED = re.compile(r"<(script|style|title|head)\b.*?</\1\s*>", re.I | re.S)


class EmptyMessageError(frappe.ValidationError):
	"""A message without text."""


class LongMessageError(frappe.ValidationError):
	"""A message that is longer than anybody reads."""


def make_field() -> None:
	"""Add the mark to Communication; called once."""
	create_custom_fields({"Communication": [FIELD]})


def mark(communication: Document, method: str | None = None) -> None:
	"""`before_insert` of Communication: decide whether the customer sees a message of a ticket."""
	if communication.reference_doctype != TICKET or not communication.reference_name:
		return
	if communication.communication_type != "Communication" or communication.get(MARK):
		return
	addresses = customer_addresses(communication.reference_name)
	if communication.sent_or_received == "Received":
		written = addresses_in(communication.sender)
	else:
		written = addresses_in(communication.recipients) | addresses_in(communication.cc)
	communication.set(MARK, int(bool(written & addresses)))


def addresses_in(text: str | None) -> set[str]:
	"""Return the e-mail addresses in a header's text, in small letters."""
	return {found.lower() for found in ADDRESS.findall(text or "")}


def customer_addresses(ticket: str) -> set[str]:
	"""Return the addresses of a ticket's customer: of the ticket, the customer, and the portal users of the customer."""
	row = frappe.db.get_value(TICKET, ticket, ["email", "customer", "owner"], as_dict=True)
	if not row:
		return set()
	found = {row.email}
	if frappe.db.get_value("User", row.owner, "user_type") == "Website User":
		found.add(row.owner)
	if row.customer:
		found.add(frappe.db.get_value(CUSTOMER, row.customer, "email"))
		found.update(frappe.get_all(ACCESS, {"customer": row.customer, "enabled": 1}, pluck="email"))
	return {address.strip().lower() for address in found if address}


def messages(ticket: Document) -> list[dict]:
	"""Return what customer and service wrote to each other, the oldest first.

	:returns: `mine` (of the customer's side), `author`, `at`, `html` (safe) and `files` of each.
	"""
	rows = frappe.get_all(
		"Communication",
		filters={
			"reference_doctype": TICKET,
			"reference_name": ticket.name,
			"communication_type": "Communication",
			MARK: 1,
		},
		fields=["name", "content", "sent_or_received", "sender_full_name", "communication_date", "creation"],
		order_by="creation desc",
		limit=MOST_MESSAGES,
	)
	files = files_of([row.name for row in rows])
	return [
		{
			"name": row.name,
			"mine": row.sent_or_received == "Received",
			"author": row.sender_full_name if row.sent_or_received == "Received" else _("Our service"),
			"at": row.communication_date or row.creation,
			"html": safe_message(row.content),
			"files": files.get(row.name, []),
		}
		for row in reversed(rows)
	]


def safe_message(content: str | None) -> str:
	"""Return a message's HTML with plain text layout and links only: no pictures from elsewhere, no styles, no scripts."""
	cleaned = bleach.clean(
		REMOVED.sub("", content or ""),
		tags=TAGS,
		attributes={"a": ["href"], "td": ["colspan", "rowspan"], "th": ["colspan", "rowspan"]},
		protocols={"http", "https", "mailto"},
		strip=True,
		strip_comments=True,
	)
	return LINK.sub('<a rel="noopener noreferrer nofollow"', cleaned).strip()


def files_of(communications: list[str]) -> dict[str, list[dict]]:
	"""Return the files of messages, by message."""
	if not communications:
		return {}
	rows = frappe.get_all(
		"File",
		filters={"attached_to_doctype": "Communication", "attached_to_name": ("in", communications)},
		fields=["name", "file_name", "attached_to_name"],
		order_by="creation",
	)
	found: dict[str, list[dict]] = {}
	for row in rows:
		found.setdefault(row.attached_to_name, []).append(as_file(row))
	return found


def ticket_files(ticket: Document) -> list[dict]:
	"""Return what customers sent together with the ticket; what the staff attached stays with the staff."""
	return [as_file(row) for row in customer_files(ticket.name)]


def customer_files(ticket: str) -> list[dict]:
	"""Return the files of a ticket that website users uploaded."""
	file, user = frappe.qb.DocType("File"), frappe.qb.DocType("User")
	return (
		frappe.qb.from_(file)
		.join(user)
		.on(user.name == file.owner)
		.select(file.name, file.file_name)
		.where((file.attached_to_doctype == TICKET) & (file.attached_to_name == ticket))
		.where((file.is_folder == 0) & (user.user_type == "Website User"))
		.orderby(file.creation)
		.run(as_dict=True)
	)


def as_file(row: dict) -> dict:
	"""Return what a page needs of a File."""
	ending = f".{(row['file_name'] or '').rpartition('.')[2].lower()}"
	return {"name": row["name"], "title": row["file_name"], "is_picture": ending in SHOWN}


def find_file(ticket: Document, name: str) -> Document | None:
	"""Return a File of a ticket if the customer may have it: sent by customers, or with a message that they see."""
	known = {row["name"] for row in customer_files(ticket.name)}
	if name not in known:
		place = frappe.db.get_value("File", name, ["attached_to_doctype", "attached_to_name"], as_dict=True)
		if not place or place.attached_to_doctype != "Communication":
			return None
		shown = {"name": place.attached_to_name, "reference_doctype": TICKET, "reference_name": ticket.name}
		if not frappe.db.exists("Communication", {**shown, MARK: 1, "communication_type": "Communication"}):
			return None
	return frappe.get_doc("File", name)


def text_as_html(text: str) -> str:
	"""Return typed text as HTML with its lines."""
	paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
	return "".join(f"<p>{escape_html(part.strip()).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def check_text(text: str | None) -> str:
	"""Return a message's text without blanks around it.

	:raises EmptyMessageError: there is none.
	:raises LongMessageError: it is too long.
	"""
	text = (text or "").replace("\r\n", "\n").replace("\x00", "").strip()
	if not text:
		frappe.throw(_("Write your message first."), EmptyMessageError)
	if len(text) > LONGEST:
		frappe.throw(_("Please shorten the text to {0} characters.").format(LONGEST), LongMessageError)
	return text


def write(ticket: Document, text: str, uploads: list[Upload] = ()) -> Document:
	"""File a customer's message on a ticket and tell the person in charge. The caller checked that the ticket is theirs.

	:param text: checked by `check_text`.
	:param uploads: checked files.
	"""
	communication = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Other",
			"sent_or_received": "Received",
			"subject": _("Message from the customer portal"),
			"content": text_as_html(text),
			"sender": frappe.session.user,
			"sender_full_name": get_fullname(frappe.session.user),
			"reference_doctype": TICKET,
			"reference_name": ticket.name,
			MARK: 1,
		}
	).insert(ignore_permissions=True)
	for upload in uploads:
		store(upload, "Communication", communication.name)
	tell_staff(ticket, _("{0} wrote on ticket {1}"))
	return communication


def tell_staff(ticket: Document, subject: str) -> None:
	"""Notify the person in charge of a ticket and whoever has it as a task; without any, those who lead the service.

	:param subject: translated, with places for the customer's name and the record number.
	"""
	users = set(
		frappe.get_all(
			"ToDo",
			{"reference_type": TICKET, "reference_name": ticket.name, "status": "Open"},
			pluck="allocated_to",
		)
	)
	users.add(ticket.person_in_charge)
	users = enabled_staff(users) or enabled_staff(leaders())
	if not users:
		return
	name = frappe.bold(escape_html(get_fullname(frappe.session.user)))
	enqueue_create_notification(
		users,
		{
			"type": "Alert",
			"document_type": TICKET,
			"document_name": ticket.name,
			"subject": subject.format(name, frappe.bold(ticket.name)),
			"from_user": frappe.session.user,
			"email_content": None,
		},
	)


def enabled_staff(users: set[str] | list[str]) -> list[str]:
	"""Return those of some users who work in the Desk."""
	named = [user for user in users if user]
	filters = {"name": ("in", named), "enabled": 1, "user_type": "System User"}
	return frappe.get_all("User", filters, pluck="name") if named else []


def leaders() -> list[str]:
	"""Return who gets what nobody is in charge of."""
	filters = {"role": ("in", LEADERS), "parenttype": "User"}
	return frappe.get_all(
		"Has Role", filters, pluck="parent", distinct=True, limit=MOST_LEADERS, order_by=None
	)
