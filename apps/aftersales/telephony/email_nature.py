"""What kind of mail it is, from its headers alone: written by a person, or by a program that must not be answered."""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr

import frappe
from frappe.utils import get_url

AUTOMATIC_SUBJECT = re.compile(
	r"^\s*(?:(?:re|fwd?|回复|答复|转发)\s*[:\uff1a]\s*)*"
	r"(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|antwort)|out of (?:the )?office|undeliver(?:able|ed)|"
	r"delivery status notification|mail delivery (?:failed|failure)|returned mail|failure notice|"
	r"自动回复|自动答复|外出|系统退信|退信|投递失败|无法投递|邮件未送达)",
	re.IGNORECASE,
)
PROGRAMS = re.compile(
	r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+=-].*)?@", re.IGNORECASE
)
DELIVERY_PROGRAMS = re.compile(r"^(?:mailer-daemon|postmaster)@", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<([^<>\s]{3,250})>")
MOST_REFERENCES = 30
# Documents that have an address of their own.
THREADED = ("Service Ticket", "Customer Complaint")


def nature_of(mail: Message) -> str:
	"""Return person, bounce (a report on a mail that was not delivered), automatic, list, or own (a mail of this site that
	came back).

	:param mail: parsed message.
	"""
	if _header(mail, "X-Frappe-Site").rstrip("/") == get_url().rstrip("/"):
		return "own"
	sender = sender_of(mail)
	report = mail.get_content_type() == "multipart/report"
	if (report and (mail.get_param("report-type") or "delivery-status") == "delivery-status") or (
		DELIVERY_PROGRAMS.match(sender) and _header(mail, "Return-Path") in ("", "<>")
	):
		return "bounce"
	if (
		report
		or _header(mail, "Auto-Submitted").split(";")[0].strip().lower() not in ("", "no")
		or _header(mail, "Return-Path") == "<>"
		or any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "Feedback-ID"))
		or _header(mail, "Precedence").lower() in ("auto_reply", "junk")
		or AUTOMATIC_SUBJECT.match(subject_of(mail))
	):
		return "automatic"
	if (
		_header(mail, "Precedence").lower() in ("bulk", "list")
		or mail.get("List-Id")
		or mail.get("List-Unsubscribe")
	):
		return "list"
	if not sender or sender in own_addresses():
		return "own"
	return "automatic" if PROGRAMS.match(sender) and not visitor_of_form(mail) else "person"


def _header(mail: Message, name: str) -> str:
	return str(mail.get(name) or "").strip()


def sender_of(mail: Message) -> str:
	"""Return the address in From, in lower case; unlike Frappe, never that of Reply-To, which says nothing of who wrote."""
	addresses = getaddresses([_header(mail, "From")])
	return addresses[0][1].lower() if len(addresses) == 1 and "@" in addresses[0][1] else ""


def visitor_of_form(mail: Message) -> str:
	"""Return the address in Reply-To of a mail from a form on a website, which names its visitor so.

	Only forms that the site's settings name are believed: anybody may write anybody's address there.
	"""
	forms = frappe.get_cached_doc("Aftersales Settings").get("mail_form_senders") or ""
	if sender_of(mail) not in {line.strip().lower() for line in forms.splitlines() if line.strip()}:
		return ""
	address = parseaddr(_header(mail, "Reply-To"))[1].lower()
	return address if "@" in address and address not in own_addresses() else ""


def own_addresses() -> set[str]:
	"""Return the addresses under which the site itself writes and receives; people may have accounts of their own besides."""
	found = frappe.get_all(
		"Email Account",
		or_filters={"append_to": ("in", THREADED), "default_outgoing": 1, "default_incoming": 1},
		pluck="email_id",
	)
	return {address.lower() for address in found if address}


def subject_of(mail: Message) -> str:
	"""Return the whole subject, decoded; Frappe reads its first encoded word only."""
	return _decoded(_header(mail, "Subject"))


def name_of(mail: Message) -> str:
	"""Return the name that stands before the address in From."""
	return _decoded(parseaddr(_header(mail, "From"))[0])[:140]


def _decoded(header: str) -> str:
	parts = []
	try:
		words = decode_header(" ".join(header.split()))
	except HeaderParseError:
		words = [(header, None)]
	for text, charset in words:
		if isinstance(text, bytes):
			try:
				text = text.decode(readable_charset(charset) or "utf-8", "replace")
			except LookupError:
				text = text.decode("utf-8", "replace")
		parts.append(text)
	return " ".join("".join(parts).split())


def readable_charset(charset: str | None) -> str | None:
	"""Return the charset by which a text is read: Chinese programs say gb2312 and mean all of GB 18030."""
	name = (charset or "").strip().lower()
	return "gb18030" if name in ("gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936") else name or None


def references(mail: Message) -> list[str]:
	"""Return the ids of the mails that this one answers, the nearest first."""
	found = MESSAGE_ID.findall(_header(mail, "In-Reply-To"))
	found += reversed(MESSAGE_ID.findall(_header(mail, "References")))
	return list(dict.fromkeys(found))[:MOST_REFERENCES]


def authentication_failed(mail: Message) -> bool:
	"""Whether our own mail server noted that the sender is forged.

	Only a failure counts: a forger can add a header that says "pass", but gains nothing by it.
	"""
	for value in mail.get_all("Authentication-Results") or []:
		text = str(value).lower()
		if re.search(r"\bdmarc=fail", text):
			return True
		if re.search(r"\bspf=(?:fail|softfail)", text) and not re.search(r"\bdkim=pass", text):
			return True
	return False


def bounced(mail: Message) -> tuple[str, str, bool] | None:
	"""Return of a report on a mail that was not delivered: the id of that mail, what the server said, and whether it is final.

	None when it names no mail.
	"""
	message_id, said, final = "", [], True
	for part in mail.walk():
		kind = part.get_content_type()
		if kind == "message/delivery-status":
			for block in part.get_payload() if part.is_multipart() else []:
				said += [_header(block, name) for name in ("Status", "Diagnostic-Code") if block.get(name)]
				if _header(block, "Action").lower() in ("delayed", "relayed", "delivered", "expanded"):
					final = False
		elif kind == "message/rfc822" and part.is_multipart():
			message_id = message_id or _header(part.get_payload(0), "Message-ID")
		elif kind == "text/rfc822-headers":
			text = part.get_payload(decode=True) or b""
			match = re.search(rb"^message-id:\s*(<[^<>\s]+>)", text, re.IGNORECASE | re.MULTILINE)
			message_id = message_id or (match.group(1).decode("ascii", "replace") if match else "")
	found = MESSAGE_ID.findall(message_id)
	return (found[0], " ".join(" ".join(said).split())[:300], final) if found else None
