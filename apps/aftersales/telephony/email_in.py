"""E-mail in: Frappe's Email Account fetches, and mails for tickets and complaints go through `ServiceMail`.

Frappe's own class files a mail wherever its subject says, takes Reply-To for the sender, opens a document for each automatic
answer, and gives up a whole fetch when one mail cannot be read. Here threads are checked (`email_threads`), programs are not
answered (`email_nature`), and a mail that cannot be read is kept as Unhandled Email while the others go on.
"""

import hashlib
from email import message_from_bytes
from email.message import Message

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.email.receive import InboundMail, SentEmailInInboxError
from frappe.model.document import Document
from frappe.utils import cint, cstr

from aftersales.telephony import email_nature, email_threads
from aftersales.telephony.email_threads import DOCTYPES, TICKET
from aftersales.utils.text import harmless

DEFAULT_MB = 25
MOST_ATTACHMENTS = 50
LONGEST_TEXT_PART = 1_000_000
PERSON = "person"


class ServiceEmailAccount(EmailAccount):
	"""`override_doctype_class` of Email Account; accounts for other documents work as Frappe has it."""

	def is_for_service(self) -> bool:
		"""Whether mails of the account become tickets or complaints."""
		return self.append_to in DOCTYPES or any(row.append_to in DOCTYPES for row in self.imap_folder)

	def get_inbound_mails(self) -> list[InboundMail]:
		"""Fetch the new mails; one that cannot be read does not keep the others from being processed."""
		if not self.enable_incoming or not self.is_for_service():
			return super().get_inbound_mails()
		mails = []
		try:
			server = self.get_incoming_server(in_receive=True, email_sync_rule=self.build_email_sync_rule())
			if not server:
				return []
			for folder, append_to in self.folders():
				if folder:
					if not server.select_imap_folder(folder.folder_name):
						continue
					server.settings["uid_validity"] = folder.uidvalidity
					fetched = server.get_messages(folder=f'"{folder.folder_name}"') or {}
				else:
					fetched = server.get_messages() or {}
				mails += self.read(fetched, append_to)
			server.logout()
		except Exception:
			self.log_error(title=_("Error while connecting to email account {0}").format(self.name))
		return mails

	def folders(self) -> list[tuple]:
		"""Return what is fetched: (folder of IMAP or None, DocType to which its mails go)."""
		if self.use_imap:
			return [(row, row.append_to) for row in self.imap_folder]
		return [(None, self.append_to)]

	def read(self, fetched: dict, append_to: str | None) -> list[InboundMail]:
		"""Return the fetched messages as mails; what cannot be read is kept aside."""
		mails = []
		for index, raw in enumerate(fetched.get("latest_messages") or []):
			uid = fetched["uid_list"][index] if fetched.get("uid_list") else None
			seen = (fetched.get("seen_status") or {}).get(uid)
			if self.email_sync_option == "UNSEEN" and seen == "SEEN":
				continue
			kind = ServiceMail if append_to in DOCTYPES else InboundMail
			try:
				mails.append(kind(raw, self, frappe.safe_decode(uid), seen, append_to))
			except Exception:
				keep_unreadable(self, raw, uid, frappe.get_traceback())
		return mails

	def send_auto_reply(self, communication: Document, email: InboundMail) -> None:
		"""Frappe's own automatic answer goes to people only, or two programs would answer each other for ever."""
		if email_nature.nature_of(email.mail) == PERSON:
			super().send_auto_reply(communication, email)


def keep_unreadable(account: Document, raw: bytes, uid, reason: str) -> None:
	"""Keep a mail that cannot be read or filed as Unhandled Email, for a person to look at."""
	frappe.get_doc(
		{
			"doctype": "Unhandled Email",
			"email_account": account.name,
			"uid": cstr(frappe.safe_decode(uid)) if uid else None,
			"reason": reason,
			"message_id": cstr(_message_id_of(raw))[:140],
			"raw": raw.decode("utf-8", "replace") if isinstance(raw, bytes) else cstr(raw),
		}
	).insert(ignore_permissions=True)
	frappe.db.commit()  # what called rolls back


def _message_id_of(raw: bytes) -> str:
	found = email_nature.MESSAGE_ID.findall(_parse(raw).get("Message-ID") or "")
	return found[0] if found else f"{hashlib.sha256(_bytes(raw)).hexdigest()[:40]}@{frappe.local.site}"


def _bytes(raw: bytes | str) -> bytes:
	return raw if isinstance(raw, bytes) else cstr(raw).encode("utf-8", "surrogateescape")


def _parse(raw: bytes | str) -> Message:
	return message_from_bytes(_bytes(raw))


class ServiceMail(InboundMail):
	"""A mail to a service address."""

	def __init__(self, content, email_account, uid=None, seen_status=None, append_to=None):
		self.left_out: list[str] = []
		self.named_in_vain: str | None = None
		self.continued: tuple[Document, bool] | None = None
		self.opened: Document | None = None
		super().__init__(self._light(content), email_account, uid, seen_status, append_to)
		self.append_to = append_to or email_account.append_to
		self.message_id = self.message_id or _message_id_of(content)
		self.nature = email_nature.nature_of(self.mail)

	# -- reading

	def _light(self, content: bytes | str) -> bytes:
		"""Return the message; one that is larger than Aftersales Settings allow loses its attachments, not its text."""
		content = _bytes(content)
		limit = cint(frappe.get_cached_doc("Aftersales Settings").get("mail_largest_mb")) or DEFAULT_MB
		if len(content) <= limit * 1024 * 1024:
			return content
		mail = _parse(content)
		for part in mail.walk():
			if part.is_multipart():
				continue
			is_text = part.get_content_maintype() == "text" and not part.get_filename()
			if not is_text:
				self.left_out.append(part.get_filename() or part.get_content_type())
				part.set_payload("")
			elif len(part.get_payload()) > LONGEST_TEXT_PART:
				text = (part.get_payload(decode=True) or b"")[:LONGEST_TEXT_PART]
				charset = email_nature.readable_charset(part.get_content_charset()) or "utf-8"
				del part["Content-Transfer-Encoding"]
				part.set_payload(text.decode(charset, "replace"), "utf-8")
		return mail.as_bytes()

	def set_subject(self):
		self.subject = email_nature.subject_of(self.mail)[:140] or _("(no subject)")

	def set_from(self):
		"""Who wrote is From. Frappe takes Reply-To and X-Original-From first, which anybody can fill with anybody's address."""
		super().set_from()
		sender = email_nature.sender_of(self.mail)
		if not sender:
			raise ValueError("the mail has no sender")
		self.from_email = email_nature.visitor_of_form(self.mail) or sender
		self.from_real_name = email_nature.name_of(self.mail) or self.from_email

	def get_charset(self, part):
		return email_nature.readable_charset(super().get_charset(part)) or "utf-8"

	# -- filing

	def process(self):
		"""File the mail and let the ticket react, in one transaction."""
		frappe.flags.aftersales_mail_nature = self.nature
		try:
			communication = super().process()
			if self.flags.is_new_communication:
				self.react(communication)
			return communication
		except SentEmailInInboxError:
			raise
		except Exception:
			reason = frappe.get_traceback()
			if not self.email_account.use_imap:
				# Frappe keeps those of IMAP; a mail fetched by POP is gone from the server.
				frappe.db.rollback()
				keep_unreadable(self.email_account, self.raw_message, None, reason)
			raise
		finally:
			frappe.flags.aftersales_mail_nature = None

	def is_sender_same_as_receiver(self):
		"""An own mail that came back is filed without effect rather than dropped silently."""
		return False

	def reference_document(self):
		"""Return the document to which the mail belongs; opens a ticket if it shall have one."""
		if self._reference_document is None:
			self._reference_document = self._find_or_open() or ""
		return self._reference_document

	def _find_or_open(self) -> Document | None:
		if self.nature == "bounce":
			return self._bounced_document()
		doc, known = email_threads.find(self)
		if doc and (
			self.nature != PERSON or doc.doctype != TICKET or not known or email_threads.may_continue(doc)
		):
			self.continued = (doc, known)
			return doc
		if self.nature != PERSON or email_threads.is_flood(self.from_email):
			return None
		if self.append_to == TICKET:
			self.opened = email_threads.open_ticket(self, follows=doc)
			return self.opened
		return None

	def _bounced_document(self) -> Document | None:
		found = email_nature.bounced(self.mail)
		return email_threads.by_references([found[0]]) if found else None

	def _create_reference_document(self, doctype):
		"""Tickets are opened by `reference_document`; everything else only for people."""
		if doctype == TICKET or self.nature != PERSON:
			return None
		return super()._create_reference_document(doctype)

	def react(self, communication: Document) -> None:
		"""What the mail changes beside being filed."""
		if self.nature == "bounce":
			self._fail_bounced()
		if self.nature != PERSON or not communication.reference_name:
			# Neither Frappe's automatic answer nor a copy to others: nobody waits for one.
			self.flags.is_new_communication = False
			self._say_what_is_missing(communication)
			return
		if self.opened:
			if self.named_in_vain:
				self.opened.add_comment(
					"Info",
					_("The mail names {0}, but its sender does not take part in that.").format(
						self.named_in_vain
					),
				)
			email_threads.send_receipt(self.opened)
		elif self.continued:
			self._continue(*self.continued)
		self._say_what_is_missing(communication)

	def _continue(self, doc: Document, known: bool) -> None:
		if not known:
			sender = frappe.utils.escape_html(email_nature.sender_of(self.mail))
			doc.add_comment("Info", _("A mail from {0}, who did not take part so far.").format(sender))
			return
		if doc.doctype == TICKET:
			email_threads.resume(doc)
			_tell_person_in_charge(doc, self.subject)

	def _fail_bounced(self) -> None:
		found = email_nature.bounced(self.mail)
		if not found or not found[2]:
			return
		from aftersales.telephony import message_delivery

		name = frappe.db.get_value("Outgoing Message", {"message_id": found[0]}, "name")
		if name:
			message = frappe.get_doc("Outgoing Message", name, for_update=True)
			reason = _("Came back: {0}").format(harmless(found[1]))[:500]
			message.db_set({"state": "Failed", "error": reason}, notify=True)
			message_delivery.tell(message)

	# -- attachments

	def save_attachments_in_doc(self, doc):
		"""Keep attachments as private files, one by one: one that the site does not allow does not cost the others."""
		saved, attachments = [], self.attachments
		self.left_out += [row["fname"] for row in attachments[MOST_ATTACHMENTS:]]
		for attachment in attachments[:MOST_ATTACHMENTS]:
			self.attachments = [attachment]
			frappe.db.savepoint("attachment")
			try:
				kept = super().save_attachments_in_doc(doc)
			except frappe.ValidationError:
				frappe.db.rollback(save_point="attachment")
				frappe.clear_messages()
				kept = []
			saved += kept
			if not kept:
				self.left_out.append(attachment["fname"])
		self.attachments = attachments
		return saved

	def _say_what_is_missing(self, communication: Document) -> None:
		if self.left_out and communication.reference_name:
			names = ", ".join(frappe.utils.escape_html(cstr(name)) for name in self.left_out[:20])
			text = _("Attachments of a mail were not kept, too large or not allowed: {0}").format(names)
			self.reference_document().add_comment("Info", text)


def _tell_person_in_charge(ticket: Document, subject: str) -> None:
	"""A notification in the Desk for whoever handles the ticket."""
	user = ticket.person_in_charge
	if not user or not frappe.db.get_value("User", user, "enabled"):
		return
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"type": "Alert",
			"for_user": user,
			"subject": _("Mail from the customer on {0}: {1}").format(
				ticket.name, frappe.utils.escape_html(subject)
			),
			"document_type": ticket.doctype,
			"document_name": ticket.name,
		}
	).insert(ignore_permissions=True)
