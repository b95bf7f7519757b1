import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.customer_file import overview
from aftersales.aftersales.report.possible_duplicate_customers.possible_duplicate_customers import execute
from aftersales.demo import base, customers

COUNTED = ("Service Customer", "Comment", "Service Customer Group", "Gender")


class TestDemoCustomers(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		base.load()
		customers.load()

	@classmethod
	def tearDownClass(cls):
		super().tearDownClass()
		frappe.clear_cache()

	def test_second_load_makes_nothing(self):
		before = {doctype: frappe.db.count(doctype) for doctype in COUNTED}
		customers.load()
		self.assertEqual({doctype: frappe.db.count(doctype) for doctype in COUNTED}, before)

	def test_one_file_shows_everything(self):
		page = overview(base.customer_called("张三"))
		self.assertEqual(page["head"]["report_type"], "Standard Report")
		self.assertGreater(page["head"]["profile_score"], 90)
		self.assertTrue(page["vip"]["benefits"])
		self.assertEqual(len(page["groups"]), 3)
		self.assertTrue(page["people"][0]["extra"])

	def test_one_has_spent_enough_for_the_next_level(self):
		self.assertEqual(overview(base.customer_called("李四"))["next_level"].name, "Gold")

	def test_one_was_entered_twice(self):
		_columns, rows = execute({})
		self.assertLessEqual({"谢军", "谢 军"}, {row["customer_name"] for row in rows})
