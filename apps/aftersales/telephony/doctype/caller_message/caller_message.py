"""Caller Message: what a caller asked to be told to somebody (S7.46)."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.utils.text import clean_text

NEW, DONE = "New", "Done"
# What only `set_done` writes, and what says who took the message down.
KEPT = ("state", "done_on", "done_by", "received_on", "received_by")


class NobodyToTellError(frappe.MandatoryError):
	"""The message is for nobody."""


class NotForYouError(frappe.PermissionError):
	"""The message is for somebody else."""


class CallerMessage(Document):
	def before_insert(self):
		self.update({"state": NEW, "done_on": None, "done_by": None})
		self.update({"received_on": now_datetime(), "received_by": frappe.session.user})
		self.fill_from_call()

	def validate(self):
		self.message = (self.message or "").strip()
		self.caller = clean_text(self.caller)
		self.keep_what_happened()
		self.validate_addressee()
		self.fill_from_customer()

	def after_insert(self):
		self.tell_addressees()

	def on_update(self):
		before = self.get_doc_before_save()
		if before and (before.for_user, before.for_group) != (self.for_user, self.for_group):
			self.tell_addressees()

	def fill_from_call(self) -> None:
		"""A message of a call knows who called; what was typed wins.

		:raises frappe.PermissionError: the user may not read the call.
		"""
		if not self.service_call:
			return
		call = frappe.get_doc("Service Call", self.service_call)
		if not self.flags.ignore_permissions:
			call.check_permission("read")
		self.customer = self.customer or call.customer
		self.phone = self.phone or call.number_display or call.number_raw
		known = call.customer and call.caller
		self.caller = self.caller or known or call.name_raw or None

	def fill_from_customer(self) -> None:
		"""Who called and where they are reached, as the customer's record says."""
		if self.customer and not (self.caller and self.phone):
			name, phone = frappe.db.get_value("Service Customer", self.customer, ["customer_name", "phone"])
			self.caller, self.phone = self.caller or name, self.phone or phone
		self.caller = self.caller or self.phone or _("Unknown Caller")

	def keep_what_happened(self) -> None:
		"""Who took the message down and whether it is done is not typed."""
		before = self.get_doc_before_save()
		if before and not self.flags.by_step:
			self.update({field: before.get(field) for field in KEPT})

	def validate_addressee(self) -> None:
		"""
		:raises NobodyToTellError: says what to choose.
		"""
		if not self.for_user and not self.for_group:
			frappe.throw(
				_("Choose whom the message is for: a user or a group."),
				NobodyToTellError,
				title=_("Nobody to Tell"),
			)

	def addressees(self) -> list[str]:
		"""Return the users whom the message is for."""
		users = [self.for_user] if self.for_user else []
		if self.for_group:
			users += frappe.get_all(
				"Agent Group Member", {"parenttype": "Agent Group", "parent": self.for_group}, pluck="user"
			)
		return list(dict.fromkeys(users))

	def tell_addressees(self) -> None:
		"""Make a notice in the Desk for each of those who may read it; nobody is told what they wrote themselves."""
		users = [
			user
			for user in self.addressees()
			if user != frappe.session.user and frappe.has_permission(self.doctype, "read", user=user)
		]
		if users and self.state == NEW:
			subject = _("Message of {0}: {1}").format(self.caller, self.message[:100])
			enqueue_create_notification(
				users,
				{
					"type": "Alert",
					"document_type": self.doctype,
					"document_name": self.name,
					"subject": frappe.utils.escape_html(subject),
					"from_user": frappe.session.user,
				},
			)

	def may_finish(self) -> bool:
		"""Return whether the session's user may say that the message is done: who it is for, and who may change it."""
		return frappe.session.user in self.addressees() or bool(
			frappe.has_permission(self.doctype, "write", doc=self)
		)

	def set_done(self, done: bool) -> None:
		"""Say that the message is done, or that it is not after all.

		:raises NotForYouError: it is for somebody else.
		"""
		if not self.may_finish():
			frappe.throw(
				_("Only who the message is for, or who may change messages, can do this."), NotForYouError
			)
		if (self.state == DONE) == done:
			return
		self.state = DONE if done else NEW
		self.done_on = now_datetime() if done else None
		self.done_by = frappe.session.user if done else None
		self.flags.by_step = True
		self.save(ignore_permissions=True)


@frappe.whitelist(methods=["POST"])
def set_done(message: str, done: bool = True) -> dict:
	"""Say that a caller's message is done (S7.46); who it is for needs no right to change messages for that.

	:param message: name of a Caller Message.
	:param done: False opens it again.
	:returns: `state`, `done_on`, `done_by` and `modified`.
	:raises frappe.PermissionError: the user may not read it, or it is for somebody else.
	:raises frappe.DoesNotExistError: there is no such message.
	"""
	doc = frappe.get_doc("Caller Message", message, for_update=True)
	doc.check_permission("read")
	doc.set_done(bool(frappe.utils.sbool(done)))
	return {field: doc.get(field) for field in ("state", "done_on", "done_by", "modified")}


def messages_waiting(user: str, days: int) -> dict | None:
	"""What the reminder on opening the Desk tells: messages for the user, or a group of theirs, that are not done.

	:param user: the user.
	:param days: unused: a message waits for no day.
	"""
	if not frappe.has_permission("Caller Message", "read", user=user):
		return None
	message, member = frappe.qb.DocType("Caller Message"), frappe.qb.DocType("Agent Group Member")
	groups = (
		frappe.qb.from_(member)
		.select(member.parent)
		.where((member.user == user) & (member.parenttype == "Agent Group"))
	)
	rows = (
		frappe.qb.from_(message)
		.select(message.name, message.caller, message.message, message.creation, message.urgent)
		.where((message.state == NEW) & ((message.for_user == user) | message.for_group.isin(groups)))
		.orderby(message.creation)
		.run(as_dict=True)
	)
	return {
		"title": _("Messages of callers"),
		"count": len(rows),
		"route": ["List", "Caller Message", {"state": NEW}],
		"rows": [
			{
				"label": f"{row.caller}: {row.message[:60]}",
				"route": ["Form", "Caller Message", row.name],
				"date": row.creation,
				"late": bool(row.urgent),
			}
			for row in rows[:5]
		],
	}


def on_doctype_update():
	"""What waits for a user or a group, and a customer's messages, newest first."""
	frappe.db.add_index("Caller Message", ["state", "for_user"])
	frappe.db.add_index("Caller Message", ["state", "for_group"])
