"""To whom a message goes: addresses of a customer or a document, opt-outs, quiet hours and limits."""

from datetime import datetime, time, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import frappe
import phonenumbers
from frappe import _
from frappe.model.document import Document
from frappe.utils import (
	cint,
	get_datetime,
	get_system_timezone,
	get_time,
	now_datetime,
	validate_email_address,
)
from phonenumbers import timezone as zones_of

from aftersales.telephony.numbers import Number, normalise, split_numbers

CHANNELS = ("SMS", "E-mail", "Fax")
# Fields of documents that hold a telephone number, and an address.
PHONE_FIELDS = ("contact_phone", "phone", "number_raw", "caller_number")
MAIL_FIELDS = ("email",)
CUSTOMER_FIELDS = (
	"name",
	"customer_name",
	"phone",
	"email",
	"fax",
	"preferred_channel",
	"disabled",
	"personal_data_deleted_on",
	"black_listed",
	"promotion_acceptance",
	"birthday",
	"account_owner",
	"customer_since",
	"creation",
	"region",
)
ALL = "Messages at All"


class RecipientError(frappe.ValidationError):
	"""Nothing can be sent to this number or address."""


def normalised(channel: str, recipient: str | None) -> tuple[str, str]:
	"""Return a recipient as it is stored and its key, by which two recipients are the same.

	:param channel: SMS, E-mail or Fax.
	:param recipient: number in any notation, or address.
	:raises RecipientError: it is none, or no message of the channel can reach it.
	"""
	text = (recipient or "").strip()
	if channel == "E-mail":
		address = validate_email_address(text)
		if not address or "," in text or any(c in text for c in "\r\n"):
			frappe.throw(
				_("{0} is no e-mail address.").format(
					frappe.bold(frappe.utils.escape_html(text) or _("(empty)"))
				),
				RecipientError,
			)
		# With a name before it, it is still the same person's, who may have opted out.
		plain = parseaddr(text)[1]
		return plain, plain.lower()
	number = normalise(text)
	if not can_reach(channel, number):
		frappe.throw(
			_("{0} is no number to which a message of the channel {1} can go.").format(
				frappe.bold(frappe.utils.escape_html(text) or _("(empty)")), frappe.bold(_(channel))
			),
			RecipientError,
		)
	return text, number.key


def can_reach(channel: str, number: Number) -> bool:
	"""Whether a number can get an SMS or a fax: a subscriber's, and for an SMS no fixed line."""
	if not number.valid or number.presentation != "allowed":
		return False
	if channel == "Fax":
		return True
	kind = phonenumbers.number_type(phonenumbers.parse(number.e164))
	return kind not in (
		phonenumbers.PhoneNumberType.FIXED_LINE,
		phonenumbers.PhoneNumberType.TOLL_FREE,
		phonenumbers.PhoneNumberType.SHARED_COST,
		phonenumbers.PhoneNumberType.PREMIUM_RATE,
	)


def customer_row(customer: str | None) -> frappe._dict | None:
	"""Return what the rules ask of a Service Customer."""
	return customer and frappe.db.get_value("Service Customer", customer, CUSTOMER_FIELDS, as_dict=True)


def addresses(channel: str, customer: str | None, reference: Document | None = None) -> list[str]:
	"""Return the numbers or addresses at which a customer can be reached, best first: what the document says, the
	customer's own, those of the contact persons.

	:param channel: SMS, E-mail or Fax.
	:param customer: Service Customer.
	:param reference: document that the message is about.
	"""
	found = []
	if reference:
		fields = MAIL_FIELDS if channel == "E-mail" else () if channel == "Fax" else PHONE_FIELDS
		found += [reference.get(field) for field in fields if reference.meta.has_field(field)]
	if customer and frappe.db.exists("Service Customer", customer):
		doc = frappe.get_doc("Service Customer", customer)
		if channel == "E-mail":
			found += [doc.email, *_of_contacts("Contact Email", "email_id", customer)]
		elif channel == "Fax":
			found.append(doc.fax)
		else:
			found += [doc.phone, *(row.phone for row in doc.other_phones)]
			found += _of_contacts("Contact Phone", "phone", customer)
	return _usable(channel, found)


def _usable(channel: str, found: list[str | None]) -> list[str]:
	kept = {}
	for text in found:
		for part in [text or ""] if channel == "E-mail" else split_numbers(text):
			part = part.strip()
			if channel == "E-mail":
				if validate_email_address(part):
					kept.setdefault(part.lower(), part)
			elif can_reach(channel, number := normalise(part)):
				kept.setdefault(number.key, part)
	return list(kept.values())


def _of_contacts(child: str, field: str, customer: str) -> list[str]:
	contacts = frappe.get_all(
		"Dynamic Link",
		{"parenttype": "Contact", "link_doctype": "Service Customer", "link_name": customer},
		pluck="parent",
	)
	if not contacts:
		return []
	return frappe.get_all(
		child,
		{"parenttype": "Contact", "parent": ("in", contacts)},
		pluck=field,
		order_by="parent, idx",
	)


# -- opt-outs


def opted_out(channel: str, key: str, purpose: str) -> bool:
	"""Whether somebody wants no messages of a purpose on a channel; service notices reach all but those who want none at all."""
	scopes = frappe.get_all("Message Opt-out", {"channel": channel, "recipient_key": key}, pluck="scope")
	return ALL in scopes or (bool(scopes) and purpose != "Service Notice")


# -- quiet hours


def held_until(kind: Document, channel: str, key: str) -> datetime | None:
	"""Return when a message may leave because of quiet hours; None if at once.

	An e-mail about the customer's own case wakes nobody and is awaited.
	"""
	if not kind.quiet_hours or (channel == "E-mail" and kind.purpose == "Service Notice"):
		return None
	return quiet_until(channel, key)


def quiet_until(channel: str, key: str, moment: datetime | None = None) -> datetime | None:
	"""Return when a recipient may be disturbed again, in the site's time; None if at once.

	Quiet hours (Aftersales Settings) are those of the recipient's clock: a telephone number tells its time zones, an
	address does not, and the site's is taken. Where a number may be in several zones, all of them must be awake; where
	they never are at the same time, the site's counts.

	:param moment: time in the site's zone; now unless given.
	"""
	settings = frappe.get_cached_doc("Aftersales Settings")
	start, end = settings.get("quiet_from"), settings.get("quiet_until")
	if start in (None, "") or end in (None, ""):
		return None
	start, end = get_time(start), get_time(end)
	if start == end:
		return None
	site = ZoneInfo(get_system_timezone())
	moment = (moment or now_datetime()).replace(tzinfo=site)
	for zones in (_zones(channel, key), [site]):
		if zones and (awake := _next_awake(moment, zones, start, end)):
			awake = awake.astimezone(site).replace(tzinfo=None)
			return awake if awake > moment.replace(tzinfo=None) else None
	return None


def _zones(channel: str, key: str) -> list[ZoneInfo]:
	if channel == "E-mail":
		return []
	found = []
	for name in zones_of.time_zones_for_number(phonenumbers.parse(key)):
		try:
			found.append(ZoneInfo(name))
		except (ZoneInfoNotFoundError, ValueError):
			continue  # Etc/Unknown, or a name that this machine does not know
	return found


def _next_awake(moment: datetime, zones: list[ZoneInfo], start: time, end: time) -> datetime | None:
	"""Return the first moment within two days in which it is quiet in none of the zones."""
	limit = moment + timedelta(days=2)
	while moment <= limit:
		ends = [over for zone in zones if (over := _quiet_over(moment.astimezone(zone), start, end))]
		if not ends:
			return moment
		moment = max(ends)
	return None


def _quiet_over(local: datetime, start: time, end: time) -> datetime | None:
	"""Return when the quiet hours end in which a local time lies, None outside of them."""
	clock = local.time().replace(tzinfo=None)
	if start < end:
		if not start <= clock < end:
			return None
		day = local.date()
	else:
		if end <= clock < start:
			return None
		day = local.date() + timedelta(days=1) if clock >= start else local.date()
	return datetime.combine(day, end, tzinfo=local.tzinfo)


# -- limits


def over_daily_limit(key: str, channel: str, but: str | None = None) -> bool:
	"""Whether somebody got as many care messages and announcements within 24 hours as Aftersales Settings allows."""
	limit = cint(frappe.get_cached_doc("Aftersales Settings").get("messages_per_day"))
	if not limit:
		return False
	kinds = frappe.get_all("Message Kind", {"purpose": ("!=", "Service Notice")}, pluck="name")
	sent = frappe.db.count(
		"Outgoing Message",
		{
			"recipient_key": key,
			"channel": channel,
			"kind": ("in", kinds or [""]),
			"state": ("in", ("Sending", "Sent")),
			"name": ("!=", but or ""),
			"sent_at": (">", get_datetime() - timedelta(days=1)),
		},
	)
	return sent >= limit
