"""Months of the settlement books: a closed one takes no fee, no payment and no change of a settlement.

Who enters something in a month holds a shared lock on it until the end of the transaction, and who closes it an exclusive
one; so nothing slips in while a month is being closed.
"""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_months, formatdate, get_first_day, get_last_day, getdate

DOCTYPE = "Settlement Period"
# Stages of a settlement in which somebody still works on it.
UNFINISHED = ("Draft", "Applied", "First Audit", "HQ Audit", "Disputed", "Rejected")


class PeriodClosedError(frappe.ValidationError):
	"""The month is closed."""


class PeriodUnfinishedError(frappe.ValidationError):
	"""A month cannot be closed while settlements of it are under way."""


def first_open_day(day: date | str) -> date:
	"""Return the day itself, or the first day after the closed months that it lies in."""
	day = getdate(day)
	closed = _closed_from(day)
	month = get_first_day(day)
	if month not in closed:
		return day
	while month in closed:
		month = getdate(add_months(month, 1))
	return month


def check_open(day: date | str) -> None:
	"""Refuse a day of a closed month.

	:raises PeriodClosedError: names the month and the first day that is open.
	"""
	first = first_open_day(day)
	if first != getdate(day):
		frappe.throw(
			_("The month of {0} is closed. The first open day is {1}.").format(
				frappe.bold(formatdate(day)), frappe.bold(formatdate(first))
			),
			PeriodClosedError,
			title=_("Month Closed"),
		)


def check_finished(month: date) -> None:
	"""Ask whether every settlement that ends in a month is confirmed or cancelled; the row of the month must be locked.

	:raises PeriodUnfinishedError: names those that are not.
	"""
	# A locking read: what others have entered since this transaction began counts, too.
	names = frappe.db.sql(
		"""select name from `tabSettlement`
		where period_to between %(first)s and %(last)s and stage in %(stages)s order by name lock in share mode""",
		{"first": get_first_day(month), "last": get_last_day(month), "stages": UNFINISHED},
		pluck=True,
	)
	if names:
		frappe.throw(
			_("Finish or cancel the settlements of this month first: {0}").format(
				", ".join(frappe.bold(name) for name in names[:20])
			),
			PeriodUnfinishedError,
			title=_("Month Not Finished"),
		)


def _closed_from(day: date) -> set[date]:
	rows = frappe.db.sql(
		"select month, stage from `tabSettlement Period` where month >= %s order by month lock in share mode",
		(get_first_day(day),),
	)
	return {month for month, stage in rows if stage == "Closed"}
