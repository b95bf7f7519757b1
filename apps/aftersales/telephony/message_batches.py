"""The same message to many customers: who gets it, and why others do not; then one Outgoing Message each."""

from collections import Counter

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.telephony import message_delivery, message_kinds, message_recipients, messages
from aftersales.utils.access import check_permission

DOCTYPE = "Message Batch"
CUSTOMER = "Service Customer"
MOST = 5000
AT_A_TIME = 100
SHOWN = 3
JOB = "aftersales.telephony.message_batches.queue_all"


class BatchError(frappe.ValidationError):
	"""The batch has no customers, or too many."""


def names_of(batch: Document | dict) -> list[str]:
	"""Return the customers of a batch, each once."""
	found = frappe.parse_json(batch.get("customers") or "[]")
	if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
		frappe.throw(_("Choose the customers in their list."), BatchError)
	return list(dict.fromkeys(found))


def check(batch: Document) -> None:
	"""Check a new batch.

	:raises BatchError: no customers, or more than 5,000.
	:raises frappe.PermissionError: a customer is among them whom the user may not read.
	"""
	names = names_of(batch)
	if not names or len(names) > MOST:
		frappe.throw(
			_("Choose between 1 and {0} customers.").format(MOST) if names else _("Choose customers first."),
			BatchError,
		)
	check_permission("Message Template", "read", batch.template)
	check_permission(messages.DOCTYPE, "create")
	readable = set(frappe.get_list(CUSTOMER, {"name": ("in", names)}, pluck="name", limit_page_length=0))
	if hidden := [name for name in names if name not in readable]:
		frappe.throw(
			_("You have no permission for the customer {0}.").format(
				frappe.bold(frappe.utils.escape_html(hidden[0]))
			),
			frappe.PermissionError,
		)
	template = frappe.get_cached_doc("Message Template", batch.template)
	if template.document_type and template.document_type != CUSTOMER:
		frappe.throw(
			_("The template {0} is for documents of the type {1}.").format(
				frappe.bold(_(template.name)), frappe.bold(_(template.document_type))
			),
			BatchError,
		)
	batch.customers = frappe.as_json(names, indent=None)
	batch.state, batch.customers_count = "Waiting", len(names)
	batch.queued_count = batch.left_out_count = 0
	batch.left_out = None


def begin(batch: Document) -> None:
	"""Have the messages made after the commit."""
	frappe.enqueue(JOB, queue="long", timeout=3600, enqueue_after_commit=True, batch=batch.name)


def queue_all(batch: str) -> None:
	"""Make the messages of a batch as the user who made it; a background job, safe to run twice.

	Each message has the key of batch and customer, so that a run that is repeated after a crash makes no second one.
	"""
	doc = frappe.get_doc(DOCTYPE, batch)
	if doc.state in ("Queued", "Cancelled"):
		return
	user = frappe.session.user
	try:
		frappe.set_user(doc.owner)
		doc.db_set("state", "Queueing", notify=True)
		message_delivery.commit()
		left_out, made = {}, 0
		names = names_of(doc)
		for start in range(0, len(names), AT_A_TIME):
			for name in names[start : start + AT_A_TIME]:
				if reason := _queue_one(doc, name):
					left_out[name] = reason
				else:
					made += 1
			doc.db_set({"queued_count": made, "left_out_count": len(left_out)}, notify=True)
			message_delivery.commit()
		lines = [f"{name}: {reason}" for name, reason in left_out.items()]
		doc.db_set({"state": "Queued", "left_out": "\n".join(lines)[:60_000]}, notify=True)
		message_delivery.commit()
	finally:
		frappe.set_user(user)


def _queue_one(batch: Document, customer: str) -> str | None:
	"""Queue the message to one customer.

	:returns: why not, None if it was.
	"""
	key = f"{batch.name}:{customer}"
	if messages.find(key):
		return None
	frappe.db.savepoint("batch_message")
	try:
		message = messages.message_for_batch(batch, customer, key)
	except (frappe.ValidationError, frappe.PermissionError) as error:
		frappe.db.rollback(save_point="batch_message")
		frappe.clear_messages()
		return frappe.utils.strip_html_tags(str(error))
	return message.error if message.state == "Suppressed" else None


@frappe.whitelist()
def preview(
	template: str, customers: str | list, channel: str | None = None, text: str | None = None
) -> dict:
	"""Return what a batch would do, without making it.

	:param customers: names of Service Customers.
	:returns: `count` (messages), `left_out` ({reason: number of customers}), `samples` (`customer_name`, `recipient`,
		`subject`, `body`), `start` (when the first leave).
	:raises frappe.PermissionError: the user may not send to many, or not read a customer.
	:raises BatchError: see `check`.
	"""
	check_permission(DOCTYPE, "create")
	batch = frappe.get_doc(
		{"doctype": DOCTYPE, "template": template, "channel": channel, "text": text, "customers": customers}
	)
	check(batch)
	left_out, samples, count, start = Counter(), [], 0, None
	for row, reason in _judged(batch):
		message = None
		if not reason:
			message, reason = _try(batch, row.name)
		if reason:
			left_out[reason] += 1
			continue
		count += 1
		start = min(filter(None, (start, message.next_attempt_at)))
		if len(samples) < SHOWN:
			samples.append(
				{
					field: message.get(field)
					for field in ("customer_name", "recipient", "channel", "subject", "body")
				}
			)
	return {"count": count, "left_out": dict(left_out), "samples": samples, "start": start}


def _judged(batch: Document):
	"""Return each customer with the reason of its kind against a message; the rules are read for all at once."""
	names = names_of(batch)
	rows = frappe.get_all(
		CUSTOMER, {"name": ("in", names)}, list(message_recipients.CUSTOMER_FIELDS), limit_page_length=0
	)
	kind = frappe.get_cached_value("Message Template", batch.template, "kind")
	against = message_kinds.reasons_against(kind, rows, frappe.session.user)
	return [(row, against.get(row.name)) for row in rows]


def _try(batch: Document, customer: str) -> tuple[Document | None, str | None]:
	"""Return the message as it would be made, or why it would not."""
	try:
		message = messages.new_batch_message(batch, customer, None)
		messages.prepare(message)
	except message_recipients.RecipientError:
		frappe.clear_messages()
		return None, _("no number or address to send to")
	except (frappe.ValidationError, frappe.PermissionError) as error:
		frappe.clear_messages()
		return None, frappe.utils.strip_html_tags(str(error))
	return message, message.error if message.state == "Suppressed" else None


@frappe.whitelist(methods=["POST"])
def send(
	template: str,
	customers: str | list,
	title: str | None = None,
	channel: str | None = None,
	text: str | None = None,
) -> str:
	"""Send a message to many customers.

	:returns: name of the Message Batch, which tells how far it is.
	:raises frappe.PermissionError: the user may not send to many, or not read a customer.
	:raises BatchError: see `check`.
	"""
	check_permission(DOCTYPE, "create")
	return (
		frappe.get_doc(
			{
				"doctype": DOCTYPE,
				"batch_title": (title or "").strip()
				or f"{_(template)} {frappe.utils.formatdate(frappe.utils.nowdate())}",
				"template": template,
				"channel": channel or None,
				"text": text,
				"customers": customers if isinstance(customers, str) else frappe.as_json(customers),
			}
		)
		.insert()
		.name
	)
