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
# What people write: signs that end a value in JSON, in a form and in an address.
WRITTEN = 'x", "y": "z&y=z\\n'
SAMPLE = dict.fromkeys(("number", "digits", "key", "secret", "secret_2"), "x") | dict.fromkeys(
	("text", "subject"), WRITTEN
)


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

		:raises MessageSenderError: the address is none, the body is no JSON, or whoever writes a message could write more
			of the request than its text, for example another recipient.
		:raises MessageTemplateError: a template is wrong.
		"""
		url = _rendered(self.url)
		address = urlsplit(url)
		if address.scheme not in ("http", "https") or not address.hostname:
			frappe.throw(
				_("The address of the gateway must begin with https:// or http://."), MessageSenderError
			)
		for row in self.headers:
			_rendered(row.value)
		body = _rendered(self.body) if self.method != "GET" else ""
		if self.content_type == "JSON":
			check_json(body)
		if WRITTEN in url or (self.content_type == "Form" and WRITTEN in body):
			frappe.throw(
				_("In an address or a form, write what people have typed as {0}.").format(
					"<code>{{ text | urlencode }}</code>"
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


def check_json(body: str) -> None:
	"""
	:raises MessageSenderError: a body is no JSON, or has what people write between its own quotation marks.
	"""
	try:
		frappe.parse_json(body) if body else None
		good = WRITTEN not in body
	except ValueError:
		good = False
	if not good:
		frappe.throw(
			_("The body is no JSON. Write each variable without quotation marks as {0}.").format(
				"<code>{{ text | json }}</code>"
			),
			MessageSenderError,
		)


def _rendered(template: str | None) -> str:
	return message_text.render(template, SAMPLE, filters=message_senders.SENDER_FILTERS)


def on_doctype_update():
	frappe.db.add_index("Message Sender", ["channel", "disabled"])
