import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.aftersales.follow_ups import plan_follow_up
from aftersales.aftersales.work.follow_up_tasks import ArrangementError, arrange, preview
from aftersales.aftersales.work.groups import NotLeaderError
from aftersales.testing import factories

WEEKDAYS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)


class TestFollowUpTasks(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.delete("Follow-up")  # comes back when the class is over
		cls.leader = factories.user_with("Agent Team Leader", "Service Agent")
		cls.one = factories.user_with("Service Agent")
		cls.two = factories.user_with("Service Agent", "Case Handler")
		cls.group = factories.make_agent_group(
			cls.one, cls.two, leader=cls.leader, task_kind="Follow-up"
		).name
		customer = factories.make_customer().name
		cls.calls = [
			plan_follow_up(customer, None, None, add_days(today(), day), "How is it?", user=cls.leader)
			for day in range(10)
		]
		factories.make_shift(cls.one, agent_group=cls.group, from_date=today(), to_date=today(), **WEEKDAYS)

	def setUp(self):
		frappe.db.savepoint("before_test")
		frappe.set_user(self.leader)

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")

	def test_a_sample_for_all_members(self):
		plan = preview(self.group, "Count", 4, "May", all_members=1)
		self.assertEqual((plan["population"], len(plan["sample"])), (10, 4))
		self.assertEqual([row["share"] for row in plan["shares"]], [2, 2])
		again = preview(self.group, "Count", 4, "May", all_members=1)
		self.assertEqual(again["sample"], plan["sample"])
		names = [row["name"] for row in plan["sample"]]
		given = arrange(self.group, frappe.as_json(names), all_members=1)
		self.assertEqual(given, {self.one: 2, self.two: 2})
		rest = preview(self.group, "All", only_unassigned=1, all_members=1)
		self.assertEqual(rest["population"], 6)

	def test_only_who_is_on_shift(self):
		plan = preview(self.group)
		self.assertEqual([(row["user"], row["share"]) for row in plan["shares"]], [(self.one, 10)])
		self.assertRaises(ArrangementError, preview, self.group, on_date=add_days(today(), 1))

	def test_due_until(self):
		self.assertEqual(preview(self.group, due_until=add_days(today(), 2))["population"], 3)

	def test_impossible_samples(self):
		self.assertRaises(ArrangementError, preview, self.group, "Percentage", 101)
		self.assertRaises(ArrangementError, preview, self.group, "Every Nth", 0)
		self.assertRaises(ArrangementError, preview, self.group, "By Feeling")
		self.assertRaises(ArrangementError, arrange, self.group, "[]")
		self.assertRaises(ArrangementError, arrange, self.group, '{"a": 1}')

	def test_rights(self):
		for user, error in (
			("Guest", frappe.PermissionError),
			(factories.user_with("General Manager"), frappe.PermissionError),
			(self.one, NotLeaderError),
			(factories.user_with("Agent Team Leader"), frappe.PermissionError),
		):
			with self.subTest(user=user):
				frappe.set_user(user)
				self.assertRaises(error, preview, self.group)
				self.assertRaises(error, arrange, self.group, self.calls)
