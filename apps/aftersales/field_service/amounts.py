"""Amounts that people type must be written as the fee total is (S12.10, A07).

A number field would read "1,20" as 120 and "12o" as 12, and nobody would see it. Frappe's own conversion is as lenient, so
what arrives as text is checked before it.
"""

import re
import unicodedata

import frappe
from frappe import _
from frappe.utils import flt, fmt_money, get_number_format_info

DIGITS = 12


class AmountFormatError(frappe.ValidationError):
	"""The amount is not written as amounts are on this site."""


def read_amount(value: str | float | int | None, label: str) -> float:
	"""Return a typed amount in the site's currency; nothing typed is 0.

	Grouping may be left out; full-width digits of Chinese keyboards do as well.

	:param value: as typed, or a number.
	:param label: translated label of the field, for the message.
	:raises AmountFormatError: with an example of how to write it.
	"""
	if not isinstance(value, str):
		return flt(value)
	text = unicodedata.normalize("NFKC", value).strip()
	if not text:
		return 0.0
	point, comma, decimals = number_format()
	if not _pattern(point, comma, decimals).fullmatch(text):
		frappe.throw(
			_("Write {0} as the fee total is written, for example {1}. {2} is not such an amount.").format(
				frappe.bold(label),
				frappe.bold(fmt_money(1234.5, decimals)),
				frappe.bold(frappe.utils.escape_html(text[:40])),
			),
			AmountFormatError,
			title=_("Amount"),
		)
	return flt((text.replace(comma, "") if comma else text).replace(point or ".", "."), decimals)


def number_format() -> tuple[str, str, int]:
	"""Return the site's decimal point, its grouping mark and the decimals of amounts."""
	system = frappe.get_cached_doc("System Settings")
	point, comma, decimals = get_number_format_info(system.number_format or "#,###.##")
	precision = system.currency_precision
	return point, comma, int(precision) if precision not in (None, "") else decimals


def _pattern(point: str, comma: str, decimals: int) -> re.Pattern:
	whole = rf"[0-9]{{1,{DIGITS}}}"
	if comma:
		whole = rf"(?:{whole}|[0-9]{{1,3}}(?:{re.escape(comma)}[0-9]{{3}}){{1,3}})"
	fraction = rf"(?:{re.escape(point)}[0-9]{{1,{decimals}}})?" if decimals and point else ""
	return re.compile(whole + fraction)
