import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.report.work_hours.work_hours import execute
from aftersales.testing import factories
from aftersales.utils.report import PeriodError


class TestWorkHours(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.one = factories.user_with("Service Technician")
		cls.two = factories.user_with("Service Technician", "Service Agent")
		cls.method = factories.make_solution_method().name
		for engineer, day, minutes in (
			(cls.one, "2021-03-01", 30),
			(cls.one, "2021-03-31", 60),
			(cls.one, "2021-04-01", 45),
			(cls.two, "2021-03-15", None),
		):
			factories.make_work_record(
				engineer=engineer, work_date=day, minutes=minutes, solution_method=cls.method
			)

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, **filters):
		period = {"from_date": "2021-03-01", "to_date": "2021-04-30"}
		return [
			(row["engineer"], row["value"], row["records"], row["hours"])
			for row in execute(period | filters)[1]
		]

	def test_hours_per_engineer_and_month(self):
		self.assertCountEqual(
			self.rows(),
			[(self.one, "2021-03", 2, 1.5), (self.one, "2021-04", 1, 0.75), (self.two, "2021-03", 1, 0)],
		)

	def test_first_and_last_day_count(self):
		self.assertEqual(self.rows(to_date="2021-03-31", engineer=self.one), [(self.one, "2021-03", 2, 1.5)])

	def test_by_method(self):
		self.assertEqual(
			self.rows(group_by="Solution Method", engineer=self.one), [(self.one, self.method, 3, 2.25)]
		)

	def test_period(self):
		self.assertRaises(PeriodError, execute, {})
		self.assertRaises(PeriodError, execute, {"from_date": "2021-03-02", "to_date": "2021-03-01"})

	def test_rights(self):
		frappe.set_user(self.one)
		self.assertTrue(
			run(
				"Work Hours",
				{"from_date": "2021-03-01", "to_date": "2021-04-30"},
				ignore_prepared_report=True,
			)["result"]
		)
		frappe.set_user(factories.user_with("Shop Staff"))
		self.assertRaises(frappe.PermissionError, run, "Work Hours", {})
		self.assertRaises(frappe.PermissionError, self.rows)
