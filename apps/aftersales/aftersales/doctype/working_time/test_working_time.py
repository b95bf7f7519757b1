import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.deadlines.calendars import NoWindowsError, calendar_of
from aftersales.aftersales.deadlines.working_time import AROUND_THE_CLOCK
from aftersales.aftersales.doctype.working_time.working_time import WindowsOverlapError, try_it
from aftersales.testing import factories

WEEKDAYS = "Monday to Friday"


class WorkingTimeCase(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")


class TestWindows(WorkingTimeCase):
	def test_no_hours_at_all(self):
		with self.assertRaisesRegex(NoWindowsError, "Around the Clock"):
			factories.make_working_time(windows=[])

	def test_overlaps(self):
		for windows in (
			(("Monday", "08:00", "12:00"), ("Monday", "11:59", "17:00")),
			((WEEKDAYS, "08:00", "12:00"), ("Wednesday", "09:00", "10:00")),
			(("Monday", "22:00", "06:00"), ("Tuesday", "05:00", "12:00")),
			(("Sunday", "22:00", "06:00"), ("Monday", "05:00", "12:00")),
			(("Every Day", "08:00", "08:00"), ("Friday", "09:00", "10:00")),
		):
			with self.subTest(windows=windows), self.assertRaises(WindowsOverlapError):
				factories.make_working_time(*windows)

	def test_windows_that_touch(self):
		hours = factories.make_working_time(("Every Day", "00:00", "12:00"), ("Every Day", "12:00", "00:00"))
		self.assertEqual(try_it(hours.name, "2026-11-27 17:00:00", 24), "2026-11-28 17:00:00")

	def test_around_the_clock_needs_no_windows(self):
		hours = factories.make_working_time(
			around_the_clock=1, holiday_list=factories.make_holiday_list("2026-10-01").name
		)
		self.assertEqual((hours.windows, hours.holiday_list), ([], None))
		self.assertIs(calendar_of(hours.name), AROUND_THE_CLOCK)

	def test_shipped_ones_are_usable(self):
		self.assertTrue(calendar_of("Office Hours").windows[0])
		self.assertIs(calendar_of("Around the Clock"), AROUND_THE_CLOCK)


class TestHolidays(WorkingTimeCase):
	def test_days_off_and_working_weekends(self):
		"""National Day 2026: 1 to 7 October off, Saturday 10 October is worked."""
		days = [{"holiday_date": f"2026-10-{day:02}"} for day in range(1, 8)]
		days.append({"holiday_date": "2026-10-10", "is_workday": 1})
		holidays = factories.make_holiday_list(holidays=days).name
		hours = factories.make_working_time(holiday_list=holidays).name
		self.assertEqual(try_it(hours, "2026-09-30 16:30:00", 2), "2026-10-08 09:30:00")
		self.assertEqual(try_it(hours, "2026-10-09 16:30:00", 2), "2026-10-10 09:30:00")

	def test_working_weekend_like_another_day(self):
		day = {"holiday_date": "2026-10-10", "is_workday": 1, "works_like": "Friday"}
		hours = factories.make_working_time(
			("Monday", "08:00", "18:00"),
			("Friday", "10:00", "12:00"),
			holiday_list=factories.make_holiday_list(holidays=[day]).name,
		)
		self.assertEqual(try_it(hours.name, "2026-10-09 12:00:00", 1), "2026-10-10 11:00:00")

	def test_a_changed_list_counts_at_once(self):
		holidays = factories.make_holiday_list("2026-11-23")
		hours = factories.make_working_time(holiday_list=holidays.name).name
		self.assertEqual(try_it(hours, "2026-11-23 09:00:00", 1), "2026-11-24 09:30:00")
		holidays.holidays = []
		holidays.save()
		self.assertEqual(try_it(hours, "2026-11-23 09:00:00", 1), "2026-11-23 10:00:00")


class TestTryIt(WorkingTimeCase):
	def test_bad_values(self):
		for start, hours in (
			("2026-11-23", -1),
			("2026-11-23", 10**9),
			("yesterday", 1),
			("2026-11-23", float("nan")),
		):
			with self.subTest(start=start, hours=hours), self.assertRaises(frappe.ValidationError):
				try_it("Office Hours", start, hours)
		self.assertRaises(frappe.DoesNotExistError, try_it, "no such hours", "2026-11-23", 1)

	def test_rights(self):
		for user in ("Guest", factories.user_with("Shop Staff"), factories.user_with("Aftersales Bridge")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, try_it, "Office Hours", "2026-11-23", 1)
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertEqual(try_it("Around the Clock", "2026-11-23 09:00:00", "1.5"), "2026-11-23 10:30:00")
