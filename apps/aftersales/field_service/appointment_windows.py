"""The windows of an Appointment Plan: when they are, and how many places of them are free (S4.07).

A window belongs to a weekday of the plan. Days off of the plan's holiday list have none; a working day of that list has
those of the weekday that it names. How many places are taken is counted from the appointments themselves in one
statement, and a place is given away only by whoever holds the plan's row, so that the last one goes to one person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import frappe
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime

from aftersales.aftersales.deadlines.calendars import DAYS_OF, WEEKDAYS, seconds_of
from aftersales.utils.naming import ensure_counter

APPOINTMENT = "Service Appointment"
PLAN = "Appointment Plan"
ENDED = "Cancelled"
DAY = timedelta(days=1)
MOST_DAYS = 62


@dataclass(frozen=True)
class Window:
	"""A window on a day.

	:param start: seconds from midnight, as `end`.
	:param places: how many appointments fit in.
	:param taken: how many there are.
	:param bookable: whether customers may still book it themselves, were it free.
	"""

	day: date
	start: int
	end: int
	places: int
	taken: int = 0
	bookable: bool = True

	@property
	def free(self) -> int:
		"""Places that are left."""
		return max(self.places - self.taken, 0)

	@property
	def begins(self) -> datetime:
		"""The moment at which it begins, in the site's time zone."""
		return datetime.combine(self.day, time()) + timedelta(seconds=self.start)

	@property
	def key(self) -> str:
		"""What a form sends back when the window was chosen."""
		return f"{self.day}/{clock(self.start)}"

	@property
	def words(self) -> str:
		"""From when until when, as people write it."""
		return f"{clock(self.start)}–{clock(self.end)}"


def clock(seconds: int) -> str:
	"""Return a time of the day as hours and minutes."""
	return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def windows_between(plan: Document, first: date, last: date) -> list[Window]:
	"""Return the windows of a plan from a day to a day, in order, without asking what is taken.

	:param plan: Appointment Plan, saved or not. first, last: limited by the plan's own first and last day.
	"""
	first = max(first, getdate(plan.valid_from)) if plan.valid_from else first
	last = min(last, getdate(plan.valid_to)) if plan.valid_to else last
	week = _week(plan.windows)
	exceptions = _exceptions(plan.holiday_list, week)
	found = []
	for number in range((last - first).days + 1):
		day = first + number * DAY
		for start, end, places in exceptions.get(day, week[day.weekday()]):
			found.append(Window(day, start, end, places))
	return found


def _week(rows: Iterable[Document]) -> list[list[tuple[int, int, int]]]:
	"""Begin, end and places of the windows of Monday, Tuesday and so on."""
	week: list[list[tuple[int, int, int]]] = [[] for _day in WEEKDAYS]
	for row in rows:
		for day in DAYS_OF[row.weekday]:
			week[day].append((seconds_of(row.from_time), seconds_of(row.to_time), cint(row.places)))
	return [sorted(day) for day in week]


def _exceptions(holiday_list: str | None, week: list) -> dict[date, list]:
	if not holiday_list:
		return {}
	ordinary = next((day for day in week if day), [])
	found = {}
	for row in frappe.get_cached_doc("Service Holiday List", holiday_list).holidays:
		like = week[WEEKDAYS.index(row.works_like)] if row.works_like else ordinary
		found[getdate(row.holiday_date)] = like if cint(row.is_workday) else []
	return found


def free_windows(plan: Document, first: date, last: date, but: str | None = None) -> list[Window]:
	"""Return the windows of a plan that have not begun yet, with what is taken; one statement.

	:param but: an appointment that does not count, because it shall be moved.
	"""
	now = now_datetime()
	last = min(last, first + (MOST_DAYS - 1) * DAY)
	windows = [window for window in windows_between(plan, first, last) if window.begins > now]
	if not windows:
		return []
	rows = taken_rows(plan.name, windows[0].day, windows[-1].day, but)
	return [
		replace(window, taken=_overlapping(rows, window), bookable=is_bookable(plan, window, now))
		for window in windows
	]


def _overlapping(rows: list, window: Window) -> int:
	"""How many appointments share time with a window; those made before its times were changed count, too."""
	return sum(
		number
		for day, start, end, number in rows
		if day == window.day and seconds_of(start) < window.end and seconds_of(end) > window.start
	)


def taken_rows(plan: str, first: date, last: date, but: str | None = None, lock: bool = False) -> list[tuple]:
	"""Return day, begin, end and number of the appointments of a plan that hold a place.

	The index holds all that is asked for, so with `lock` no appointment itself is locked: whoever changes one meanwhile
	and whoever counts here do not wait for each other.

	:param lock: see what others have stored since the transaction began; the plan must be locked, see `lock_places`.
	"""
	return frappe.db.sql(
		"""select appointment_date, from_time, to_time, count(*)
		from `tabService Appointment` force index (places_index)
		where plan = %(plan)s and appointment_date between %(first)s and %(last)s
			and stage <> %(ended)s and name <> %(but)s
		group by appointment_date, from_time, to_time"""
		+ (" lock in share mode" if lock else ""),
		{"plan": plan, "first": first, "last": last, "ended": ENDED, "but": but or ""},
	)


def lock_places(plan: str, series: str) -> None:
	"""Wait until nobody else is giving away a place, and keep others waiting until the end of the transaction.

	A new appointment holds the counter of its number already, so everybody takes the counter first: two who took counter
	and plan the other way round would stop each other.

	:param series: the appointment's naming series.
	"""
	ensure_counter(series)
	frappe.db.get_value(PLAN, plan, "name", for_update=True)


def window_at(plan: Document, day: date, start: int) -> Window | None:
	"""Return the window of a plan that begins at a time, None if there is none."""
	return next((window for window in windows_between(plan, day, day) if window.start == start), None)


def is_bookable(plan: Document, window: Window, now: datetime | None = None) -> bool:
	"""Whether customers may book a window themselves: not too soon and not too far ahead."""
	now = now or now_datetime()
	soonest = now + timedelta(hours=cint(plan.lead_hours))
	return window.begins >= soonest and window.begins > now and window.day <= last_day(plan, now.date())


def last_day(plan: Document, today: date) -> date:
	"""Return the last day that customers may book."""
	return today + cint(plan.days_ahead) * DAY


def may_still_change(plan: Document | None, starts_at: datetime, now: datetime | None = None) -> bool:
	"""Whether a customer may still move or cancel an appointment themselves."""
	hours = cint(plan.change_hours) if plan else 0
	return starts_at > (now or now_datetime()) + timedelta(hours=hours)
