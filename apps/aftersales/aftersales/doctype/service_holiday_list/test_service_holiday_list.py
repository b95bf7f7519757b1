from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.doctype.service_holiday_list.service_holiday_list import HolidayTwiceError
from aftersales.testing.factories import make_holiday_list


class TestServiceHolidayList(FrappeTestCase):
	def test_days_are_sorted(self):
		holidays = make_holiday_list("2026-10-02", "2026-10-01")
		self.assertEqual([str(row.holiday_date) for row in holidays.holidays], ["2026-10-01", "2026-10-02"])
		self.assertEqual([row.idx for row in holidays.holidays], [1, 2])

	def test_a_day_twice_is_refused(self):
		with self.assertRaisesRegex(HolidayTwiceError, "10"):
			make_holiday_list("2026-10-01", "2026-10-01")

	def test_hours_of_a_day_off_are_forgotten(self):
		day = {"holiday_date": "2026-10-01", "works_like": "Monday"}
		self.assertIsNone(make_holiday_list(holidays=[day]).holidays[0].works_like)
