"""Messages to customers: put into the queue from a stored template (C02, S2.23, S4.06, S6.16).

A message is an Outgoing Message, made in one way only (`prepare`, called when it is inserted): the template decides kind,
language and text; kind, opt-outs and the customer's own record decide whether it may be sent; `message_delivery` sends it.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from aftersales.telephony import message_kinds, message_recipients, message_text
from aftersales.telephony.message_recipients import CHANNELS, RecipientError
from aftersales.utils.access import check_permission

DOCTYPE = "Outgoing Message"
CUSTOMER = "Service Customer"
DEFAULT_ATTEMPTS = 5


class MessageRuleError(frappe.ValidationError):
	"""A rule of the kind, or the customer's record, keeps the message from being sent."""


class MessageStateError(frappe.ValidationError):
	"""The message is not in the state for this."""


def queue(
	template: str,
	channel: str | None = None,
	recipient: str | None = None,
	customer: str | None = None,
	reference_doctype: str | None = None,
	reference_name: str | None = None,
	context: dict | None = None,
	idempotency_key: str | None = None,
	written: dict | None = None,
	**values,
) -> str:
	"""Put a message into the queue; it leaves after the commit, at the earliest when quiet hours are over.

	:param template: Message Template.
	:param channel: SMS, E-mail or Fax; the template's unless given, else what the customer prefers and can get.
	:param recipient: number or address; the customer's or the document's own unless given.
	:param customer: Service Customer.
	:param reference_doctype: kind of the document that it is about.
	:param reference_name: its name.
	:param context: further variables, plain values; the template must know them by the hook `aftersales_message_variables`.
	:param idempotency_key: a second call with the same key makes no second message.
	:param written: `subject` and `html` of an e-mail that code has written already, for example from an Email Template;
		the Message Template then only tells the kind.
	:param values: further fields, such as `text` and `max_attempts`.
	:returns: name of the Outgoing Message; its state is Suppressed when the recipient wants no such messages.
	:raises MessageRuleError, RecipientError, ForbiddenWordError, MessageTemplateError: nothing was queued.
	"""
	if idempotency_key and (known := find(idempotency_key)):
		return known
	message = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"template": template,
			"channel": channel,
			"recipient": recipient,
			"customer": customer,
			"reference_doctype": reference_doctype,
			"reference_name": reference_name,
			"context": frappe.as_json(context) if context else None,
			"idempotency_key": idempotency_key,
			**values,
		}
	)
	message.flags.update({"by_system": True, "written": written})
	return insert_once(message).name


def insert_once(message: Document) -> Document:
	"""Insert a message; if another process has just made the one with the same key, return that."""
	if not message.idempotency_key:
		return message.insert(ignore_permissions=True)
	frappe.db.savepoint("message")
	try:
		return message.insert(ignore_permissions=True)
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.db.rollback(save_point="message")
		frappe.clear_messages()
		# A locking read sees what the other process committed after our snapshot was taken. Several that failed share
		# the lock of that row: each asking for it alone would be a deadlock.
		rows = frappe.db.sql(
			"select * from `tabOutgoing Message` where idempotency_key = %s lock in share mode",
			message.idempotency_key,
			as_dict=True,
		)
		if rows:
			return frappe.get_doc({"doctype": DOCTYPE, **rows[0]})
		raise


def find(idempotency_key: str) -> str | None:
	"""Return the message with a key."""
	return frappe.db.get_value(DOCTYPE, {"idempotency_key": idempotency_key}, "name")


# -- making a message


def prepare(message: Document) -> None:
	"""Fill a new message from its template and check every rule; what a client sent of results is dropped.

	:param message: Outgoing Message about to be inserted; `flags.by_system` says that no person sends it.
	:raises MessageRuleError, RecipientError, ForbiddenWordError, MessageTemplateError: see each.
	:raises frappe.PermissionError: the user may not read customer or document.
	"""
	template = frappe.get_cached_doc("Message Template", message.template)
	reference = reference_of(message)
	_drop_results(message)
	message.kind = template.kind
	message.customer = message.customer or customer_of(reference)
	row = message_recipients.customer_row(message.customer)
	by_system = bool(message.flags.by_system)
	if not by_system:
		_check_person(message, template, reference)
	if row:
		message.customer_name = row.customer_name
	elif reference:
		message.customer_name = reference.get("customer_name")
	_check_kind(message, row, by_system)
	_choose_channel(message, template, row, reference)
	choose_recipient(message, reference, by_system)
	message.signed_by = message_kinds.signer(message.kind, row and row.account_owner, frappe.session.user)
	fill_text(message, template)
	place_in_queue(message)


def _drop_results(message: Document) -> None:
	"""Results, and what only code may set, are not taken from a client."""
	of_code = ("batch", "max_attempts") if message.flags.by_system or message.flags.of_batch else ()
	for field in message.meta.fields:
		if field.read_only and field.fieldname not in of_code:
			message.set(field.fieldname, None)
	if not message.flags.by_system:
		message.context = message.sender = None
		if not message.flags.of_batch:
			message.idempotency_key = None
	message.attempts = message.uncertain = 0
	message.max_attempts = cint(message.max_attempts) or max_attempts()


def max_attempts() -> int:
	"""Return how often a message is tried, from Aftersales Settings."""
	return cint(frappe.get_cached_doc("Aftersales Settings").get("message_attempts")) or DEFAULT_ATTEMPTS


def reference_of(message: Document) -> Document | None:
	"""Return the document that a message is about.

	:raises MessageRuleError: no messages are sent about such documents.
	"""
	if not (message.reference_doctype and message.reference_name):
		message.reference_doctype = message.reference_name = None
		return None
	if message.reference_doctype not in frappe.get_hooks("aftersales_message_fields"):
		frappe.throw(
			_("Messages about {0} are not possible.").format(frappe.bold(_(message.reference_doctype))),
			MessageRuleError,
		)
	return frappe.get_doc(message.reference_doctype, message.reference_name)


def customer_of(reference: Document | None) -> str | None:
	"""Return the customer whom a document is about, or who it is."""
	if reference and reference.doctype == CUSTOMER:
		return reference.name
	return reference.get("customer") if reference else None


def _check_person(message: Document, template: Document, reference: Document | None) -> None:
	"""Whoever sends a message must see whom it goes to, and write to nobody but them."""
	if template.disabled:
		frappe.throw(
			_("The template {0} is disabled.").format(frappe.bold(_(template.name))), MessageRuleError
		)
	if not message.customer and not reference:
		frappe.throw(_("Choose a customer or a document that the message is about."), MessageRuleError)
	if reference:
		check_permission(reference.doctype, "read", reference)
	if message.customer:
		if reference and customer_of(reference) not in (None, "", message.customer):
			frappe.throw(
				_("{0} belongs to another customer.").format(frappe.bold(reference.name)), MessageRuleError
			)
		check_permission(CUSTOMER, "read", message.customer)
	if template.document_type and (not reference or reference.doctype != template.document_type):
		frappe.throw(
			_("The template {0} is for documents of the type {1}.").format(
				frappe.bold(_(template.name)), frappe.bold(_(template.document_type))
			),
			MessageRuleError,
		)
	if template.ask_for_text and not (message.text or "").strip():
		frappe.throw(_("Write the text of the message."), MessageRuleError)


def _check_kind(message: Document, row: dict | None, by_system: bool) -> None:
	rule = frappe.get_cached_doc("Message Kind", message.kind)
	if rule.disabled:
		frappe.throw(_("The kind {0} is disabled.").format(frappe.bold(_(rule.name))), MessageRuleError)
	if not row:
		if rule.purpose != "Service Notice":
			frappe.throw(
				_("Messages of the kind {0} go to customers with a record only.").format(
					frappe.bold(_(rule.name))
				),
				MessageRuleError,
			)
		return
	against = message_kinds.reasons_against(message.kind, [row], frappe.session.user, by_system)
	if reason := against.get(row.name):
		frappe.throw(
			_("No message of the kind {0} to {1}: {2}.").format(
				frappe.bold(_(message.kind)),
				frappe.bold(frappe.utils.escape_html(row.customer_name)),
				reason,
			),
			MessageRuleError,
			title=_("Message Not Possible"),
		)


def _choose_channel(message: Document, template: Document, row: dict | None, reference) -> None:
	allowed = [template.channel] if template.channel != "Any" else list(CHANNELS)
	if message.channel:
		if message.channel not in allowed:
			frappe.throw(
				_("The template {0} is for the channel {1}.").format(
					frappe.bold(_(template.name)), frappe.bold(_(template.channel))
				),
				MessageRuleError,
			)
		return
	preferred = (reference and reference.get("preferred_channel")) or (row and row.preferred_channel)
	order = sorted(allowed, key=lambda channel: channel != preferred)
	message.channel = next(
		(channel for channel in order if message_recipients.addresses(channel, message.customer, reference)),
		order[0],
	)


def choose_recipient(message: Document, reference: Document | None, by_system: bool) -> None:
	"""Fill number or address and its key; a person writes to those that are known of the customer only.

	:raises RecipientError: there is none, or it is not the customer's.
	"""
	known = message_recipients.addresses(message.channel, message.customer, reference)
	if not message.recipient:
		if not known:
			frappe.throw(
				_("No number or address for the channel {0} is known of {1}.").format(
					frappe.bold(_(message.channel)),
					frappe.bold(frappe.utils.escape_html(message.customer_name or message.reference_name)),
				),
				RecipientError,
			)
		message.recipient = known[0]
	message.recipient, message.recipient_key = message_recipients.normalised(
		message.channel, message.recipient
	)
	keys = {message_recipients.normalised(message.channel, address)[1] for address in known}
	if not by_system and message.recipient_key not in keys:
		frappe.throw(
			_(
				"{0} is no number or address of this customer. Enter it in the customer's record first."
			).format(frappe.bold(frappe.utils.escape_html(message.recipient))),
			RecipientError,
		)


def fill_text(message: Document, template: Document) -> None:
	"""Render subject, text and HTML in the template's language and check them for forbidden words."""
	from aftersales.telephony import message_opt_out

	language = frappe.local.lang
	try:
		frappe.local.lang = template.language or language
		values = message_text.variables(
			message.customer,
			message.reference_doctype,
			message.reference_name,
			message.signed_by,
			message.text,
			message_text.parse_json(message.context),
		)
		values["opt_out_link"] = message_opt_out.link(message.channel, message.recipient)
		if message.flags.written and message.channel == "E-mail":
			subject, html = message.flags.written["subject"], message.flags.written["html"]
			body = message_text.as_text(html)
		else:
			subject, body, html = message_text.render_template_of(template, values)
	finally:
		frappe.local.lang = language
	message_kinds.check_words(message.kind, subject, body, message_text.as_text(html))
	if not body:
		frappe.throw(_("The message has no text."), message_text.MessageTemplateError)
	message.subject = subject if message.channel != "SMS" else None
	message.body = body
	message.body_html = html if message.channel == "E-mail" else None


def place_in_queue(message: Document) -> None:
	"""Say when a message leaves, or that its recipient wants no such messages."""
	kind = frappe.get_cached_doc("Message Kind", message.kind)
	message.next_attempt_at = now_datetime()
	if message_recipients.opted_out(message.channel, message.recipient_key, kind.purpose):
		message.state, message.error = "Suppressed", _("The recipient wants no such messages.")
		return
	message.state = "Queued"
	if until := message_recipients.held_until(kind, message.channel, message.recipient_key):
		message.next_attempt_at = message.flags.held_until = until


def new_message(
	doctype: str,
	name: str,
	template: str,
	channel: str | None = None,
	recipient: str | None = None,
	text: str | None = None,
) -> Document:
	"""Return a message of the session's user about a document, not yet inserted.

	:param doctype: kind of the document. name: its name.
	:raises frappe.PermissionError: the user may not read the template.
	"""
	check_permission("Message Template", "read", template)
	return frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"template": template,
			"channel": channel or None,
			"recipient": recipient or None,
			"text": text,
			"reference_doctype": doctype,
			"reference_name": name,
			"customer": name if doctype == CUSTOMER else None,
		}
	)


# -- messages of a batch


def new_batch_message(batch: Document, customer: str, key: str | None) -> Document:
	"""Return the message of a batch to one customer, not yet inserted; the session's user sends it."""
	message = new_message(CUSTOMER, customer, batch.template, batch.channel, None, batch.text)
	message.update({"batch": batch.name, "idempotency_key": key})
	message.flags.of_batch = True
	return message


def message_for_batch(batch: Document, customer: str, key: str) -> Document:
	"""Put the message of a batch to one customer into the queue; see `prepare` for what is raised."""
	return insert_once(new_batch_message(batch, customer, key))
