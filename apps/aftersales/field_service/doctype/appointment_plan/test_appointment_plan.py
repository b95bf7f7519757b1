from datetime import date, timedelta

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service import appointment_windows
from aftersales.field_service.appointment_windows import free_windows, is_bookable, windows_between
from aftersales.field_service.doctype.appointment_plan.appointment_plan import (
	PlanPeriodError,
	PlanWindowError,
)
from aftersales.testing import factories
from aftersales.testing.appointments import day_ahead, make_appointment_plan, make_service_appointment

MONDAY = date(2030, 4, 1)
NINE, ELEVEN, TWO = 9 * 3600, 11 * 3600, 14 * 3600


def row(weekday, start, end, places=1):
	return {"weekday": weekday, "from_time": start, "to_time": end, "places": places}


class TestAppointmentPlan(FrappeTestCase):
	def test_windows_that_contradict_each_other(self):
		for windows in (
			[row("Monday", "09:00", "09:00")],
			[row("Monday", "11:00", "09:00")],
			[row("Monday", "09:00", "11:00", 0)],
			[row("Monday", "09:00", "11:00"), row("Monday", "10:59", "12:00")],
			[row("Monday to Friday", "09:00", "11:00"), row("Every Day", "08:00", "18:00")],
		):
			with self.assertRaises(PlanWindowError):
				make_appointment_plan(windows=windows)

	def test_windows_may_touch_and_lie_on_other_days(self):
		make_appointment_plan(
			windows=[
				row("Monday", "09:00", "11:00"),
				row("Monday", "11:00", "12:00"),
				row("Tuesday", "09:00", "11:00"),
			]
		)

	def test_last_day_before_first_day(self):
		with self.assertRaises(PlanPeriodError):
			make_appointment_plan(valid_from="2030-04-02", valid_to="2030-04-01")

	def test_weekdays_period_and_holidays(self):
		holidays = factories.make_holiday_list("2030-04-03")
		holidays.append("holidays", {"holiday_date": "2030-04-06", "is_workday": 1, "works_like": "Tuesday"})
		holidays.append("holidays", {"holiday_date": "2030-04-07", "is_workday": 1})
		holidays.save()
		plan = make_appointment_plan(
			holiday_list=holidays.name,
			valid_from="2030-04-02",
			windows=[row("Monday to Friday", "09:00", "11:00"), row("Tuesday", "14:00", "15:00", 3)],
		)
		found = windows_between(plan, MONDAY, MONDAY + timedelta(days=6))
		self.assertEqual(
			[(window.day.day, window.start, window.places) for window in found],
			[(2, NINE, 1), (2, TWO, 3), (4, NINE, 1), (5, NINE, 1), (6, NINE, 1), (6, TWO, 3), (7, NINE, 1)],
		)

	def test_places_that_are_taken(self):
		plan, day = make_appointment_plan(), day_ahead()
		make_service_appointment(plan=plan.name)
		cancelled = make_service_appointment(plan=plan.name)
		cancelled.db_set("stage", "Cancelled")
		make_service_appointment()  # without a plan
		found = free_windows(plan, day, day)
		self.assertEqual([(window.places, window.free) for window in found], [(2, 1), (1, 1)])

	def test_appointments_count_after_the_windows_were_changed(self):
		plan, day = make_appointment_plan(), day_ahead()
		make_service_appointment(plan=plan.name)
		plan.windows = []
		plan.append("windows", row("Every Day", "10:00", "12:00", 2))
		plan.save()
		self.assertEqual([window.free for window in free_windows(plan, day, day)], [1])

	def test_free_windows_cost_one_statement_however_many_days(self):
		plan = make_appointment_plan()
		free_windows(plan, day_ahead(1), day_ahead(2))
		with self.assertQueryCount(1):
			free_windows(plan, day_ahead(1), day_ahead(30))

	def test_counting_reads_the_index_alone(self):
		plan = make_appointment_plan()
		explained = frappe.db.sql(
			"""explain select appointment_date, from_time, to_time, count(*)
			from `tabService Appointment` force index (places_index)
			where plan = %s and appointment_date between %s and %s and stage <> 'Cancelled' and name <> ''
			group by appointment_date, from_time, to_time""",
			(plan.name, day_ahead(1), day_ahead(30)),
			as_dict=True,
		)[0]
		self.assertEqual(explained.key, "places_index")
		self.assertIn("Using index", explained.Extra)

	def test_what_customers_may_book(self):
		plan = make_appointment_plan(lead_hours=24, days_ahead=10)
		window = windows_between(plan, MONDAY, MONDAY)[0]
		for before, expected in (
			(timedelta(hours=24), True),
			(timedelta(hours=23, minutes=59), False),
			(timedelta(days=10), True),
			(timedelta(days=11), False),
			(timedelta(0), False),
		):
			self.assertEqual(is_bookable(plan, window, window.begins - before), expected, before)

	def test_how_late_customers_may_change(self):
		plan = make_appointment_plan(change_hours=2)
		begins = windows_between(plan, MONDAY, MONDAY)[0].begins
		self.assertTrue(appointment_windows.may_still_change(plan, begins, begins - timedelta(hours=3)))
		self.assertFalse(appointment_windows.may_still_change(plan, begins, begins - timedelta(hours=2)))

	def test_who_changes_plans(self):
		for role, may in (
			("Service Manager", True),
			("Shop Manager", True),
			("Service Agent", False),
			("Aftersales Customer", False),
		):
			frappe.set_user(factories.user_with(role))
			self.assertEqual(bool(frappe.has_permission("Appointment Plan", "write")), may, role)
		frappe.set_user("Administrator")
