"""Arithmetic of shifts: on which days a pattern of weekdays falls, when a shift begins and ends, which ones collide.

Plain functions on dates and times, without the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
# Two weekly patterns repeat after seven days; the first and the last day may differ from that.
PERIOD = timedelta(days=16)


@dataclass(frozen=True)
class Pattern:
	"""When a shift takes place.

	first, last: first and last day on which it begins; last may be None: no end. weekdays: numbers of `date.weekday`.
	start, end: times of the day; an end that is not after the start is on the next day.
	"""

	first: date
	last: date | None
	weekdays: frozenset[int]
	start: time
	end: time

	def takes_place(self, day: date) -> bool:
		"""Return whether the shift begins on that day."""
		return (
			self.first <= day and (self.last is None or day <= self.last) and day.weekday() in self.weekdays
		)

	def occurrence(self, day: date) -> tuple[datetime, datetime]:
		"""Return begin and end of the shift that begins on a day."""
		end = datetime.combine(day, self.end)
		return datetime.combine(day, self.start), end if self.end > self.start else end + DAY

	def occurrences(self, start: date, end: date) -> Iterator[tuple[datetime, datetime]]:
		"""Yield begin and end of each shift that begins from `start` to `end`, both included."""
		day = max(start, self.first)
		stop = end if self.last is None else min(end, self.last)
		while day <= stop:
			if day.weekday() in self.weekdays:
				yield self.occurrence(day)
			day += DAY

	def covers(self, moment: datetime) -> bool:
		"""Return whether the shift is on at a moment: its begin counts, its end does not."""
		for day in (moment.date(), moment.date() - DAY):
			if self.takes_place(day):
				start, end = self.occurrence(day)
				if start <= moment < end:
					return True
		return False


def collision(one: Pattern, other: Pattern) -> tuple[datetime, datetime] | None:
	"""Return the first time that two patterns have in common, or None; where one ends the other may begin."""
	start = max(one.first, other.first) - DAY
	ends = [pattern.last for pattern in (one, other) if pattern.last is not None]
	end = min([*(last + DAY for last in ends), start + PERIOD])
	later = list(other.occurrences(start, end))
	for begin, finish in one.occurrences(start, end):
		for other_begin, other_finish in later:
			if begin < other_finish and other_begin < finish:
				return max(begin, other_begin), min(finish, other_finish)
	return None
