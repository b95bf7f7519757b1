"""Sends what waits in the queue. Safe to run twice and by several workers at the same time.

A worker takes a message by one statement that changes it from Queued to Sending, commits, and only then talks to the gateway. So
each message has one worker, and a crash is noticed: the message stays in Sending (`recover`).

What a crash between sending and noting means depends on the way:

- E-mail (and fax by e-mail): handing over to Frappe's Email Queue and noting it are one transaction: exactly once. The Email
  Queue itself sends at least once.
- SMS and HTTP: nobody can know whether the gateway took the message. It is sent at most once: it fails with "unknown whether sent",
  and a person decides. A sender that is marked as safe to repeat gets it again under the same key: at least once, and the
  gateway drops the repetition.
"""

import random
from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_to_date, cint, now_datetime

from aftersales.telephony import message_recipients, message_senders
from aftersales.telephony.message_senders import Result
from aftersales.utils.text import harmless

DOCTYPE = "Outgoing Message"
# Seconds until the second, third… attempt; the last one for all that follow.
WAITS = (60, 300, 1800, 7200, 21600)
# A worker that has not come back for so long is taken for dead; longer than the longest time-out of a request.
CLAIM_MINUTES = 15
BATCH = 200
LONGEST_ERROR = 500


def deliver(message: str) -> str | None:
	"""Send one message if it is due and nobody else does; a background job.

	:param message: name of the Outgoing Message.
	:returns: its state afterwards, None if it was not ours to send.
	"""
	claim = take(message)
	if not claim:
		return None
	commit()
	doc = frappe.get_doc(DOCTYPE, message)
	result = hold_back(doc) or attempt(doc)
	state = note(doc, claim, result)
	commit()
	return state


def take(message: str) -> str | None:
	"""Take a due message for this worker.

	:returns: the claim, None if another worker has it or it is not due.
	"""
	claim, now = frappe.generate_hash(length=20), now_datetime()
	frappe.db.sql(
		"""update `tabOutgoing Message`
		set state = 'Sending', claim = %(claim)s, claimed_at = %(now)s, attempts = attempts + 1, modified = %(now)s
		where name = %(name)s and state = 'Queued' and next_attempt_at <= %(now)s""",
		{"claim": claim, "now": now, "name": message},
	)
	frappe.clear_document_cache(DOCTYPE, message)
	return claim if frappe.db._cursor.rowcount == 1 else None


def hold_back(doc: Document) -> Result | None:
	"""Return why a message must not leave now: an opt-out since it was queued, quiet hours, too many on one day."""
	kind = frappe.get_cached_doc("Message Kind", doc.kind)
	if message_recipients.opted_out(doc.channel, doc.recipient_key, kind.purpose):
		return Result("suppressed", _("The recipient wants no such messages."))
	if until := message_recipients.held_until(kind, doc.channel, doc.recipient_key):
		return Result("later", _("Quiet hours"), at=until)
	if kind.purpose != "Service Notice" and message_recipients.over_daily_limit(
		doc.recipient_key, doc.channel, doc.name
	):
		return Result("later", _("Enough messages for one day"), at=now_datetime() + timedelta(hours=6))
	return None


def attempt(doc: Document) -> Result:
	"""Give a message to its sender; whatever goes wrong becomes a result, without secrets."""
	frappe.db.savepoint("attempt")
	try:
		return message_senders.send(doc)
	except frappe.ValidationError as error:
		frappe.db.rollback(save_point="attempt")
		frappe.clear_messages()
		return Result("failed", frappe.utils.strip_html_tags(str(error)))
	except Exception as error:
		frappe.db.rollback(save_point="attempt")
		# The text of an unknown error may quote an address with a secret in it, and so may a traceback with variables.
		return Result("unknown", _("Unexpected error: {0}").format(type(error).__name__))


def note(doc: Document, claim: str, result: Result) -> str:
	"""Store what became of an attempt, if the message is still ours.

	:returns: its new state.
	"""
	current = frappe.db.get_value(DOCTYPE, doc.name, ["state", "claim"], as_dict=True, for_update=True)
	if not current or current.state != "Sending" or current.claim != claim:
		return current.state if current else "Cancelled"
	values = _values_of(doc, result)
	doc.db_set({**values, "claim": None, "claimed_at": None}, notify=True)
	tell(doc)
	return doc.state


def _values_of(doc: Document, result: Result) -> dict:
	now = now_datetime()
	# It may quote a gateway.
	error = harmless(result.error)[:LONGEST_ERROR] or None
	match result.kind:
		case "sent":
			return {
				"state": "Sent",
				"sent_at": now,
				"error": None,
				"provider_id": harmless(result.provider_id)[:140] or None,
				"next_attempt_at": None,
				"uncertain": 0,
			}
		case "handed over":
			return {
				"state": "Sending",
				"error": None,
				"email_queue": result.provider_id,
				"message_id": result.message_id,
				"next_attempt_at": None,
			}
		case "suppressed":
			return {"state": "Suppressed", "error": error, "next_attempt_at": None}
		case "later":
			return {
				"state": "Queued",
				"error": error,
				"next_attempt_at": result.at,
				"attempts": doc.attempts - 1,
			}
		case "retry" if doc.attempts < (cint(doc.max_attempts) or 1):
			return {
				"state": "Queued",
				"error": error,
				"next_attempt_at": now + timedelta(seconds=wait_before(doc.attempts, result.retry_after)),
			}
		case "unknown" if result.safe_to_repeat and doc.attempts < (cint(doc.max_attempts) or 1):
			return {
				"state": "Queued",
				"error": error,
				"next_attempt_at": now + timedelta(seconds=wait_before(doc.attempts, None)),
			}
	return {
		"state": "Failed",
		"error": error,
		"next_attempt_at": None,
		"uncertain": cint(result.kind == "unknown"),
	}


def wait_before(attempts: int, retry_after: float | None) -> float:
	"""Return the seconds until the next attempt: longer each time, spread by a tenth, never less than the gateway asks for.

	:param attempts: how often it was tried.
	:param retry_after: seconds that the gateway named.
	"""
	wait = WAITS[min(attempts, len(WAITS)) - 1]
	return max(wait * random.uniform(1, 1.1), min(retry_after or 0, 86400))


def tell(doc: Document) -> None:
	"""Tell the modules that wait for a message what became of it (hook `aftersales_message_done`)."""
	if doc.state == "Queued":
		return
	for method in frappe.get_hooks("aftersales_message_done"):
		frappe.get_attr(method)(doc)


def deliver_due() -> int:
	"""Send everything that is due; called by the scheduler each few minutes, beside the job of each message.

	:returns: number of messages that this run took.
	"""
	recover()
	follow_email_queue()
	due = frappe.get_all(
		DOCTYPE,
		{"state": "Queued", "next_attempt_at": ("<=", now_datetime())},
		pluck="name",
		order_by="next_attempt_at",
		limit=BATCH,
	)
	return sum(bool(deliver(name)) for name in due)


def recover() -> None:
	"""Decide on messages whose worker died: see the module."""
	for name in frappe.get_all(
		DOCTYPE,
		{
			"state": "Sending",
			"email_queue": ("is", "not set"),
			"claimed_at": ("<", add_to_date(now_datetime(), minutes=-CLAIM_MINUTES)),
		},
		pluck="name",
		limit=BATCH,
	):
		doc = frappe.get_doc(DOCTYPE, name, for_update=True)
		if doc.state != "Sending" or doc.email_queue or not doc.claim:
			commit()
			continue
		sender = message_senders.choose(doc, must=False)
		if not sender or sender.kind in message_senders.BY_MAIL:
			# Nothing was handed over: that would have been noted in the same transaction.
			result = Result("retry", _("The worker was interrupted."))
		else:
			result = Result(
				"unknown",
				_("The worker was interrupted: it is not known whether the gateway got the message."),
				safe_to_repeat=bool(sender.safe_to_repeat),
			)
		note(doc, doc.claim, result)
		commit()


def follow_email_queue() -> None:
	"""Take over what became of handed-over e-mails in Frappe's Email Queue."""
	message, queued = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Email Queue")
	rows = (
		frappe.qb.from_(message)
		.left_join(queued)
		.on(queued.name == message.email_queue)
		.select(message.name, queued.status, queued.modified)
		.where((message.state == "Sending") & message.email_queue.isnotnull() & (message.email_queue != ""))
		.where(queued.status.isnull() | queued.status.isin(["Sent", "Error", "Expired"]))
		.limit(BATCH)
		.run(as_dict=True)
	)
	for row in rows:
		doc = frappe.get_doc(DOCTYPE, row.name, for_update=True)
		if doc.state == "Sending":
			finish_mail(doc, row.status, row.modified)
		commit()


def finish_mail(doc: Document, status: str | None, at=None) -> None:
	"""Store the end of a handed-over e-mail.

	:param status: of the Email Queue; None when its record is gone.
	"""
	if status == "Sent":
		doc.db_set({"state": "Sent", "sent_at": at or now_datetime(), "error": None}, notify=True)
	elif status:
		error = _("The mail server did not take it, see {0}.").format(f"Email Queue {doc.email_queue}")
		doc.db_set({"state": "Failed", "error": error}, notify=True)
	else:
		error = _("The record of the Email Queue was deleted before it was known whether it was sent.")
		doc.db_set({"state": "Failed", "error": error, "uncertain": 1}, notify=True)
	tell(doc)


def commit() -> None:
	"""Each step is complete in itself; inside a test everything is rolled back in the end."""
	if not frappe.flags.in_test:
		frappe.db.commit()
