import frappe
from frappe.client import set_value
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.work.groups import (
	DoubleMemberError,
	NotOwnPeopleError,
	UntrainedError,
)
from aftersales.testing import factories


class TestAgentGroup(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.leader = factories.user_with("Agent Team Leader")
		cls.other_leader = factories.user_with("Agent Team Leader", "Service Agent")
		cls.agent = factories.user_with("Service Agent")
		cls.stranger = factories.user_with("Service Agent", "Knowledge Manager")
		factories.put_below(cls.agent, cls.leader, trained_on=None)
		factories.put_below(cls.stranger)
		cls.group = factories.make_agent_group(cls.agent, leader=cls.leader).name

	def tearDown(self):
		frappe.set_user("Administrator")

	def make(self, *members, **fields):
		return frappe.get_doc(
			{
				"doctype": "Agent Group",
				"group_name": factories.unique("Group"),
				"task_kind": "Follow-up",
				"members": [{"user": user} for user in members],
				**fields,
			}
		).insert()

	def test_who_makes_a_group_leads_it(self):
		frappe.set_user(self.leader)
		group = self.make(self.agent, self.leader)
		self.assertEqual(group.leader, self.leader)
		self.assertEqual([row.full_name for row in group.members], [self.agent, self.leader])

	def test_the_leader_field_is_not_theirs(self):
		frappe.set_user(self.leader)
		group = self.make(leader=self.other_leader)
		self.assertEqual(group.leader, self.leader)
		set_value("Agent Group", group.name, "leader", self.other_leader)
		self.assertEqual(frappe.db.get_value("Agent Group", group.name, "leader"), self.leader)

	def test_only_own_people(self):
		frappe.set_user(self.leader)
		self.assertRaises(NotOwnPeopleError, self.make, self.stranger)

	def test_a_manager_chooses_freely(self):
		frappe.set_user(factories.user_with("Service Manager"))
		self.assertEqual(self.make(self.stranger, leader=self.leader).leader, self.leader)

	def test_another_leaders_group(self):
		frappe.set_user(self.other_leader)
		self.assertTrue(frappe.has_permission("Agent Group", "read", doc=self.group))
		self.assertRaises(frappe.PermissionError, set_value, "Agent Group", self.group, "disabled", 1)

	def test_an_agent_makes_no_group(self):
		frappe.set_user(self.agent)
		self.assertRaises(frappe.PermissionError, self.make)

	def test_twice(self):
		self.assertRaises(DoubleMemberError, self.make, self.agent, self.agent)

	def test_hotline_needs_training(self):
		"""S6.28: a specialist works on the hotline only after training."""
		self.assertRaises(UntrainedError, self.make, self.agent, task_kind="Hotline")
		self.assertRaises(UntrainedError, set_value, "Agent Group", self.group, "task_kind", "Hotline")
		# somebody without a staff record, and somebody whose training is still to come
		self.assertRaises(UntrainedError, self.make, self.leader + "x", task_kind="Hotline")
		frappe.db.set_value("Service Staff", self.agent, "trained_on", frappe.utils.add_days(None, 1))
		self.assertRaises(UntrainedError, self.make, self.agent, task_kind="Hotline")
		frappe.db.set_value("Service Staff", self.agent, "trained_on", frappe.utils.today())
		self.make(self.agent, task_kind="Hotline")
		frappe.db.set_value("Service Staff", self.agent, "trained_on", None)

	def test_a_group_that_was_taken_over(self):
		"""Who does not lead the group any more cannot go on changing it."""
		frappe.set_user(self.leader)
		group = self.make(self.agent)
		frappe.db.set_value("Agent Group", group.name, "leader", self.other_leader)
		group.reload()
		self.assertRaises(frappe.PermissionError, group.save)
