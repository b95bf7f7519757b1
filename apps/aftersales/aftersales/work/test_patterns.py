import unittest
from datetime import date, datetime, time

from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.aftersales.work.patterns import DAY, Pattern, collision

MONDAY = date(2026, 6, 1)
WORKDAYS = frozenset(range(5))


def pattern(start="08:00", end="16:00", first=MONDAY, last=None, weekdays=WORKDAYS) -> Pattern:
	return Pattern(first, last, frozenset(weekdays), time.fromisoformat(start), time.fromisoformat(end))


class TestPattern(unittest.TestCase):
	def test_begin_counts_and_end_does_not(self):
		shift = pattern()
		self.assertTrue(shift.covers(datetime(2026, 6, 1, 8, 0)))
		self.assertFalse(shift.covers(datetime(2026, 6, 1, 16, 0)))
		self.assertFalse(shift.covers(datetime(2026, 6, 6, 9, 0)))  # Saturday

	def test_over_midnight_belongs_to_the_day_on_which_it_begins(self):
		shift = pattern("22:00", "06:00", last=date(2026, 6, 5))
		self.assertTrue(shift.covers(datetime(2026, 6, 6, 5, 59)))  # Saturday morning, of Friday's shift
		self.assertFalse(shift.covers(datetime(2026, 6, 6, 22, 30)))
		self.assertFalse(shift.covers(datetime(2026, 6, 1, 5, 0)))  # of a Sunday that is not worked

	def test_the_same_time_twice_is_a_whole_day(self):
		shift = pattern("08:00", "08:00", last=MONDAY)
		self.assertEqual(shift.occurrence(MONDAY), (datetime(2026, 6, 1, 8), datetime(2026, 6, 2, 8)))

	def test_where_one_ends_the_other_may_begin(self):
		self.assertIsNone(collision(pattern("08:00", "16:00"), pattern("16:00", "22:00")))
		self.assertIsNone(collision(pattern("22:00", "06:00"), pattern("06:00", "08:00")))

	def test_a_night_shift_runs_into_the_next_mornings(self):
		night = pattern("22:00", "06:00", weekdays=[4])
		found = collision(night, pattern("05:00", "09:00", weekdays=[5]))
		self.assertEqual(found, (datetime(2026, 6, 6, 5), datetime(2026, 6, 6, 6)))

	def test_the_night_after_the_last_day(self):
		night = pattern("22:00", "06:00", last=date(2026, 6, 5))
		morning = pattern("04:00", "08:00", first=date(2026, 6, 6), weekdays=range(7))
		self.assertIsNotNone(collision(night, morning))
		self.assertIsNone(
			collision(night, pattern("04:00", "08:00", first=date(2026, 6, 7), weekdays=range(7)))
		)

	def test_other_days_do_not_collide(self):
		self.assertIsNone(collision(pattern(weekdays=[0, 2]), pattern(weekdays=[1, 3])))
		self.assertIsNone(collision(pattern(last=date(2026, 6, 5)), pattern(first=date(2026, 6, 8))))


times = st.sampled_from([time(hour) for hour in range(0, 24, 2)])
patterns = st.builds(
	lambda offset, length, weekdays, start, end: Pattern(
		MONDAY + offset * DAY,
		None if length is None else MONDAY + (offset + length) * DAY,
		weekdays,
		start,
		end,
	),
	st.integers(0, 40),
	st.none() | st.integers(0, 40),
	st.frozensets(st.integers(0, 6), min_size=1),
	times,
	times,
)


class TestCollision(unittest.TestCase):
	@settings(max_examples=150, deadline=None)
	@given(patterns, patterns)
	def test_is_what_comparing_every_day_finds(self, one, other):
		"""The short cut of sixteen days finds a collision when and only when there is one within months."""
		end = MONDAY + 120 * DAY
		seen = any(
			a < d and c < b
			for a, b in one.occurrences(MONDAY, end)
			for c, d in other.occurrences(MONDAY, end)
		)
		self.assertEqual(collision(one, other) is not None, seen)
		self.assertEqual(collision(one, other), collision(other, one))
