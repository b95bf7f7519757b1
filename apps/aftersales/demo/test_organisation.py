from unittest import TestCase

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import getdate

from aftersales.demo import base, organisation, outlets


class TestHolidays(TestCase):
	def test_announced_year(self):
		days = organisation.holidays_of(2026, base.read("organisation"))
		self.assertEqual(len({str(day["holiday_date"]) for day in days}), len(days))
		work = [getdate(day["holiday_date"]) for day in days if day.get("is_workday")]
		self.assertEqual(len(work), 6)
		self.assertTrue(all(day.weekday() >= 5 for day in work))

	def test_year_that_is_not_known(self):
		days = [day["holiday_date"] for day in organisation.holidays_of(2040, base.read("organisation"))]
		self.assertIn("2040-10-01", days)


class TestDemoOrganisation(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		base.make_users()
		base.make_masters()
		organisation.load()
		outlets.load()

	@classmethod
	def tearDownClass(cls):
		super().tearDownClass()
		frappe.clear_cache()

	def test_every_demo_user_but_the_bridge_is_staff(self):
		users = {row["email"] for row in base.read("users")} - {"bridge@aftersales.example"}
		self.assertEqual(users - set(frappe.get_all("Service Staff", pluck="name")), set())

	def test_departments_have_heads(self):
		for row in base.read("organisation")["departments"]:
			head = frappe.db.get_value("Service Department", row["department_name"], "head")
			self.assertTrue(head, row["department_name"])

	def test_twice_is_once(self):
		doctypes = ("Service Staff", "Service Department", "Service Holiday List", "Service Level")
		counts = [frappe.db.count(doctype) for doctype in doctypes]
		organisation.load()
		self.assertEqual([frappe.db.count(doctype) for doctype in doctypes], counts)
