"""From the records Working Time and Service Holiday List to the calendar that is reckoned with."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, to_timedelta

from aftersales.aftersales.deadlines.working_time import AROUND_THE_CLOCK, DAY, Calendar

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_OF = {day: (number,) for number, day in enumerate(WEEKDAYS)} | {
	"Monday to Friday": tuple(range(5)),
	"Every Day": tuple(range(7)),
}


class NoWindowsError(frappe.ValidationError):
	"""A working time has no hours at all, so no deadline can ever come."""


def default_working_time() -> str | None:
	"""Return the Working Time of Aftersales Settings; None means around the clock."""
	return frappe.get_cached_doc("Aftersales Settings").default_working_time or None


def calendar_of(working_time: str | None) -> Calendar:
	"""Return the calendar of a Working Time, read from Frappe's cache of documents.

	:param working_time: its name; None means around the clock.
	:raises frappe.DoesNotExistError: there is no such Working Time.
	:raises NoWindowsError: it has no hours.
	"""
	if not working_time:
		return AROUND_THE_CLOCK
	doc = frappe.get_cached_doc("Working Time", working_time)
	return calendar_of_doc(doc)


def calendar_of_doc(doc: Document) -> Calendar:
	"""Return the calendar of a Working Time, saved or not.

	:raises NoWindowsError: it has no hours.
	"""
	if cint(doc.around_the_clock):
		return AROUND_THE_CLOCK
	windows = windows_of_week(doc.windows)
	if not any(windows):
		frappe.throw(
			_("The working time {0} has no hours. Add a window, or tick {1}.").format(
				frappe.bold(frappe.utils.escape_html(doc.working_time_name or doc.name)),
				frappe.bold(_("Around the Clock")),
			),
			NoWindowsError,
			title=_("Working Time"),
		)
	days = ()
	if doc.holiday_list:
		rows = frappe.get_cached_doc("Service Holiday List", doc.holiday_list).holidays
		days = tuple((getdate(row.holiday_date), cint(row.is_workday), row.works_like) for row in rows)
	return _calendar(windows, days)


def windows_of_week(rows: Iterable[Document]) -> tuple[tuple[tuple[int, int], ...], ...]:
	"""Return the windows that begin on Monday, Tuesday and so on, in seconds from midnight.

	:param rows: rows of Working Time Window; one whose end is not later than its begin ends on the next day.
	"""
	week: list[list[tuple[int, int]]] = [[] for _day in WEEKDAYS]
	for row in rows:
		start, end = seconds_of(row.from_time), seconds_of(row.to_time)
		for day in DAYS_OF[row.weekday]:
			week[day].append((start, end if end > start else end + DAY))
	return tuple(tuple(sorted(day)) for day in week)


def seconds_of(value) -> int:
	"""Return the seconds from midnight to a time of the day, as a form or the database gives it."""
	return int(to_timedelta(value or "00:00:00").total_seconds())


@lru_cache(maxsize=64)
def _calendar(windows: tuple, days: tuple[tuple[date, int, str | None], ...]) -> Calendar:
	"""Keep the sums of a calendar for as long as nothing in it changes."""
	ordinary = next(day for day in windows if day)
	exceptions: dict[date, tuple] = {}
	for day, is_workday, works_like in days:
		like = windows[WEEKDAYS.index(works_like)] if works_like else ordinary
		exceptions[day] = like if is_workday else ()
	return Calendar(windows, exceptions)
