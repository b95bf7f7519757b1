"""Telephone numbers: from what a device or a person wrote to one comparable key, and back to readable text.

The order of the steps matters (service numbers and masked numbers parse as subscribers if asked too late) and is
the one of `normalise`. Works with phonenumbers 8.13 and 9.x.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import frappe
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, shortnumberinfo

from aftersales.telephony.number_rules import ABSENT_WORDS, DEFAULT, REGIONS

MAX_LENGTH = 64
TAIL_DIGITS = 8
# Below this, digits are an internal extension, not a subscriber.
MAX_EXTENSION_DIGITS = 6

EXTENSION_MARK = re.compile(
	r"(?:转分机|分机|转|[;,]?\s*ext(?:n|ension|\.)?\s*[=:]?|[x,#]|-)\s*(\d{1,6})$", re.IGNORECASE
)
MASK = re.compile(r"\*|[x#]{2,}|[x#].*[x#]", re.IGNORECASE)
DECORATION = re.compile(r"^(?:tel|sip|sips|callto|phone|mobile|电话|手机)\s*[::]\s*", re.IGNORECASE)
SEVERAL = re.compile(r"[/、|\n]+|;(?!\s*ext)|[,](?=\s*\+?\d{7})", re.IGNORECASE)

KINDS = {
	PhoneNumberType.MOBILE: "mobile",
	PhoneNumberType.FIXED_LINE: "fixed",
	PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed",
	PhoneNumberType.TOLL_FREE: "toll_free",
	PhoneNumberType.SHARED_COST: "shared_cost",
}


@dataclass(frozen=True, slots=True)
class Number:
	"""A normalised number.

	:param raw: as it came, without control characters.
	:param e164: like +8613812345678, empty unless `valid`.
	:param key: what is compared: E.164, `short:95588`, `ext:8001`, `raw:61234567` or empty.
	:param national: national digits without trunk prefix.
	:param tail: last eight national digits, empty for services and extensions.
	:param kind: mobile, fixed, toll_free, shared_cost, other, service, extension, masked, unknown or none.
	:param extension: digits behind a switchboard's number.
	:param presentation: allowed, restricted or unavailable.
	:param valid: the library knows the number as one that can exist.
	:param assumed: the area code was added here, so that the number is likely, not certain.
	"""

	raw: str = ""
	e164: str = ""
	key: str = ""
	national: str = ""
	tail: str = ""
	kind: str = "none"
	extension: str = ""
	presentation: str = "allowed"
	valid: bool = False
	assumed: bool = False

	@property
	def certain(self) -> bool:
		"""Whether an equal key means the same telephone."""
		return bool(self.key) and not self.assumed and not self.key.startswith("raw:")


def normalise(raw: str | None, region: str | None = None, area_code: str | None = None) -> Number:
	"""Return the normalised form of what a device showed or a person typed (S2.04, S7.01).

	:param raw: number in any notation, a word such as `P` or `OUT-OF-AREA`, or None.
	:param region: two-letter country code of the line; Aftersales Settings' default if not given.
	:param area_code: the line's area code with or without trunk prefix, for numbers shown without one.
	"""
	if region is None or area_code is None:
		default_region, default_area_code = default_place()
		region = region or default_region
		area_code = default_area_code if area_code is None else area_code
	return _normalise(raw or "", region.upper(), area_code or "")


def default_place() -> tuple[str, str]:
	"""Return default country code and area code of the site."""
	settings = frappe.get_cached_doc("Aftersales Settings")
	return settings.default_region or "CN", settings.default_area_code or ""


def region_of(e164: str) -> str:
	"""Return the two letters of the country of a number such as +8613812345678; empty if the library does not know it."""
	try:
		return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
	except NumberParseException:
		return ""


def split_numbers(text: str | None) -> list[str]:
	"""Return the numbers that a person wrote into one field, as in `0411-88880000 / 13812345678、139…`."""
	text = unicodedata.normalize("NFKC", text or "")
	return [part.strip() for part in SEVERAL.split(text) if part.strip()]


@lru_cache(maxsize=4096)
def _normalise(raw: str, region: str, area_code: str) -> Number:
	raw = "".join(c for c in raw if c.isprintable())[:MAX_LENGTH].strip()
	text = _undecorated(raw)
	word = re.sub(r"[\s\-_.]", "", text).upper()
	if not word:
		return Number(raw=raw, presentation="unavailable")
	if word in ABSENT_WORDS:
		return Number(raw=raw, presentation=ABSENT_WORDS[word])
	if MASK.search(text):
		return Number(raw=raw, kind="masked")
	return (
		_service(raw, text, region)
		or _subscriber_with_extension(raw, text, region, area_code)
		or _subscriber(raw, text, region, area_code)
		or _not_a_subscriber(raw, text, region)
	)


def _undecorated(raw: str) -> str:
	"""Full-width forms to ASCII; quotes, brackets, URL schemes and SIP hosts away."""
	text = unicodedata.normalize("NFKC", raw).strip(" \"'<>")
	text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
	return DECORATION.sub("", text).split("@")[0].strip()


def _digits(text: str) -> str:
	"""Digits with a leading + if there is one; empty if anything else than separators is in between."""
	packed = re.sub(r"[\s\-().]", "", text)
	return packed if re.fullmatch(r"\+?[0-9]+", packed) else ""


def _service(raw: str, text: str, region: str) -> Number | None:
	digits = _national_digits(_digits(text), region)
	pattern = REGIONS.get(region, DEFAULT).service
	if digits and pattern and pattern.fullmatch(digits):
		return Number(raw=raw, key=f"short:{digits}", national=digits, kind="service")
	return None


def _national_digits(digits: str, region: str) -> str:
	"""Digits without the region's own country code, where it is written with + or 00."""
	code = phonenumbers.country_code_for_region(region)
	return re.sub(rf"^(?:\+|00){code}", "", digits).lstrip("+")


def _subscriber_with_extension(raw: str, text: str, region: str, area_code: str) -> Number | None:
	mark = EXTENSION_MARK.search(text)
	if not mark:
		return None
	if mark.group(0).startswith("-") and _subscriber(raw, text, region, ""):
		return None  # the last group of an ordinary number written with dashes
	base = _subscriber(raw, text[: mark.start()], region, area_code)
	return base and _with(base, extension=mark.group(1))


def _subscriber(raw: str, text: str, region: str, area_code: str) -> Number | None:
	digits = _digits(text)
	if not digits:
		return None
	parsed, assumed = _parse(digits, region), False
	shortest, longest = REGIONS.get(region, DEFAULT).local_digits
	if parsed is None and area_code and shortest <= len(digits) <= longest and digits[0] != "+":
		parsed, assumed = _parse(_digits(area_code) + digits, region), True
	if parsed is None:
		return None
	national = phonenumbers.national_significant_number(parsed)
	e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
	return Number(
		raw=raw,
		e164=e164,
		key=e164,
		national=national,
		tail=national[-TAIL_DIGITS:],
		kind=KINDS.get(phonenumbers.number_type(parsed), "other"),
		valid=True,
		assumed=assumed,
	)


def _parse(digits: str, region: str) -> phonenumbers.PhoneNumber | None:
	"""The library's number if it is a valid one."""
	try:
		parsed = phonenumbers.parse(digits, region)
	except NumberParseException:
		return None
	return parsed if phonenumbers.is_valid_number(parsed) else None


def _not_a_subscriber(raw: str, text: str, region: str) -> Number:
	"""Internal extension, a service that only the library knows, zeros, or digits that fit nothing."""
	digits = _national_digits(_digits(text), region)
	if not digits:
		return Number(raw=raw, kind="unknown")
	if not digits.strip("0"):
		return Number(raw=raw, presentation="unavailable")
	if _is_short_number(digits, region):
		return Number(raw=raw, key=f"short:{digits}", national=digits, kind="service")
	if len(digits) <= MAX_EXTENSION_DIGITS:
		return Number(raw=raw, key=f"ext:{digits}", national=digits, kind="extension")
	return Number(
		raw=raw, key=f"raw:{digits}", national=digits.lstrip("0"), tail=digits[-TAIL_DIGITS:], kind="unknown"
	)


def _is_short_number(digits: str, region: str) -> bool:
	if len(digits) > MAX_EXTENSION_DIGITS:
		return False
	try:
		parsed = phonenumbers.parse(digits, region)
	except NumberParseException:
		return False
	return shortnumberinfo.is_valid_short_number_for_region(parsed, region)


def _with(number: Number, **changes) -> Number:
	return Number(**{f: changes.get(f, getattr(number, f)) for f in Number.__dataclass_fields__})


def format_number(number: Number | str | None, region: str | None = None) -> str:
	"""Return a number as people of the region write it: national at home, +country abroad.

	An extension follows after a hyphen: that is stored with calls and read in every language.

	:param number: normalised number, or any text to normalise.
	:param region: country of the reader; Aftersales Settings' default if not given.
	"""
	if not isinstance(number, Number):
		number = normalise(number, region)
	if number.presentation != "allowed":
		return ""
	if not number.valid:
		return number.national if number.kind in ("service", "extension") else number.raw
	region = (region or default_place()[0]).upper()
	parsed = phonenumbers.parse(number.e164)
	at_home = parsed.country_code == phonenumbers.country_code_for_region(region)
	shown = phonenumbers.format_number(
		parsed, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
	)
	return f"{shown}-{number.extension}" if number.extension else shown
