import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service import appointments
from aftersales.field_service.report.appointments_by_day_and_window import (
	appointments_by_day_and_window as report,
)
from aftersales.testing import factories
from aftersales.testing.appointments import day_ahead, make_appointment_plan, make_service_appointment
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.utils.report import PeriodError


class TestAppointmentsByDayAndWindow(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.plan = make_appointment_plan()
		cls.outlet = make_service_outlet()
		plan = {"plan": cls.plan.name}
		make_service_appointment(**plan, channel="Telephone")
		cls.cancelled = make_service_appointment(**plan)
		appointments.cancel(cls.cancelled.name, "x")
		make_service_appointment(**plan, outlet=cls.outlet.name)
		done = make_service_appointment(**plan, appointment_date=day_ahead(4), from_time="14:00:00")
		for action in ("Confirm", "Finish"):
			factories.act(done, action)
			done.reload()
		moved = make_service_appointment(**plan, appointment_date=day_ahead(5))
		appointments.move(moved.name, str(day_ahead(4)), "09:00")
		make_service_appointment(**plan, appointment_date=day_ahead(20))

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, **filters):
		values = {"from_date": day_ahead(3), "to_date": day_ahead(5), "plan": self.plan.name, **filters}
		return report.execute(values)[1]

	def test_by_day_and_window_with_those_that_nobody_asked_for(self):
		rows = self.rows()
		self.assertEqual(
			[
				(row["value"], row["window"], row["made"], row["cancelled"], row["places"], row["load"])
				for row in rows[:-1]
			],
			[
				(day_ahead(3), "09:00–11:00", 3, 1, 2, 100),
				(day_ahead(3), "14:00–16:00", 0, 0, 1, 0),
				(day_ahead(4), "09:00–11:00", 1, 0, 2, 50),
				(day_ahead(4), "14:00–16:00", 1, 0, 1, 100),
				(day_ahead(5), "09:00–11:00", 0, 0, 2, 0),
				(day_ahead(5), "14:00–16:00", 0, 0, 1, 0),
			],
		)
		total = rows[-1]
		self.assertEqual(
			[total[field] for field in ("made", "ahead", "done", "cancelled", "moved", "places")],
			[5, 3, 1, 1, 1, 9],
		)

	def test_other_groups(self):
		found = {row["value"]: row["made"] for row in self.rows(group_by="Channel")[:-1]}
		self.assertEqual(found, {"Telephone": 1, "Desk": 4})
		self.assertEqual([row["made"] for row in self.rows(group_by="Kind")], [5])
		found = {row["value"]: row["made"] for row in self.rows(group_by="Outlet")[:-1]}
		self.assertEqual(found[self.outlet.name], 1)
		weekdays = self.rows(group_by="Weekday and Window")[:-1]
		self.assertEqual(len(weekdays), 6)
		self.assertEqual(sum(row["made"] for row in weekdays), 5)

	def test_periods(self):
		for dates in (
			{"from_date": None},
			{"to_date": day_ahead(1)},
			{"from_date": "2020-01-01", "to_date": "2030-01-01"},
		):
			with self.assertRaises(PeriodError):
				self.rows(**dates)

	def test_people_of_an_outlet_count_that_outlets(self):
		frappe.set_user(staff_of(self.outlet.name, "Service Centre Staff"))
		self.assertEqual(self.rows()[-1]["made"], 1)
		frappe.set_user(factories.user_with("Knowledge Manager"))
		with self.assertRaises(frappe.PermissionError):
			self.rows()

	def test_one_statement_for_all_counts(self):
		filters = {"from_date": day_ahead(3), "to_date": day_ahead(30)}
		report.count(filters, report.DAY)
		with self.assertQueryCount(1):
			report.count(filters, report.DAY)
