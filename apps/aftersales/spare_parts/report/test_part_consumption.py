"""Part Consumption Analysis (Q30): quantities by step, compared, and classed by what they cost."""

import frappe
from frappe.desk.query_report import run
from frappe.tests.utils import FrappeTestCase

from aftersales.spare_parts.report.part_consumption_analysis import part_consumption_analysis as analysis
from aftersales.testing.factories import user_with
from aftersales.testing.parts import make_part_category, make_part_warehouse, make_spare_part, want

FILTERS = {"from_date": "2003-03-01", "to_date": "2003-04-30", "unit": "Month"}


class TestPartConsumption(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.category = make_part_category().name
		cls.often, cls.rare = (make_spare_part(part_category=cls.category).name for _n in range(2))
		cls.warehouse = make_part_warehouse().name
		for part, qty, day in (
			(cls.often, 2, "2002-04-30"),  # a year ago
			(cls.often, 1, "2003-01-01"),  # the period before
			(cls.often, 4, "2003-03-01"),
			(cls.often, 16, "2003-04-30"),
			(cls.rare, 1, "2003-04-10"),
			(cls.rare, 7, "2003-05-01"),
		):
			want(part, cls.warehouse, qty, day)

	def setUp(self):
		self.addCleanup(frappe.set_user, "Administrator")

	def rows(self, **filters) -> dict:
		found = analysis.execute({**FILTERS, "part_category": self.category, **filters})[1]
		return {row["spare_part"]: row for row in found}

	def test_by_month_and_compared(self):
		rows = self.rows()
		self.assertEqual(list(rows), [self.often, self.rare])
		often, rare = rows[self.often], rows[self.rare]
		self.assertEqual((often["step_20030301"], often["step_20030401"]), (4, 16))
		self.assertEqual((often["qty"], often["average"], often["value"]), (20, 10, 100))
		self.assertEqual((often["before"], often["change"], often["year_ago"]), (1, 1900, 2))
		self.assertEqual((rare["qty"], rare["before"], rare["change"]), (1, 0, None))
		self.assertEqual((often["class_of"], rare["class_of"]), ("A", "C"))
		self.assertEqual((often["share"], rare["share"]), (95.2, 4.8))

	def test_what_was_taken_back_counts_no_more(self):
		frappe.db.savepoint("back")
		self.addCleanup(frappe.db.rollback, save_point="back")
		slip = want(self.often, self.warehouse, 5, "2003-03-15")
		self.assertEqual(self.rows()[self.often]["qty"], 25)
		frappe.get_doc("Part Stock Entry", slip).cancel()
		self.assertEqual(self.rows()[self.often]["qty"], 20)

	def test_other_steps_and_filters(self):
		self.assertEqual(self.rows(unit="Quarter")[self.often]["step_20030101"], 4)
		self.assertEqual(list(self.rows(spare_part=self.rare)), [self.rare])
		self.assertEqual(self.rows(warehouse=make_part_warehouse().name), {})
		with self.assertRaises(analysis.TooManyStepsError):
			self.rows(unit="Day")

	def test_statements(self):
		self.rows()
		with self.assertQueryCount(7):  # three periods, names, and the category's place in the tree
			self.rows()

	def test_who_may(self):
		for user in ("Guest", user_with("Aftersales Customer"), user_with("Case Handler")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, run, "Part Consumption Analysis", FILTERS)
