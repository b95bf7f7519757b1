from datetime import datetime

import frappe
from frappe.client import set_value
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.doctype.shift.shift import (
	ShiftMemberError,
	ShiftOverlapError,
	ShiftPeriodError,
)
from aftersales.aftersales.work import shifts
from aftersales.aftersales.work.groups import NotLeaderError, UntrainedError
from aftersales.testing import factories

MONDAY = "2026-06-01"


class ShiftTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.leader = factories.user_with("Agent Team Leader")
		cls.one = factories.user_with("Service Agent")
		cls.two = factories.user_with("Service Agent", "Knowledge Manager")
		for user in (cls.one, cls.two):
			factories.put_below(user, cls.leader)
		cls.group = factories.make_agent_group(cls.one, cls.two, leader=cls.leader, task_kind="Hotline").name

	def setUp(self):
		# what one test plans is in nobody's way in the next
		frappe.db.savepoint("before_test")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")

	def make(self, *members, **fields):
		return frappe.get_doc(
			{
				"doctype": "Shift",
				"shift_name": "Early",
				"agent_group": self.group,
				"from_date": MONDAY,
				"from_time": "08:00:00",
				"to_time": "16:00:00",
				"members": [{"user": user} for user in members or (self.one,)],
				**fields,
			}
		).insert()


class TestShift(ShiftTestCase):
	def test_a_leader_plans_their_group(self):
		frappe.set_user(self.leader)
		shift = self.make(self.one, self.two)
		self.assertEqual([row.full_name for row in shift.members], [self.one, self.two])
		self.assertEqual((shift.monday, shift.sunday), (1, 0))

	def test_nobody_elses_group(self):
		shift = self.make()
		frappe.set_user(factories.user_with("Agent Team Leader", "Service Agent"))
		self.assertRaises(NotLeaderError, self.make, from_date="2027-01-01")
		self.assertRaises(frappe.PermissionError, set_value, "Shift", shift.name, "disabled", 1)
		frappe.set_user(self.one)
		self.assertRaises(frappe.PermissionError, self.make, from_date="2027-01-01")

	def test_a_shift_is_not_moved_into_the_own_group(self):
		"""The stored group decides who may change a shift."""
		shift = self.make()
		other = factories.user_with("Agent Team Leader", "Service Agent")
		own = factories.make_agent_group(self.one, leader=other).name
		frappe.set_user(other)
		self.assertRaises(frappe.PermissionError, set_value, "Shift", shift.name, "agent_group", own)

	def test_members_of_the_group_only(self):
		self.assertRaises(ShiftMemberError, self.make, self.leader)

	def test_hotline_needs_training(self):
		frappe.db.set_value("Service Staff", self.one, "trained_on", None)
		self.assertRaises(UntrainedError, self.make)

	def test_a_shift_that_never_takes_place(self):
		self.assertRaises(ShiftPeriodError, self.make, to_date="2026-05-31")
		self.assertRaises(ShiftPeriodError, self.make, to_date=MONDAY, monday=0)
		weekdays = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), 0)
		self.assertRaises(ShiftPeriodError, self.make, **weekdays)

	def test_two_shifts_at_once(self):
		self.make()
		self.assertRaises(ShiftOverlapError, self.make, from_time="15:59:00", to_time="20:00:00")
		self.make(self.two)  # somebody else
		self.make(from_time="16:00:00", to_time="22:00:00")  # after it
		self.make(self.one, monday=0, tuesday=0, wednesday=0, thursday=0, friday=0, saturday=1)

	def test_over_midnight(self):
		self.make(from_time="22:00:00", to_time="06:00:00", to_date=MONDAY)
		error = ShiftOverlapError
		self.assertRaises(error, self.make, from_date="2026-06-02", from_time="05:00:00", to_time="08:00:00")
		self.make(from_date="2026-06-02", from_time="06:00:00", to_time="08:00:00")

	def test_shifts_of_two_groups_collide(self):
		self.make()
		other = factories.make_agent_group(self.one).name
		self.assertRaises(ShiftOverlapError, self.make, agent_group=other)

	def test_a_disabled_shift_is_in_nobodys_way_until_it_is_enabled(self):
		shift = self.make(disabled=1)
		self.make()
		self.assertRaises(ShiftOverlapError, set_value, "Shift", shift.name, "disabled", 0)


class TestOnDuty(ShiftTestCase):
	def test_who_is_on_duty(self):
		self.make(self.one)
		self.make(self.two, from_time="22:00:00", to_time="06:00:00")

		def on_duty(at, **of):
			return set(shifts.on_duty(datetime.fromisoformat(at), **of)) & {self.one, self.two}

		self.assertEqual(on_duty("2026-06-01 08:00"), {self.one})
		self.assertEqual(on_duty("2026-06-01 16:00"), set())
		self.assertEqual(on_duty("2026-06-02 05:59"), {self.two})
		self.assertEqual(on_duty("2026-06-02 09:00", task_kind="Hotline"), {self.one})
		self.assertEqual(on_duty("2026-06-02 09:00", task_kind="Survey"), set())
		self.assertEqual(on_duty("2026-06-02 09:00", group=self.group), {self.one})
		frappe.db.set_value("User", self.one, "enabled", 0)
		self.assertEqual(on_duty("2026-06-02 09:00"), set())

	def test_one_statement(self):
		self.make(self.one, self.two)
		with self.assertQueryCount(1):
			shifts.on_duty(datetime(2026, 6, 1, 9))

	def test_people_see_who_and_until_when(self):
		self.make(self.one, from_time="22:00:00", to_time="06:00:00", to_date=MONDAY)
		frappe.set_user(self.two)
		rows = shifts.who_is_on_duty("2026-06-02 01:00:00")
		mine = [row for row in rows if row["user"] == self.one]
		self.assertEqual(mine[0]["until"], datetime(2026, 6, 2, 6))
		for user in ("Guest", factories.user_with("Sales Office")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, shifts.who_is_on_duty)

	def test_calendar(self):
		shift = self.make(self.one, from_time="22:00:00", to_time="06:00:00", to_date="2026-06-03")
		frappe.set_user(self.two)
		events = [row for row in shifts.get_events("2026-05-31", "2026-07-05") if row["name"] == shift.name]
		self.assertEqual(len(events), 3)
		self.assertEqual(
			(events[0]["start"], events[0]["end"]), (datetime(2026, 6, 1, 22), datetime(2026, 6, 2, 6))
		)
		self.assertIn(self.one, events[0]["title"])
		self.assertEqual(
			shifts.get_events("2026-06-01", "2026-06-30", [["Shift", "agent_group", "=", "none"]]), []
		)

	def test_calendar_is_for_those_who_read_shifts(self):
		for user in ("Guest", factories.user_with("Sales Office")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, shifts.get_events, MONDAY, MONDAY)
