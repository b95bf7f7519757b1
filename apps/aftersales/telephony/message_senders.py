"""The ways in which a message leaves: Frappe's SMS Settings, an HTTP gateway, an e-mail account, e-mail to fax.

Each way takes an Outgoing Message and returns a `Result`. Secrets stand in Password fields, are put into a request and
nowhere else: errors are written by us, from a status or the name of an exception, and what they quote is masked.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import frappe
import requests
from frappe import _
from frappe.core.doctype.sms_settings.sms_settings import get_headers
from frappe.model.document import Document
from frappe.utils import cint

from aftersales.telephony import message_mail, message_text
from aftersales.telephony.numbers import format_number, normalise

DOCTYPE = "Message Sender"
BY_MAIL = ("E-mail Account", "E-mail to Fax")
TIMEOUT = 15
LONGEST_TIMEOUT = 120
LONGEST_ANSWER = 64 * 1024
# The gateway says that it did not take the message and may take it later.
TRY_AGAIN = (408, 425, 429, 500, 503)
# Something between us and the gateway answered: nobody knows whether the gateway has the message.
NOBODY_KNOWS = (502, 504)
CONTENT_TYPES = {
	"JSON": "application/json",
	"Form": "application/x-www-form-urlencoded",
	"Text": "text/plain; charset=utf-8",
}


class SenderMissingError(frappe.ValidationError):
	"""The site has no way to send on this channel."""


@dataclass
class Result:
	"""What became of an attempt.

	:param kind: sent; handed over (to the Email Queue); retry (not sent, try again); failed (not sent, for good);
		unknown (nobody knows whether it was sent); later (must not be sent now, see `at`); suppressed.
	:param error: in words, for people; never with secrets.
	:param provider_id: the gateway's number, or the name of the Email Queue.
	:param retry_after: seconds that the gateway asks us to wait.
	"""

	kind: str
	error: str | None = None
	provider_id: str | None = None
	message_id: str | None = None
	retry_after: float | None = None
	safe_to_repeat: bool = False
	at: datetime | None = None


def send(message: Document) -> Result:
	"""Send a message by the sender of its channel.

	:raises SenderMissingError: the site has none.
	"""
	sender = choose(message)
	match sender.kind:
		case "HTTP":
			return send_by_http(message, sender)
		case "SMS Settings":
			return send_by_sms_settings(message)
		case "E-mail to Fax":
			return message_mail.send_fax(message, sender)
	return message_mail.send(message, sender)


def choose(message: Document, must: bool = True) -> Document | frappe._dict | None:
	"""Return the sender of a message: the one that it names, the channel's first one, else Frappe's own way.

	:raises SenderMissingError: there is none, and `must` is set.
	"""
	name = message.sender or frappe.db.get_value(
		DOCTYPE, {"channel": message.channel, "disabled": 0}, "name", order_by="priority desc, name"
	)
	if name:
		return frappe.get_cached_doc(DOCTYPE, name)
	if message.channel == "E-mail" and message_mail.account_for(message):
		return frappe._dict(kind="E-mail Account")
	if message.channel == "SMS" and frappe.db.get_single_value("SMS Settings", "sms_gateway_url"):
		return frappe._dict(kind="SMS Settings")
	if must:
		frappe.throw(
			_("Nothing is set up to send messages on the channel {0}. Make a {1}.").format(
				_(message.channel), _(DOCTYPE)
			),
			SenderMissingError,
		)
	return None


# -- SMS Settings


def send_by_sms_settings(message: Document) -> Result:
	"""Send through the gateway of Frappe's SMS Settings.

	Frappe's own function waits for ever, hides what the gateway answered and quotes the whole address in its errors.
	"""
	settings = frappe.get_doc("SMS Settings")
	headers = get_headers(settings)
	fixed = {row.parameter: row.value for row in settings.parameters if not row.header}
	values = {
		**fixed,
		settings.message_parameter: message.body,
		settings.receiver_parameter: number_as(message.recipient, "National"),
	}
	if headers.get("Content-Type") == "application/json":
		content = {"json": values}
	elif settings.use_post:
		content = {"data": values}
	else:
		content = {"params": values}
	method = "POST" if settings.use_post else "GET"
	secrets = [*fixed.values(), *(row.value for row in settings.parameters if row.header)]
	answer = request(method, settings.sms_gateway_url, secrets, headers=headers, **content)
	return answer if isinstance(answer, Result) else _judge_status(answer.status_code, answer)


# -- HTTP


def send_by_http(message: Document, sender: Document) -> Result:
	"""Send through a gateway as a Message Sender describes it."""
	secrets = [sender.get_password(field, raise_exception=False) or "" for field in ("secret", "secret_2")]
	values = {
		"number": number_as(message.recipient, sender.number_format),
		"digits": number_as(message.recipient, "International without Plus"),
		"text": message.body,
		"subject": message.subject or "",
		"key": message.idempotency_key or message.name,
		"secret": secrets[0],
		"secret_2": secrets[1],
	}
	headers = {"Content-Type": CONTENT_TYPES[sender.content_type or "JSON"]}
	for row in sender.headers:
		headers[row.header] = " ".join(_render(row.value, values).split())
	body = _render(sender.body, values) if sender.method != "GET" else ""
	answer = request(
		sender.method,
		_render(sender.url, values).strip(),
		secrets,
		cint(sender.timeout_s),
		headers=headers,
		data=body.encode() or None,
	)
	result = answer if isinstance(answer, Result) else judge(answer, sender, secrets)
	result.safe_to_repeat = bool(sender.safe_to_repeat)
	return result


def _render(source: str | None, values: dict) -> str:
	return message_text.render(source, values, filters=SENDER_FILTERS)


SENDER_FILTERS = {
	"json": lambda value: json.dumps(value, ensure_ascii=False),
	"base64": lambda value: base64.b64encode(str(value).encode()).decode(),
	"md5": lambda value: hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest(),
	"sha256": lambda value: hashlib.sha256(str(value).encode()).hexdigest(),
}


def number_as(recipient: str, form: str | None) -> str:
	"""Return a number as a gateway wants it.

	:param form: International (+86138…), International without Plus, or National (as dialled at home; a foreign number
		stays international).
	"""
	number = normalise(recipient)
	if form == "International without Plus":
		return number.e164.lstrip("+")
	if form == "National":
		shown = "".join(c for c in format_number(number) if c in "+0123456789")
		return number.e164 if shown.startswith("+") else shown
	return number.e164


def request(method: str, url: str, secrets: list[str], timeout: int = 0, **content):
	"""Send a request without following redirects, and return the answer, or a `Result` when there was none.

	:param secrets: what no error may quote.
	:param timeout: seconds, for connecting and for each wait on the answer.
	"""
	if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
		return Result("failed", _("The address of the gateway must begin with https:// or http://."))
	seconds = min(timeout or TIMEOUT, LONGEST_TIMEOUT)
	try:
		answer = requests.request(
			method, url, timeout=(min(seconds, 10), seconds), allow_redirects=False, stream=True, **content
		)
		# Into the place from which `text` and `json` read: at most this much, whatever the gateway sends.
		answer._content = answer.raw.read(LONGEST_ANSWER, decode_content=True)
		answer.close()
		return answer
	except requests.ConnectTimeout:
		return Result("retry", _("The gateway cannot be reached: {0}").format("ConnectTimeout"))
	except requests.exceptions.SSLError:
		return Result("retry", _("The certificate of the gateway is not valid."))
	except requests.ConnectionError as error:
		reason = _connection_reason(error)
		if reason == "refused":
			return Result("retry", _("The gateway cannot be reached: {0}").format("ConnectionError"))
		return Result(
			"unknown", _("The connection broke: it is not known whether the gateway got the message.")
		)
	except (requests.RequestException, OSError) as error:
		return Result(
			"unknown",
			_("No answer ({0}): it is not known whether the gateway got the message.").format(
				masked(type(error).__name__, secrets)
			),
		)


def _connection_reason(error: Exception) -> str:
	"""Return refused when no connection came about, so that nothing was sent."""
	names = {type(cause).__name__ for cause in _causes(error)}
	return (
		"refused"
		if names & {"NewConnectionError", "NameResolutionError", "ConnectionRefusedError"}
		else "broken"
	)


def _causes(error: Exception, depth: int = 0):
	yield error
	if depth < 5:
		reason = getattr(error, "reason", None)
		for cause in (*error.args, reason, error.__cause__, error.__context__):
			if isinstance(cause, Exception):
				yield from _causes(cause, depth + 1)


def judge(answer, sender: Document, secrets: list[str]) -> Result:
	"""Decide by the sender's expressions what an answer means; without one, by its status."""
	by_status = _judge_status(answer.status_code, answer)
	if by_status.kind in ("retry", "unknown"):
		return by_status
	try:
		parsed = answer.json()
	except ValueError:
		parsed = {}
	names = {"status": answer.status_code, "text": answer.text, "json": _Missing(parsed)}
	try:
		if _evaluate(sender.success_expression, names, by_status.kind == "sent"):
			number = _evaluate(sender.id_expression, names, "")
			return Result("sent", provider_id=masked(str(number or ""), secrets))
		again = _evaluate(sender.retry_expression, names, False)
	except Exception:
		frappe.clear_messages()
		return Result(
			"unknown", _("The answer of the gateway was not understood: {0}").format(_quote(answer, secrets))
		)
	error = _("The gateway refused it: {0}").format(_quote(answer, secrets))
	return Result("retry" if again else "failed", error)


class _Missing(dict):
	"""The answer's JSON; an expression on an answer that is no object finds nothing in it."""

	def __init__(self, parsed):
		super().__init__(parsed if isinstance(parsed, dict) else {"list": parsed})


def _evaluate(expression: str | None, names: dict, default):
	"""Return the value of an administrator's expression; it raises whatever the expression raises."""
	if not (expression or "").strip():
		return default
	return frappe.safe_eval(expression.strip(), None, names)


def _judge_status(status: int, answer) -> Result:
	if 200 <= status < 300:
		return Result("sent")
	error = _("The gateway answered with status {0}.").format(status)
	if status in TRY_AGAIN:
		return Result("retry", error, retry_after=_retry_after(answer.headers.get("Retry-After")))
	return Result("unknown" if status in NOBODY_KNOWS else "failed", error)


def _retry_after(value: str | None) -> float | None:
	if not value:
		return None
	if value.strip().isdigit():
		return float(value)
	try:
		moment = parsedate_to_datetime(value)
		return max((moment - datetime.now(moment.tzinfo)).total_seconds(), 0)
	except (TypeError, ValueError):
		return None


def _quote(answer, secrets: list[str]) -> str:
	return masked(f"{answer.status_code} {' '.join(answer.text.split())[:200]}", secrets)


def masked(text: str, secrets: list[str]) -> str:
	"""Return a text without secrets, should a gateway repeat them."""
	for secret in secrets:
		if secret and len(secret) > 3:
			text = text.replace(secret, "***")
	return text
