"""Opting out: the signed link in messages, its page /opt-out, and one-click unsubscribing by mail programs (RFC 8058).

A link holds the channel and the recipient's own number or address, signed with a key derived from the site's encryption key.
Opening it changes nothing, since programs that look for viruses open links; pressing the button does.
"""

import base64
import hashlib
import hmac
import json

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import get_url
from frappe.utils.password import get_encryption_key
from frappe.website.page_renderers.base_renderer import BaseRenderer

from aftersales.aftersales.survey_page import HEADERS, csrf_token
from aftersales.telephony.message_recipients import CHANNELS, RecipientError, normalised

PATH = "opt-out"
METHOD = "aftersales.telephony.message_opt_out.one_click"
TEMPLATE = "aftersales/templates/messages/opt_out.html"
DOCTYPE = "Message Opt-out"
# Requests of one address within ten minutes; a whole office may stand behind one.
REQUESTS, SECONDS = 120, 600
LONGEST_TOKEN = 1000


class OptOutLinkError(frappe.ValidationError):
	"""The link was not made by this site."""


def token(channel: str, recipient: str) -> str:
	"""Return the signed token of a recipient."""
	content = json.dumps([channel, recipient], ensure_ascii=False, separators=(",", ":")).encode()
	return f"{_encode(content)}.{_encode(_sign(content))}"


def read_token(text: str | None) -> tuple[str, str]:
	"""Return channel and recipient of a token.

	:raises OptOutLinkError: it is damaged, or forged.
	"""
	# A form of JSON may hold anything.
	content, _dot, signature = (text if isinstance(text, str) else "")[:LONGEST_TOKEN].partition(".")
	try:
		content, signature = _decode(content), _decode(signature)
		if hmac.compare_digest(signature, _sign(content)):
			channel, recipient = json.loads(content)
			if channel in CHANNELS:
				return channel, recipient
	except (ValueError, TypeError):
		pass
	raise OptOutLinkError(_("This link is not valid. Open it once more from the message."))


def _sign(content: bytes) -> bytes:
	key = hashlib.sha256(b"aftersales opt-out:" + get_encryption_key().encode()).digest()
	return hmac.new(key, content, hashlib.sha256).digest()


def _encode(content: bytes) -> str:
	return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: str) -> bytes:
	return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


def link(channel: str, recipient: str) -> str:
	"""Return the address of the page on which a recipient opts out."""
	return get_url(f"/{PATH}?t={token(channel, recipient)}")


def one_click_link(channel: str, recipient: str) -> str:
	"""Return the address to which a mail program posts when its user presses "Unsubscribe"."""
	return get_url(f"/api/method/{METHOD}?t={token(channel, recipient)}")


def opt_out(channel: str, recipient: str, source: str, scope: str = "Care and Announcements") -> str:
	"""Remember that somebody wants no more messages; once, however often they say so.

	:returns: name of the Message Opt-out, empty if somebody else has just made it.
	"""
	key = normalised(channel, recipient)[1]
	if known := frappe.db.get_value(DOCTYPE, {"channel": channel, "recipient_key": key}, "name"):
		return known
	values = {"channel": channel, "recipient": recipient, "scope": scope, "source": source}
	frappe.db.savepoint("opt_out")
	try:
		return frappe.get_doc({"doctype": DOCTYPE, **values}).insert(ignore_permissions=True).name
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		# Pressed twice at the same moment: the other one is there.
		frappe.db.rollback(save_point="opt_out")
		frappe.clear_messages()
		return ""


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=REQUESTS, seconds=SECONDS)
def one_click(t: str) -> None:
	"""Opt out by the signed link of a message's List-Unsubscribe header; for anybody who holds the link.

	:param t: the signed token.
	:raises OptOutLinkError: the token is not this site's.
	"""
	# Everybody may; the signature says whom it is about.
	frappe.only_for(("Guest", "All"))
	opt_out(*read_token(t), source="Link in a Message")


class OptOutPage(BaseRenderer):
	"""`page_renderer` of the path /opt-out."""

	def can_render(self) -> bool:
		"""Whether the path is ours."""
		return self.path == PATH

	def render(self):
		"""Return the response to a GET, which asks, or a POST, which does it."""
		frappe.local.lang = self.language()
		status, context = self.answer()
		html = frappe.render_template(
			TEMPLATE, {"lang": frappe.local.lang, "csrf_token": csrf_token(), **context}
		)
		return self.build_response(html, status, HEADERS)

	def language(self) -> str:
		"""Return Chinese or English, as the browser asks."""
		wanted = (frappe.get_request_header("Accept-Language") or "").lower()
		return "zh" if wanted.startswith("zh") else "en"

	def answer(self) -> tuple[int, dict]:
		"""Return status and what the page says; Frappe commits after a POST."""
		form = frappe.local.form_dict
		try:
			count_request()
		except frappe.RateLimitExceededError:
			frappe.clear_messages()
			return 429, {"state": "busy"}
		try:
			channel, recipient = read_token(form.get("t"))
			if frappe.request.method != "POST":
				return 200, {"state": "ask", "recipient": hidden(recipient), "token": form.t}
			opt_out(channel, recipient, source="Link in a Message")
			return 200, {"state": "done", "recipient": hidden(recipient)}
		except (OptOutLinkError, RecipientError):
			frappe.clear_messages()
			return 404, {"state": "unknown"}


def count_request() -> None:
	"""Count a request of the page.

	:raises frappe.RateLimitExceededError: there were too many from this address of the network.
	"""
	form = frappe.local.form_dict
	form.cmd = "aftersales.opt_out"  # Frappe counts per command; a page has none
	try:
		_counted()
	finally:
		form.pop("cmd", None)


@rate_limit(limit=REQUESTS, seconds=SECONDS)
def _counted() -> None:
	return None


def hidden(recipient: str) -> str:
	"""Return a number or address that its owner recognises and nobody else learns: `w***@mail.example`, `138****5678`."""
	if "@" in recipient:
		name, _at, host = recipient.partition("@")
		return f"{name[:1]}***@{host}"
	return f"{recipient[:3]}****{recipient[-4:]}" if len(recipient) > 7 else "****"
