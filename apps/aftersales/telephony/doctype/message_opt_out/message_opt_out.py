"""Message Opt-out: who wants no messages on a channel."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.telephony.message_recipients import normalised


class OptOutExistsError(frappe.ValidationError):
	"""It is known already."""


class MessageOptout(Document):
	def validate(self):
		if self.is_new() and not self.flags.ignore_permissions:
			self.source = "Staff"
		self.recipient, self.recipient_key = normalised(self.channel, self.recipient)
		known = frappe.db.get_value(
			"Message Opt-out",
			{"channel": self.channel, "recipient_key": self.recipient_key, "name": ("!=", self.name or "")},
		)
		if known:
			frappe.throw(
				_("{0} has opted out already.").format(frappe.bold(frappe.utils.escape_html(self.recipient))),
				OptOutExistsError,
			)


def on_doctype_update():
	"""Read for each message; two at the same time leave one; a customer's, newest first."""
	frappe.db.add_unique("Message Opt-out", ["recipient_key", "channel"], "one_per_recipient")
	frappe.db.add_index("Message Opt-out", ["customer", "creation"])
