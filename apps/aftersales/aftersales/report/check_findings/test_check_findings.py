import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.aftersales.report.check_findings.check_findings import execute
from aftersales.testing import factories
from aftersales.utils.report import PeriodError


class TestCheckFindings(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.anna = factories.user_with("Service Agent", "Knowledge Manager")
		cls.bob = factories.user_with("Service Agent")
		cls.right, cls.polite = factories.unique("Right"), factories.unique("Polite")
		cls.plan = factories.make_check_plan().name
		for person, right, polite in (
			(cls.anna, "OK", "OK"),
			(cls.anna, "Not OK", "Not applicable"),
			(cls.bob, "OK", "Not OK"),
		):
			check = factories.make_check_record(
				plan=cls.plan,
				checked_person=person,
				information_right="Yes",
				originals_complete="Yes",
				findings=[
					{"criterion": cls.right, "finding": right, "remark": "x"},
					{"criterion": cls.polite, "finding": polite, "remark": "x"},
				],
			)
			factories.act(check, "Complete Check")
		cls.open = factories.make_check_record(
			plan=cls.plan, checked_person=cls.bob, findings=[{"criterion": cls.right, "finding": "Not OK"}]
		)

	def tearDown(self):
		frappe.set_user("Administrator")

	def rows(self, **filters):
		return execute({"from_date": today(), "to_date": today(), "plan": self.plan, **filters})[1]

	def table(self, **filters):
		return {
			(row["person"], row["criterion"]): (
				row["fine"],
				row["wrong"],
				row["not_applicable"],
				row["share"],
			)
			for row in self.rows(**filters)
		}

	def test_by_person_and_criterion(self):
		self.assertEqual(
			self.table(),
			{
				(self.anna, self.right): (1, 1, 0, 50),
				(self.anna, self.polite): (1, 0, 1, 100),
				(self.bob, self.right): (1, 0, 0, 100),
				(self.bob, self.polite): (0, 1, 0, 0),
			},
		)

	def test_by_one_of_them(self):
		self.assertEqual(
			self.table(group_by="Person"),
			{(self.anna, ""): (2, 1, 1, 66.7), (self.bob, ""): (1, 1, 0, 50)},
		)
		self.assertEqual(
			self.table(group_by="Criterion"),
			{("", self.right): (2, 1, 0, 66.7), ("", self.polite): (1, 1, 1, 50)},
		)
		self.assertEqual(
			set(self.table(checked_person=self.bob)), {(self.bob, self.right), (self.bob, self.polite)}
		)

	def test_period(self):
		self.assertEqual(self.rows(from_date=add_days(today(), -9), to_date=add_days(today(), -1)), [])
		for wrong in ({"from_date": None}, {"to_date": None}, {"from_date": "2999-01-01"}):
			self.assertRaises(PeriodError, self.rows, **wrong)

	def test_two_statements(self):
		self.rows()
		with self.assertQueryCount(2):
			self.rows()

	def test_others_see_their_own_findings_only(self):
		frappe.set_user(self.bob)
		self.assertEqual({row["person"] for row in self.rows()}, {self.bob})
