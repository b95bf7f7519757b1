"""Working time as arithmetic: how much of it lies between two moments, and when a given amount of it is over.

All moments are naive datetimes in the site's time zone, as Frappe stores them, and working time is what the clock on the wall
shows: where the zone changes to and from summer time, a window across the change counts as on any other day. A deadline
within the hour that the clock leaves out is over when the clock has passed it.

A window belongs to the day on which it begins. So a night shift that begins before a holiday goes on into it, and one
that would begin on the holiday does not take place.

Nothing here walks along the time. The seconds from the first Monday of the calendar to a day are a product (whole weeks),
a prefix sum (days of the week) and a bisection (days that differ from their weekday), and the way back bisects the days.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate

DAY = 24 * 60 * 60
LAST_DAY = date.max.toordinal()


class NoWorkingTimeError(ValueError):
	"""The calendar holds no working time, or not enough of it before the end of all dates."""


@dataclass(frozen=True)
class Calendar:
	"""Which hours count.

	:param windows: for Monday to Sunday the windows that begin on that day, each as (from, to) in seconds from the day's
		midnight; `to` may lie on the next day, 86,400 to 172,800.
	:param exceptions: days whose windows are not those of their weekday: date -> windows, empty for a day off.
	"""

	windows: tuple[tuple[tuple[int, int], ...], ...]
	exceptions: Mapping[date, tuple[tuple[int, int], ...]] = field(default_factory=dict, hash=False)

	@cached_property
	def _week(self) -> list[int]:
		"""Seconds from Monday to the begin of each day of an ordinary week, and those of the whole week at the end."""
		return [0, *accumulate(_total(self._ordinary(day)) for day in range(7))]

	@cached_property
	def _odd_days(self) -> list[int]:
		"""Ordinals of the days that may differ from their weekday: exceptions, and the days into which their nights go."""
		days = {day.toordinal() for day in self.exceptions}
		return sorted(day for day in days | {day + 1 for day in days} if day <= LAST_DAY)

	@cached_property
	def _odd_sums(self) -> list[int]:
		"""How many seconds more or less than ordinary the odd days before each one, and all of them, have."""
		differences = (
			_total(self.day(ordinal)) - _total(self._ordinary((ordinal - 1) % 7))
			for ordinal in self._odd_days
		)
		return [0, *accumulate(differences)]

	def _ordinary(self, weekday: int) -> tuple[tuple[int, int], ...]:
		return _profile(self.windows[weekday], self.windows[weekday - 1])

	def _beginning_on(self, ordinal: int) -> tuple[tuple[int, int], ...]:
		if ordinal < 1:
			return ()
		found = self.exceptions.get(date.fromordinal(ordinal)) if self.exceptions else None
		return self.windows[(ordinal - 1) % 7] if found is None else found

	def day(self, ordinal: int) -> tuple[tuple[int, int], ...]:
		"""Return when there is work on a day: disjoint (from, to) in seconds from midnight, in order."""
		return _profile(self._beginning_on(ordinal), self._beginning_on(ordinal - 1))

	def seconds_before(self, ordinal: int) -> int:
		"""Return the working seconds from the first Monday of the calendar to the begin of a day."""
		weeks, weekday = divmod(ordinal - 1, 7)  # 0001-01-01 is a Monday
		return (
			weeks * self._week[7] + self._week[weekday] + self._odd_sums[bisect_left(self._odd_days, ordinal)]
		)

	def seconds_until(self, moment: datetime) -> int:
		"""Return the working seconds from the first Monday of the calendar to a moment; parts of a second do not count."""
		ordinal = moment.toordinal()
		now = moment.hour * 3600 + moment.minute * 60 + moment.second
		today = sum(min(end, now) - start for start, end in self.day(ordinal) if start < now)
		return self.seconds_before(ordinal) + today

	def moment_of(self, seconds: int, after: date = date.min) -> datetime:
		"""Return the first moment before which that many working seconds lie.

		:param after: a day that is known not to lie behind the answer; makes the search short.
		:raises NoWorkingTimeError: there are not so many.
		"""
		first, width = after.toordinal(), 8
		while first + width < LAST_DAY and self.seconds_before(first + width) < seconds:
			width *= 8
		days = range(first, min(first + width, LAST_DAY) + 1)
		ordinal = first - 1 + bisect_left(days, seconds, key=self.seconds_before)
		left = seconds - self.seconds_before(ordinal)
		for start, end in self.day(ordinal):
			if left <= end - start:
				return datetime.combine(date.fromordinal(ordinal), time()) + timedelta(seconds=start + left)
			left -= end - start
		raise NoWorkingTimeError


@lru_cache(maxsize=256)
def _profile(own: tuple, of_day_before: tuple) -> tuple[tuple[int, int], ...]:
	"""Join the windows of a day and what the day before leaves to it, within the day."""
	pieces = [(start, min(end, DAY)) for start, end in own]
	pieces += [(max(start - DAY, 0), end - DAY) for start, end in of_day_before if end > DAY]
	joined: list[tuple[int, int]] = []
	for start, end in sorted(pieces):
		if joined and start <= joined[-1][1]:
			joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
		elif start < end:
			joined.append((start, end))
	return tuple(joined)


def _total(profile: Iterable[tuple[int, int]]) -> int:
	return sum(end - start for start, end in profile)


AROUND_THE_CLOCK = Calendar(((((0, DAY)),),) * 7)


def add_working_time(calendar: Calendar, start: datetime, seconds: int) -> datetime:
	"""Return the first moment, not before `start`, by which so much working time has passed since `start`.

	Work that ends with a window is due at the end of that window, not at the begin of the next one.

	:param calendar: the hours that count.
	:param start: naive datetime in the site's zone; parts of a second are dropped.
	:param seconds: working seconds, 0 or more; with 0 the answer is `start`.
	:raises ValueError: `seconds` is negative.
	:raises NoWorkingTimeError: the calendar has not so much working time.
	"""
	if seconds < 0:
		raise ValueError(f"{seconds} seconds of working time cannot be added")
	start = start.replace(microsecond=0)
	if not seconds:
		return start
	return calendar.moment_of(calendar.seconds_until(start) + seconds, start)


def working_seconds_between(calendar: Calendar, a: datetime, b: datetime) -> int:
	"""Return the working seconds from `a` to `b`, negative when `b` lies before `a`.

	:param calendar: the hours that count.
	:param a: naive datetime in the site's zone; parts of a second are dropped.
	:param b: the same.
	"""
	return calendar.seconds_until(b) - calendar.seconds_until(a)
