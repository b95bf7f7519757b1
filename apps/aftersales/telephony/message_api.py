"""What people do with messages in the Desk: see what would be sent, send it, take it back, send it again."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.telephony import message_recipients, message_text, messages
from aftersales.telephony.message_recipients import CHANNELS
from aftersales.telephony.messages import DOCTYPE
from aftersales.utils.access import check_permission


@frappe.whitelist()
def options(doctype: str, name: str) -> dict:
	"""Return what the dialog "Send Message" offers on a document.

	:returns: `templates` (`name`, `label`, `channel`, `kind`, `ask_for_text`) and `addresses` by channel.
	:raises frappe.PermissionError: the user may not read the document or send messages.
	"""
	check_permission(DOCTYPE, "create")
	if doctype not in frappe.get_hooks("aftersales_message_fields"):
		frappe.throw(
			_("Messages about {0} are not possible.").format(frappe.bold(_(doctype))),
			messages.MessageRuleError,
		)
	reference = frappe.get_doc(doctype, name)
	check_permission(doctype, "read", reference)
	templates = frappe.get_list(
		"Message Template",
		filters={"disabled": 0, "document_type": ("in", ["", doctype])},
		fields=["name", "channel", "kind", "ask_for_text", "language"],
		order_by="kind, name",
		limit_page_length=200,
	)
	customer = messages.customer_of(reference)
	return {
		"customer": customer,
		"templates": [{**row, "label": f"{_(row.name)} · {_(row.kind)}"} for row in templates],
		"addresses": {
			channel: message_recipients.addresses(channel, customer, reference) for channel in CHANNELS
		},
	}


@frappe.whitelist()
def preview(
	doctype: str,
	name: str,
	template: str,
	channel: str | None = None,
	recipient: str | None = None,
	text: str | None = None,
) -> dict:
	"""Return a message as it would be sent, without making it.

	:returns: `channel`, `recipient`, `subject`, `body`, `html`, `state`, `held_until` (end of the quiet hours, if they keep
	        it), `signed_by`, `error`.
	:raises frappe.PermissionError, MessageRuleError, RecipientError, ForbiddenWordError: as `send`.
	"""
	check_permission(DOCTYPE, "create")
	message = messages.new_message(doctype, name, template, channel, recipient, text)
	messages.prepare(message)
	fields = ("channel", "recipient", "subject", "body", "state", "signed_by", "error")
	return {
		"held_until": message.flags.held_until,
		**{field: message.get(field) for field in fields},
		"html": (message.body_html or message_text.as_html(message.body))
		if message.channel == "E-mail"
		else "",
	}


@frappe.whitelist(methods=["POST"])
def send(
	doctype: str,
	name: str,
	template: str,
	channel: str | None = None,
	recipient: str | None = None,
	text: str | None = None,
) -> dict:
	"""Put a message about a document into the queue, as the session's user.

	:returns: `name`, `state`, `next_attempt_at`.
	:raises frappe.PermissionError: the user may not send messages, or not read document or customer.
	:raises MessageRuleError, RecipientError, ForbiddenWordError: says which rule.
	"""
	check_permission(DOCTYPE, "create")
	message = messages.new_message(doctype, name, template, channel, recipient, text).insert()
	return {field: message.get(field) for field in ("name", "state", "next_attempt_at")}


@frappe.whitelist(methods=["POST"])
def cancel(name: str) -> str:
	"""Take a message out of the queue.

	:returns: the state, Cancelled.
	:raises frappe.PermissionError: it is not the user's own, and they may not change messages.
	:raises MessageStateError: it is on its way already.
	"""
	message = _locked_for_change(name)
	if message.state != "Queued":
		frappe.throw(
			_("Only a message that waits in the queue can be cancelled; this one is {0}.").format(
				frappe.bold(_(message.state))
			),
			messages.MessageStateError,
		)
	message.db_set({"state": "Cancelled", "next_attempt_at": None}, notify=True)
	return message.state


@frappe.whitelist(methods=["POST"])
def send_again(name: str) -> str:
	"""Put a message that failed or was cancelled into the queue again, with all its attempts; opt-outs still count.

	:returns: the state, Queued or Suppressed.
	:raises frappe.PermissionError: as `cancel`.
	:raises MessageStateError: it did not fail.
	"""
	message = _locked_for_change(name)
	if message.state not in ("Failed", "Cancelled"):
		frappe.throw(
			_("Only a message that failed or was cancelled can be sent again; this one is {0}.").format(
				frappe.bold(_(message.state))
			),
			messages.MessageStateError,
		)
	message.update({"attempts": 0, "error": None, "uncertain": 0, "claim": None, "email_queue": None})
	messages.place_in_queue(message)
	fields = (
		"attempts",
		"error",
		"uncertain",
		"claim",
		"email_queue",
		"state",
		"next_attempt_at",
	)
	message.db_set({field: message.get(field) for field in fields}, notify=True)
	message.deliver_soon()
	return message.state


def _locked_for_change(name: str) -> Document:
	message = frappe.get_doc(DOCTYPE, name, for_update=True)
	message.check_permission("read")
	if message.owner != frappe.session.user or not frappe.has_permission(DOCTYPE, "create"):
		check_permission(DOCTYPE, "write", message)
	return message
