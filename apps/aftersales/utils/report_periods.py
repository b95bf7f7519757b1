"""Days, weeks, months, quarters and years of reports: grouping by them, the last few, the period before, the year before.

Weeks begin on Monday. A row of time is complete: a month in which nothing happened is there, with nothing in it.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from frappe import _
from frappe.utils import add_days, add_months, formatdate, getdate

# Unit -> how much of a date in text names it, or a finer part of it: what a statement groups by.
UNITS = {"Day": 10, "Week": 10, "Month": 7, "Quarter": 7, "Year": 4}
MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}
# Read and drawn at once; a longer row needs a larger unit.
MOST_STEPS = 400


def grouping(field: str, unit: str) -> str:
	"""Return the expression that a list groups and reads by; `step_of` says to which step a value of it belongs.

	Frappe's lists take `left(…)` in fields, and the values sort as dates do.
	"""
	return f"left({field}, {UNITS[unit]})"


def step_of(text: str, unit: str) -> date:
	"""Return the first day of the step to which a value of `grouping` belongs."""
	return first_day(getdate(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10]), unit)


def first_day(day: date, unit: str) -> date:
	"""Return the first day of the day's week, month, quarter or year."""
	if unit == "Day":
		return day
	if unit == "Week":
		return day - timedelta(days=day.weekday())
	months = MONTHS[unit]
	return date(day.year, (day.month - 1) // months * months + 1, 1)


def last_day(day: date, unit: str) -> date:
	"""Return the last day of the day's week, month, quarter or year."""
	if unit == "Day":
		return day
	if unit == "Week":
		return first_day(day, unit) + timedelta(days=6)
	return getdate(add_days(add_months(first_day(day, unit), MONTHS[unit]), -1))


def steps(start: date, end: date, unit: str) -> list[date]:
	"""Return the first days of all steps from one day to another; at most `MOST_STEPS`."""
	found, day = [], first_day(getdate(start), unit)
	while day <= getdate(end) and len(found) < MOST_STEPS:
		found.append(day)
		day = getdate(add_days(last_day(day, unit), 1))
	return found


def step_name(day: date, unit: str) -> str:
	"""Return how people read a step: 2026-03, 2026 Q1, 2026 week 9."""
	if unit == "Day":
		return formatdate(day)
	if unit == "Week":
		year, week, _weekday = day.isocalendar()
		return _("{0} week {1}").format(year, week)
	if unit == "Quarter":
		return _("{0} Q{1}").format(day.year, (day.month + 2) // 3)
	return day.strftime("%Y-%m") if unit == "Month" else str(day.year)


def by_step(rows: Iterable[dict], key: str, unit: str, fields: Iterable[str]) -> dict[date, dict]:
	"""Return the sums of figures by step, of rows that a statement grouped by `grouping`.

	:param key: field of the rows with the value of `grouping`; rows without are left out.
	:param fields: figures to add up.
	"""
	found: dict[date, dict] = {}
	for row in rows:
		if not row.get(key):
			continue
		sums = found.setdefault(step_of(row[key], unit), dict.fromkeys(fields, 0))
		for field in sums:
			sums[field] += row[field] or 0
	return found


def rows_of_steps(
	rows: Iterable[dict], start: date, end: date, unit: str, fields: Iterable[str]
) -> list[dict]:
	"""Return one row per step of a period, those in which nothing happened too.

	:param rows: of a statement grouped by `grouping`, the value of which they call `step`.
	:param fields: figures to add up.
	:returns: rows of `label`, the figures, and `from_date` and `to_date` for a list of what was counted.
	"""
	fields = [*fields]
	found = by_step(rows, "step", unit, fields)
	return [
		{
			"label": step_name(day, unit),
			**(found.get(day) or dict.fromkeys(fields, 0)),
			"from_date": str(max(day, start)),
			"to_date": str(min(last_day(day, unit), end)),
		}
		for day in steps(start, end, unit)
	]


def last(number: int, unit: str, until: date) -> tuple[date, date]:
	"""Return first and last day of so many days, weeks, months, quarters or years, the day's own among them."""
	if unit in ("Day", "Week"):
		days = number * (7 if unit == "Week" else 1)
		end = last_day(until, unit)
		return end - timedelta(days=days - 1), end
	first = add_months(first_day(until, unit), -MONTHS[unit] * (number - 1))
	return getdate(first), last_day(until, unit)


def before(start: date, end: date) -> tuple[date, date]:
	"""Return the period of the same length before one: whole months before whole months, else as many days."""
	start, end = getdate(start), getdate(end)
	if start.day == 1 and end.day == monthrange(end.year, end.month)[1]:
		months = (end.year - start.year) * 12 + end.month - start.month + 1
		return getdate(add_months(start, -months)), start - timedelta(days=1)
	return start - (end - start) - timedelta(days=1), start - timedelta(days=1)


def year_ago(start: date, end: date) -> tuple[date, date]:
	"""Return the same period a year earlier; the end of a month stays the end of the month."""
	start, end = getdate(start), getdate(end)
	whole = end.day == monthrange(end.year, end.month)[1]
	then = getdate(add_months(end, -12))
	return getdate(add_months(start, -12)), last_day(then, "Month") if whole else then
