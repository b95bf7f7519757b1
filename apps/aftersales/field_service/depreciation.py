"""What a customer pays when goods are exchanged or taken back (S6.24, S6.25).

The rules leave gaps, which are closed here in one place:

- The first days after the sale (Aftersales Settings, 15 as shipped; S6.24 begins the repair "from 15 days after sale"): an
  exchange because of a quality problem is free.
- After them a quality problem is repaired first. Only goods that cannot be repaired, or not to their original state, are
  exchanged, against the depreciation of the band in which the day lies.
- A band ends with its last day and the next one begins after it: day 30 lies in [0, 30], day 31 in (30, 60].
- After the last band there is no percentage: the sales office or the general manager agrees on one.
"""

from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, date_diff, flt, formatdate, getdate

QUALITY, NOT_REPAIRABLE, WISH = "Quality Problem", "Not Repairable", "Customer's Wish"


class SaleDateError(frappe.ValidationError):
	"""The date of sale cannot be right."""


@dataclass(frozen=True)
class Depreciation:
	"""What holds on a day.

	:param days: days since the sale.
	:param percent: part of the price that the customer pays; None when no rule gives one.
	:param rule: the rule in words, translated.
	:param repair_first: the rules want a repair instead.
	"""

	days: int
	percent: float | None
	rule: str
	repair_first: bool = False


def depreciation_of(category: str | None, sale_date: date, on: date, ground: str) -> Depreciation:
	"""Return the depreciation of goods that are exchanged (S6.25, A05).

	:param category: Product Category; its own bands hold, else those of the nearest category above, else the general ones.
	:param sale_date: day of the sale, which is day 0.
	:param on: day of the exchange.
	:param ground: Quality Problem, Not Repairable or Customer's Wish.
	:raises SaleDateError: the exchange lies before the sale.
	"""
	days = date_diff(on, sale_date)
	if days < 0:
		frappe.throw(
			_("The sale date {0} lies after the exchange on {1}. Correct one of them.").format(
				frappe.bold(formatdate(sale_date)), frappe.bold(formatdate(on))
			),
			SaleDateError,
		)
	free = free_days()
	if ground != WISH and days <= free:
		return Depreciation(days, 0.0, _("Day {0}: free within {1} days after the sale.").format(days, free))
	percent, rule = of_bands(category, days)
	if ground == QUALITY:
		rule = _("Day {0}: after {1} days a quality problem is repaired first.").format(days, free)
		return Depreciation(days, None, rule, repair_first=True)
	return Depreciation(days, percent, rule)


def of_bands(category: str | None, days: int) -> tuple[float | None, str]:
	"""Return the percentage of a day and the band in words; None after the last band."""
	begin = None
	for band in bands_of(category):
		if days <= band.up_to_day:
			scope = _(band.product_category) if band.product_category else _("all products")
			if begin is None:
				text = _("Day {0}: up to day {1}, {2}.").format(days, band.up_to_day, scope)
			else:
				text = _("Day {0}: after day {1} up to day {2}, {3}.").format(
					days, begin, band.up_to_day, scope
				)
			return flt(band.percent), text
		begin = band.up_to_day
	if begin is None:
		return None, _("Day {0}: there are no depreciation bands.").format(days)
	return None, _("Day {0}: after day {1} there is no depreciation band.").format(days, begin)


def bands_of(category: str | None) -> list[dict]:
	"""Return the bands that hold for a category, the earliest first. Costs two statements at most."""
	bands = frappe.get_all(
		"Depreciation Band",
		filters={"disabled": 0},
		fields=["product_category", "up_to_day", "percent"],
		order_by="up_to_day asc",
	)
	for candidate in [*categories_upwards(category), None]:
		found = [band for band in bands if (band.product_category or None) == candidate]
		if found:
			return found
	return []


def categories_upwards(category: str | None) -> list[str]:
	"""Return a category and those above it, the nearest first."""
	place = frappe.db.get_value("Product Category", category, ["lft", "rgt"]) if category else None
	if not place:
		return []
	return frappe.get_all(
		"Product Category",
		filters={"lft": ["<=", place[0]], "rgt": [">=", place[1]]},
		order_by="lft desc",
		pluck="name",
	)


def free_days() -> int:
	"""Return how many days after the sale an exchange because of quality is free."""
	return cint(frappe.get_cached_doc("Aftersales Settings").get("free_exchange_days"))


def fee(price: float, percent: float, precision: int = 2) -> float:
	"""Return the depreciation fee.

	:param price: what was paid, in the site's currency.
	:param percent: of it, 0 to 100.
	"""
	return flt(flt(price) * flt(percent) / 100, precision)


def check_sale_date(sale_date: date | str, today: date) -> None:
	"""Refuse a sale in the future.

	:raises SaleDateError: always then.
	"""
	if getdate(sale_date) > today:
		frappe.throw(
			_("The sale date {0} lies in the future. Correct it.").format(frappe.bold(formatdate(sale_date))),
			SaleDateError,
		)
