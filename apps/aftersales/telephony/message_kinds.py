"""The rules of each kind of message: words that it must not hold, whom it is for, who sends it, how often (S6.16)."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import add_days, get_datetime, getdate, now_datetime

ACCOUNT_OWNER = "Account Owner"
# Where it is written that a customer was in touch: DocType -> date field.
CONTACTS = {
	"Service Ticket": "creation",
	"Service Call": "creation",
	"Customer Complaint": "creation",
	"Follow-up": "followed_up_on",
}


class ForbiddenWordError(frappe.ValidationError):
	"""A message holds a word that its kind forbids."""


def forbidden_words(kind: str) -> list[str]:
	"""Return the words that messages of a kind must not hold."""
	lines = (frappe.get_cached_value("Message Kind", kind, "forbidden_words") or "").splitlines()
	return [line.strip() for line in lines if line.strip()]


def find_forbidden(kind: str, *texts: str | None) -> str | None:
	"""Return the first forbidden word of a kind that stands in one of the texts.

	Words of letters are found as whole words, those of Chinese anywhere and also with spaces inside.
	"""
	plain = [_folded(text) for text in texts if text]
	packed = [re.sub(r"[\s\W_]+", "", text) for text in plain]
	for word in forbidden_words(kind):
		wanted = _folded(word)
		if wanted.isascii():
			pattern = r"(?<!\w)" + r"\s+".join(map(re.escape, wanted.split())) + r"(?!\w)"
			if any(re.search(pattern, text, re.ASCII) for text in plain):
				return word
		elif any(re.sub(r"[\s\W_]+", "", wanted) in text for text in packed):
			return word
	return None


def _folded(text: str) -> str:
	text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
	return text.casefold()


def check_words(kind: str, *texts: str | None) -> None:
	"""Refuse texts with a forbidden word.

	:raises ForbiddenWordError: names word and kind.
	"""
	if word := find_forbidden(kind, *texts):
		frappe.throw(
			_("Messages of the kind {0} must not say {1}. Leave it out.").format(
				frappe.bold(_(kind)), frappe.bold(frappe.utils.escape_html(word))
			),
			ForbiddenWordError,
			title=_("Forbidden Word"),
		)


def reasons_against(kind: str, customers: Iterable[dict], user: str, by_system: bool = False) -> dict:
	"""Return {customer: why they get no message of a kind}, without those who may get one; few statements for many customers.

	:param kind: Message Kind.
	:param customers: rows of `name`, `disabled`, `personal_data_deleted_on`, `black_listed`, `promotion_acceptance`,
		`birthday`, `account_owner`, `customer_since`, `creation`.
	:param user: who sends; superiors may send for the account owner, see `signer`.
	:param by_system: nobody sends it, the system does.
	"""
	customers = list(customers)
	rule = frappe.get_cached_doc("Message Kind", kind)
	names = [row["name"] for row in customers]
	seen = last_contacts(customers) if rule.audience == "Not Seen for Long" else {}
	had = had_recently(kind, names, rule.once_in_days) if rule.once_in_days else set()
	found = {}
	for row in customers:
		if reason := (
			_reason_of_customer(rule, row)
			or _reason_of_audience(rule, row, seen)
			or (row["name"] in had and _("had such a message within {0} days").format(rule.once_in_days))
			or (not by_system and _reason_of_sender(rule, row, user))
		):
			found[row["name"]] = reason
	return found


def _reason_of_customer(rule, row: dict) -> str | None:
	if row.get("personal_data_deleted_on"):
		return _("personal data deleted")
	if rule.purpose == "Service Notice":
		return None
	if row.get("disabled"):
		return _("disabled")
	if row.get("black_listed"):
		return _("black-listed")
	if rule.purpose == "Announcement" and row.get("promotion_acceptance") == "Not Wanted":
		return _("wants no promotion information")
	return None


def _reason_of_audience(rule, row: dict, seen: dict[str, datetime]) -> str | None:
	if rule.audience == "Birthday" and not is_near_birthday(row.get("birthday"), rule.audience_days):
		return _("no birthday within {0} days").format(rule.audience_days)
	if rule.audience == "Not Seen for Long" and (
		get_datetime(seen[row["name"]]) > add_days(now_datetime(), -rule.audience_days)
	):
		return _("was in touch within {0} days").format(rule.audience_days)
	return None


def _reason_of_sender(rule, row: dict, user: str) -> str | None:
	"""The person closest to the customer sends it; who may send to many may do so in that person's name (S6.16 D)."""
	if rule.sent_by != ACCOUNT_OWNER:
		return None
	if not row.get("account_owner"):
		return _("has no account owner, who sends such messages")
	if row["account_owner"] != user and not may_send_to_many(user):
		return _("only the account owner sends such messages")
	return None


def may_send_to_many(user: str | None = None) -> bool:
	"""Whether a user may send the same message to many customers, and messages in the name of an account owner."""
	return bool(frappe.has_permission("Message Batch", "create", user=user))


def signer(kind: str, account_owner: str | None, user: str) -> str:
	"""Return in whose name a message is written."""
	return (
		account_owner
		if account_owner and frappe.get_cached_value("Message Kind", kind, "sent_by") == ACCOUNT_OWNER
		else user
	)


def is_near_birthday(birthday: date | str | None, days: int) -> bool:
	"""Whether a birthday was or is within some days of today; the 29th of February counts as the 28th in other years."""
	if not birthday:
		return False
	born, today = getdate(birthday), getdate()
	for year in (today.year - 1, today.year, today.year + 1):
		try:
			day = born.replace(year=year)
		except ValueError:
			day = date(year, 2, 28)
		if abs((day - today).days) <= days:
			return True
	return False


def last_contacts(customers: list[dict]) -> dict[str, datetime]:
	"""Return when each customer was last in touch; who never was, since when they are a customer."""
	seen = {row["name"]: get_datetime(row.get("customer_since") or row["creation"]) for row in customers}
	if not seen:
		return seen
	for doctype, field in CONTACTS.items():
		table = frappe.qb.DocType(doctype)
		rows = (
			frappe.qb.from_(table)
			.select(table.customer, Max(table[field]))
			.where(table.customer.isin(list(seen)))
			.groupby(table.customer)
			.run()
		)
		for customer, last in rows:
			if last:
				seen[customer] = max(seen[customer], get_datetime(last))
	return seen


def had_recently(kind: str, customers: list[str], days: int) -> set[str]:
	"""Return the customers who got, or are about to get, a message of a kind within some days."""
	if not customers:
		return set()
	return set(
		frappe.get_all(
			"Outgoing Message",
			{
				"customer": ("in", customers),
				"kind": kind,
				"state": ("in", ("Queued", "Sending", "Sent")),
				"creation": (">", add_days(now_datetime(), -days)),
			},
			pluck="customer",
		)
	)
