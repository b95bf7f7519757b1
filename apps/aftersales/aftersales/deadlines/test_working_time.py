from datetime import date, datetime, timedelta
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.aftersales.deadlines.working_time import (
	AROUND_THE_CLOCK,
	DAY,
	Calendar,
	NoWorkingTimeError,
	add_working_time,
	working_seconds_between,
)

HOUR, MINUTE = 3600, 60
WORKDAY = ((8 * HOUR + 30 * MINUTE, 12 * HOUR), (13 * HOUR + 30 * MINUTE, 17 * HOUR + 30 * MINUTE))
OFFICE = Calendar((WORKDAY,) * 5 + ((), ()))
NIGHT = Calendar((((22 * HOUR, DAY + 6 * HOUR),),) * 5 + ((), ()))
# National Day 2026: off from Thursday 1 to Wednesday 7 October, Saturday 10 October is a working day
NATIONAL_DAY = Calendar(
	OFFICE.windows,
	{date(2026, 10, day): () for day in range(1, 8)} | {date(2026, 10, 10): WORKDAY},
)


def at(text: str) -> datetime:
	return datetime.fromisoformat(text)


def slow_seconds(calendar: Calendar, a: datetime, b: datetime, step: int = 15 * MINUTE) -> int:
	"""The reference: look at every quarter of an hour, with nothing but the definition of a window."""
	total, moment = 0, a
	while moment < b:
		total += step * works_at(calendar, moment)
		moment += timedelta(seconds=step)
	return total


def works_at(calendar: Calendar, moment: datetime) -> bool:
	for back in (0, 1):
		try:
			day = moment.date() - timedelta(days=back)
		except OverflowError:
			continue
		windows = calendar.exceptions.get(day, calendar.windows[day.weekday()])
		second = (moment - datetime.combine(day, datetime.min.time())).total_seconds()
		if any(start <= second < end for start, end in windows):
			return True
	return False


@st.composite
def windows(draw) -> tuple[tuple[int, int], ...]:
	"""Up to three windows of whole quarters, over midnight or overlapping as they fall."""
	pairs = draw(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 95)), max_size=3))
	return tuple(sorted((start * 900, (start + length) * 900) for start, length in pairs))


FIRST = date(2026, 9, 21)
calendars = st.builds(
	Calendar,
	st.tuples(*[windows()] * 7),
	st.dictionaries(st.integers(-2, 24).map(lambda n: FIRST + timedelta(days=n)), windows(), max_size=6),
)
moments = st.integers(0, 20 * 96).map(
	lambda quarter: datetime.combine(FIRST, datetime.min.time()) + timedelta(minutes=15 * quarter)
)


class TestProperties(TestCase):
	@settings(max_examples=60, deadline=None)
	@given(calendars, moments, moments)
	def test_between_agrees_with_a_walk_along_the_time(self, calendar, a, b):
		a, b = min(a, b), max(a, b)
		self.assertEqual(working_seconds_between(calendar, a, b), slow_seconds(calendar, a, b))

	@settings(max_examples=60, deadline=None)
	@given(calendars, moments, moments)
	def test_between_is_negative_backwards_and_adds_up(self, calendar, a, b):
		forward = working_seconds_between(calendar, a, b)
		self.assertEqual(working_seconds_between(calendar, b, a), -forward)
		middle = a + (b - a) / 2
		self.assertEqual(
			working_seconds_between(calendar, a, middle) + working_seconds_between(calendar, middle, b),
			forward,
		)

	@settings(max_examples=100, deadline=None)
	@given(calendars, moments, st.integers(1, 40 * 4))
	def test_due_is_the_first_moment_by_which_the_time_has_passed(self, calendar, start, quarters):
		if not any(calendar.windows):
			return
		seconds = quarters * 15 * MINUTE
		due = add_working_time(calendar, start, seconds)
		self.assertEqual(working_seconds_between(calendar, start, due), seconds)
		self.assertLess(working_seconds_between(calendar, start, due - timedelta(seconds=1)), seconds)
		if due - start < timedelta(days=30):
			self.assertEqual(slow_seconds(calendar, start, due), seconds)

	@settings(max_examples=60, deadline=None)
	@given(calendars, moments, st.integers(0, 10**6), st.integers(0, 10**6))
	def test_two_pieces_are_as_long_as_the_whole(self, calendar, start, first, second):
		if not any(calendar.windows):
			return
		self.assertEqual(
			add_working_time(calendar, add_working_time(calendar, start, first), second),
			add_working_time(calendar, start, first + second),
		)


class TestOfficeHours(TestCase):
	def due(self, start: str, hours: float, calendar: Calendar = OFFICE) -> str:
		return str(add_working_time(calendar, at(start), round(hours * HOUR)))

	def test_over_the_lunch_break(self):
		self.assertEqual(self.due("2026-11-23 11:00", 2), "2026-11-23 14:30:00")

	def test_work_that_ends_with_a_window_is_due_at_its_end(self):
		self.assertEqual(self.due("2026-11-23 11:00", 1), "2026-11-23 12:00:00")
		self.assertEqual(self.due("2026-11-23 08:30", 7.5), "2026-11-23 17:30:00")

	def test_start_in_the_lunch_break_in_the_evening_and_at_the_weekend(self):
		self.assertEqual(self.due("2026-11-23 12:45", 1), "2026-11-23 14:30:00")
		self.assertEqual(self.due("2026-11-23 20:00", 1), "2026-11-24 09:30:00")
		self.assertEqual(self.due("2026-11-28 10:00", 1), "2026-11-30 09:30:00")

	def test_over_a_weekend(self):
		self.assertEqual(self.due("2026-11-27 17:00", 1), "2026-11-30 09:00:00")

	def test_holiday_and_make_up_day(self):
		"""Wednesday evening to Thursday after the holiday; Saturday 10 October counts, Sunday does not."""
		self.assertEqual(self.due("2026-09-30 16:30", 2, NATIONAL_DAY), "2026-10-08 09:30:00")
		self.assertEqual(self.due("2026-10-09 16:30", 2, NATIONAL_DAY), "2026-10-10 09:30:00")
		self.assertEqual(self.due("2026-10-10 16:30", 2, NATIONAL_DAY), "2026-10-12 09:30:00")

	def test_holiday_and_lunch_break_in_one_deadline(self):
		self.assertEqual(self.due("2026-09-30 11:30", 8, NATIONAL_DAY), "2026-10-08 12:00:00")

	def test_no_time_at_all_is_at_once(self):
		self.assertEqual(self.due("2026-11-28 10:00", 0), "2026-11-28 10:00:00")

	def test_parts_of_a_second_do_not_count(self):
		start = at("2026-11-23 09:00:00.999999")
		self.assertEqual(add_working_time(OFFICE, start, 1), at("2026-11-23 09:00:01"))

	def test_years_are_skipped(self):
		"""260 days of an ordinary year without holidays, three times."""
		due = add_working_time(OFFICE, at("2026-01-01 00:00"), round(7.5 * HOUR) * 260 * 30)
		self.assertEqual(slow_days(OFFICE, at("2026-01-01 00:00"), due), 260 * 30)

	def test_negative_time_is_refused(self):
		self.assertRaises(ValueError, add_working_time, OFFICE, at("2026-11-23 09:00"), -1)


def slow_days(calendar: Calendar, a: datetime, b: datetime) -> int:
	return sum(bool(calendar.windows[(a + timedelta(days=n)).weekday()]) for n in range((b - a).days + 1))


class TestNights(TestCase):
	def test_window_over_midnight(self):
		due = add_working_time(NIGHT, at("2026-11-23 23:00"), 4 * HOUR)
		self.assertEqual(due, at("2026-11-24 03:00"))
		self.assertEqual(
			working_seconds_between(NIGHT, at("2026-11-24 05:00"), at("2026-11-24 23:00")), 2 * HOUR
		)

	def test_friday_night_goes_into_saturday(self):
		due = add_working_time(NIGHT, at("2026-11-27 23:00"), 8 * HOUR)
		self.assertEqual(due, at("2026-11-30 23:00"))

	def test_night_before_a_holiday_goes_on_and_that_of_the_holiday_does_not_begin(self):
		holiday = Calendar(NIGHT.windows, {date(2026, 11, 25): ()})
		seconds = working_seconds_between(holiday, at("2026-11-24 21:00"), at("2026-11-26 21:00"))
		self.assertEqual(seconds, 8 * HOUR)

	def test_sunday_night_goes_into_monday(self):
		calendar = Calendar(((),) * 6 + (((23 * HOUR, DAY + HOUR),),))
		self.assertEqual(add_working_time(calendar, at("2026-11-29 23:30"), HOUR), at("2026-11-30 00:30"))


class TestLimits(TestCase):
	def test_around_the_clock_is_the_clock(self):
		start = at("2026-11-27 17:13:05")
		for seconds in (1, HOUR, DAY, 400 * DAY):
			self.assertEqual(
				add_working_time(AROUND_THE_CLOCK, start, seconds), start + timedelta(seconds=seconds)
			)

	def test_clock_change_counts_as_on_any_other_day(self):
		"""On 2026-03-29 most of Europe's clocks leave out 02:00 to 03:00. Site-local times do not know; the wall does."""
		due = add_working_time(AROUND_THE_CLOCK, at("2026-03-28 22:00"), 6 * HOUR)
		self.assertEqual(due, at("2026-03-29 04:00"))

	def test_no_window_at_all(self):
		empty = Calendar(((),) * 7)
		self.assertEqual(working_seconds_between(empty, at("2026-01-01"), at("2027-01-01")), 0)
		self.assertRaises(NoWorkingTimeError, add_working_time, empty, at("2026-01-01"), 1)

	def test_make_up_days_only_run_out(self):
		once = Calendar(((),) * 7, {date(2026, 10, 10): WORKDAY})
		start = at("2026-01-01")
		self.assertEqual(add_working_time(once, start, round(7.5 * HOUR)), at("2026-10-10 17:30"))
		self.assertRaises(NoWorkingTimeError, add_working_time, once, start, round(7.5 * HOUR) + 1)

	def test_more_than_there_is_time(self):
		self.assertRaises(NoWorkingTimeError, add_working_time, OFFICE, at("2026-01-01"), 10**12)
