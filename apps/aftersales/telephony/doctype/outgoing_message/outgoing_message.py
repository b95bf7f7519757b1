"""Outgoing Message: one message to one customer, from the queue to its delivery."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.telephony import message_kinds, messages

JOB = "aftersales.telephony.message_delivery.deliver"


class OutgoingMessage(Document):
	def before_insert(self):
		messages.prepare(self)

	def validate(self):
		if not self.is_new():
			self.validate_change()

	def after_insert(self):
		self.deliver_soon()

	def validate_change(self) -> None:
		"""Text and recipient of a waiting message may be corrected by whoever may change messages; then nothing any more.

		:raises MessageStateError: it does not wait.
		"""
		before = self.get_doc_before_save()
		for field in self.meta.fields:
			# Frappe keeps these in the form only; a message that was sent must not be queued again by an API.
			if field.read_only:
				self.set(field.fieldname, before.get(field.fieldname))
		changed = [
			field for field in ("subject", "body", "recipient", "text") if self.has_value_changed(field)
		]
		if not changed:
			return
		if before.state != "Queued":
			frappe.throw(
				_("Only a message that waits in the queue can be changed; this one is {0}.").format(
					frappe.bold(_(before.state))
				),
				messages.MessageStateError,
			)
		if "body" in changed:
			self.body_html = None
		if "recipient" in changed:
			messages.choose_recipient(self, messages.reference_of(self), by_system=False)
		message_kinds.check_words(self.kind, self.subject, self.body)

	def deliver_soon(self) -> None:
		"""Have a waiting message sent after the commit; what must wait longer is found by the scheduler."""
		if (
			self.state == "Queued"
			and frappe.utils.get_datetime(self.next_attempt_at) <= frappe.utils.now_datetime()
		):
			frappe.enqueue(
				JOB,
				queue="short",
				enqueue_after_commit=True,
				job_id=f"message-{self.name}",
				message=self.name,
			)


def on_doctype_update():
	"""What is due; what somebody got; messages about a document; a customer's of a kind; the one that came back."""
	for columns in (
		["state", "next_attempt_at"],
		["recipient_key", "sent_at"],
		["reference_doctype", "reference_name"],
		["customer", "kind", "creation"],
		["message_id"],
	):
		frappe.db.add_index("Outgoing Message", columns)
