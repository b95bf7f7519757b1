"""Sums of money that agree with their lines: each amount is rounded as the site writes amounts, then added."""

import math
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.meta import get_field_precision
from frappe.utils import flt, fmt_money

AMOUNT = frappe._dict(fieldtype="Currency")


def precision() -> int:
	"""Return how many decimals amounts have on this site."""
	return get_field_precision(AMOUNT)


def rounded(amount: float | str | None) -> float:
	"""Return an amount as it is written on this site; nothing is 0.

	:raises frappe.ValidationError: it is no number that can be written down.
	"""
	if not math.isfinite(value := flt(amount)):
		frappe.throw(_("Enter an amount in figures."), title=_("Amount"))
	return flt(value, precision())


def total(amounts: Iterable[float | str | None]) -> float:
	"""Return the sum of amounts that are rounded one by one, so that it is what a reader of the lines adds up."""
	decimals = precision()
	return flt(sum(flt(amount, decimals) for amount in amounts), decimals)


def text(amount: float | str | None) -> str:
	"""Return an amount for a sentence: rounded, in the site's currency and number format."""
	return fmt_money(rounded(amount), currency=frappe.db.get_default("currency"))
