"""Message Sender: how messages of a channel leave the site."""

from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.telephony import message_senders, message_text

WAYS = {
	"SMS": ("SMS Settings", "HTTP"),
	"E-mail": ("E-mail Account",),
	"Fax": ("HTTP", "E-mail to Fax"),
}
SAMPLE = dict.fromkeys(("number", "digits", "text", "subject", "key", "secret", "secret_2"), "x")


class MessageSenderError(frappe.ValidationError):
	"""The sender cannot work like this."""


class MessageSender(Document):
	def validate(self):
		self.validate_way()
		if self.kind == "HTTP":
			self.validate_request()
		elif self.kind == "E-mail to Fax":
			self.validate_fax_address()

	def validate_way(self) -> None:
		"""
		:raises MessageSenderError: the way does not serve the channel.
		"""
		if self.kind not in WAYS[self.channel]:
			frappe.throw(
				_("{0} does not send messages of the channel {1}. Choose one of: {2}").format(
					frappe.bold(_(self.kind)),
					frappe.bold(_(self.channel)),
					", ".join(_(way) for way in WAYS[self.channel]),
				),
				MessageSenderError,
			)

	def validate_request(self) -> None:
		"""Try the templates of the request with made-up values.

		:raises MessageSenderError: the address is none, or the body is no JSON.
		:raises MessageTemplateError: a template is wrong.
		"""
		address = urlsplit(message_text.render(self.url, SAMPLE, filters=message_senders.SENDER_FILTERS))
		if address.scheme not in ("http", "https") or not address.hostname:
			frappe.throw(
				_("The address of the gateway must begin with https:// or http://."), MessageSenderError
			)
		for row in self.headers:
			message_text.render(row.value, SAMPLE, filters=message_senders.SENDER_FILTERS)
		body = message_text.render(self.body, SAMPLE, filters=message_senders.SENDER_FILTERS)
		if self.content_type == "JSON" and self.method != "GET":
			try:
				frappe.parse_json(body) if body else None
			except ValueError:
				frappe.throw(
					_("The body is no JSON. Write each variable without quotation marks as {0}.").format(
						"<code>{{ text | json }}</code>"
					),
					MessageSenderError,
				)

	def validate_fax_address(self) -> None:
		"""
		:raises MessageSenderError: it makes no e-mail address.
		"""
		address = message_text.render(
			self.fax_address, {"digits": "8641188880000", "number": "8641188880000"}
		)
		if not frappe.utils.validate_email_address(address.strip()):
			frappe.throw(
				_("{0} makes no e-mail address. Write for example {1}.").format(
					frappe.bold(_("Fax Address")), "<code>{{ digits }}@fax.example.com</code>"
				),
				MessageSenderError,
			)


def on_doctype_update():
	frappe.db.add_index("Message Sender", ["channel", "disabled"])
