import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales import organisation
from aftersales.aftersales.doctype.service_staff.service_staff import ReportsToCycleError
from aftersales.testing import factories


class OrganisationTestCase(FrappeTestCase):
	"""agent, colleague -> leader -> (nobody named; head of Quality) ; Quality belongs to the Company with its boss."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		names = (
			"Service Agent",
			"Case Handler",
			"Agent Team Leader",
			"Department Head",
			"Service Manager",
			"General Manager",
		)
		cls.agent, cls.colleague, cls.leader, cls.head, cls.deputy, cls.boss = map(factories.user_with, names)
		cls.company = factories.make_department(head=cls.boss, is_group=1).name
		cls.quality = factories.make_department(
			head=cls.head, deputy=cls.deputy, parent_service_department=cls.company
		).name
		for user, above, department in (
			(cls.boss, None, cls.company),
			(cls.head, None, cls.quality),
			(cls.leader, None, cls.quality),
			(cls.agent, cls.leader, cls.quality),
			(cls.colleague, cls.leader, cls.quality),
		):
			factories.make_staff(user, reports_to=above, department=department)

	def setUp(self):
		frappe.db.savepoint("organisation_test")

	def tearDown(self):
		frappe.db.rollback(save_point="organisation_test")

	def leave(self, *users: str):
		for user in users:
			frappe.db.set_value("User", user, "enabled", 0)


class TestSuperior(OrganisationTestCase):
	def test_who_one_reports_to_then_the_head_then_the_department_above(self):
		self.assertEqual(organisation.superior_of(self.agent), self.leader)
		self.assertEqual(organisation.superior_of(self.leader), self.head)
		self.assertEqual(organisation.superior_of(self.head), self.boss)
		self.assertIsNone(organisation.superior_of(self.boss))

	def test_who_left_is_passed_over(self):
		self.leave(self.leader)
		self.assertEqual(organisation.superior_of(self.agent), self.head)
		self.leave(self.head)
		self.assertEqual(organisation.superior_of(self.agent), self.deputy)
		self.leave(self.deputy)
		self.assertEqual(organisation.superior_of(self.agent), self.boss)
		self.leave(self.boss)
		self.assertIsNone(organisation.superior_of(self.agent))

	def test_deputy_is_no_superior_of_the_head(self):
		self.leave(self.boss)
		self.assertIsNone(organisation.superior_of(self.head))

	def test_a_circle_in_old_data_ends(self):
		frappe.db.set_value("Service Staff", self.leader, "reports_to", self.agent)
		self.leave(self.leader)
		self.assertEqual(organisation.superior_of(self.agent), self.head)
		organisation.subordinates_of(self.agent)

	def test_unknown_people(self):
		self.assertIsNone(organisation.superior_of(None))
		self.assertIsNone(organisation.superior_of("Guest"))
		self.assertIsNone(organisation.department_of("Guest"))
		self.assertEqual(organisation.subordinates_of("Guest"), set())


class TestBelow(OrganisationTestCase):
	def test_subordinates(self):
		self.assertEqual(organisation.subordinates_of(self.leader), {self.agent, self.colleague})
		self.assertEqual(organisation.subordinates_of(self.head, deep=False), {self.leader})
		self.assertEqual(organisation.subordinates_of(self.head), {self.leader, self.agent, self.colleague})
		self.assertEqual(
			organisation.subordinates_of(self.boss), {self.head, self.leader, self.agent, self.colleague}
		)
		self.assertEqual(organisation.subordinates_of(self.agent), set())


class TestHead(OrganisationTestCase):
	def test_deputy_then_the_department_above(self):
		self.assertEqual(organisation.head_of(self.quality), self.head)
		self.leave(self.head)
		self.assertEqual(organisation.head_of(self.quality), self.deputy)
		self.leave(self.deputy)
		self.assertEqual(organisation.head_of(self.quality), self.boss)

	def test_none(self):
		self.assertIsNone(organisation.head_of(factories.make_department().name))
		self.assertIsNone(organisation.head_of(None))
		self.assertIsNone(organisation.head_of("no such department"))


class TestAvailable(OrganisationTestCase):
	def test_account_and_staff_record_count(self):
		self.assertTrue(organisation.is_available(self.agent))
		self.assertTrue(organisation.is_available(self.deputy))  # no staff record
		for values in ({"enabled": 0}, {"left_on": frappe.utils.today()}):
			frappe.db.set_value("Service Staff", self.agent, values)
			self.assertFalse(organisation.is_available(self.agent), values)
		frappe.db.set_value(
			"Service Staff", self.agent, {"enabled": 1, "left_on": frappe.utils.add_days(None, 1)}
		)
		self.assertTrue(organisation.is_available(self.agent))
		self.leave(self.agent)
		self.assertFalse(organisation.is_available(self.agent))
		self.assertFalse(organisation.is_available(None))
		self.assertFalse(organisation.is_available("nobody@test.example"))


class TestCircle(OrganisationTestCase):
	def test_nobody_is_their_own_superior(self):
		leader = frappe.get_doc("Service Staff", self.leader)
		leader.reports_to = self.agent
		with self.assertRaisesRegex(ReportsToCycleError, "→"):
			leader.save()
		leader.reload()
		leader.reports_to = self.leader
		self.assertRaises(ReportsToCycleError, leader.save)

	def test_whole_organisation_in_three_statements(self):
		organisation.superior_of(self.agent)  # what Frappe looks up of DocTypes once
		with self.assertQueryCount(3):
			organisation.subordinates_of(self.boss)
