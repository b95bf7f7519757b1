from datetime import datetime, timedelta
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import cint, now_datetime

from aftersales.telephony import routing
from aftersales.telephony.doctype.phone_line.phone_line import AgentWithoutAccessError, RingStepError
from aftersales.testing.factories import (
	make_agent_group,
	make_call_event,
	make_phone_line,
	make_working_time,
	user_with,
)

MONDAY = datetime(2026, 11, 23, 10, 0)
SUNDAY = datetime(2026, 11, 22, 10, 0)
DAY_TIME = ("Monday to Friday", "08:00:00", "18:00:00")


def line_with(*people, **fields):
	"""A line as `read_line` returns it; people as (user, seconds) or (user, seconds, state)."""
	rows = [
		frappe._dict(user=user, after_seconds=seconds, outside=0, **(state[0] if state else {}))
		for user, seconds, *state in people
	]
	return frappe._dict({"enabled": 1, "people": rows, **fields})


def told(line, at=MONDAY, now=None):
	return [(target.user, target.after_seconds, target.quiet) for target in routing.targets(line, at, now)]


class TestTargets(FrappeTestCase):
	def test_agents_at_once_and_steps_later(self):
		line = line_with(("c", 40), ("a", 0), ("b", 20), ("a", 20))
		self.assertEqual(told(line), [("a", 0, False), ("b", 20, False), ("c", 40, False)])

	def test_a_disabled_line_rings_for_nobody(self):
		self.assertEqual(told(line_with(("a", 0), enabled=0)), [])
		self.assertEqual(told(line_with()), [])

	def test_nobody_waits_for_those_who_take_no_calls(self):
		quiet = {"do_not_disturb": 1}
		line = line_with(("a", 0, quiet), ("b", 20), ("c", 50))
		self.assertEqual(told(line), [("a", 0, True), ("b", 0, False), ("c", 30, False)])
		everybody = line_with(("a", 0, quiet), ("b", 20, quiet))
		self.assertEqual(told(everybody), [("a", 0, True), ("b", 20, True)])

	def test_a_line_may_begin_with_a_wait(self):
		"""A handset rings first, without anybody at a Desk."""
		self.assertEqual(told(line_with(("b", 10), ("c", 30))), [("b", 10, False), ("c", 30, False)])

	def test_do_not_disturb_ends(self):
		for until, quiet in ((None, True), (MONDAY + timedelta(seconds=1), True), (MONDAY, False)):
			line = line_with(("a", 0, {"do_not_disturb": 1, "until": until}))
			with self.subTest(until=until):
				self.assertEqual(told(line), [("a", 0, quiet)])
		line = line_with(("a", 0, {"do_not_disturb": 1, "until": MONDAY + timedelta(seconds=5)}))
		self.assertEqual(told(line, now=MONDAY + timedelta(seconds=6)), [("a", 0, False)])

	def test_outside_the_hours(self):
		hours = make_working_time(DAY_TIME).name
		duty = frappe._dict(user="d", after_seconds=0, outside=1)
		for outside_hours, on_sunday in (
			("Ring", [("a", 0, False)]),
			("Show to Nobody", []),
			("Ring Group", [("d", 0, False)]),
			(None, [("a", 0, False)]),
		):
			line = line_with(("a", 0), working_time=hours, outside_hours=outside_hours)
			line.people.append(duty)
			with self.subTest(outside_hours=outside_hours):
				self.assertEqual(told(line, SUNDAY), on_sunday)
				self.assertEqual(told(line, MONDAY), [("a", 0, False)])
				# What came in before the doors closed goes on ringing for those whom it rang for.
				closing = datetime(2026, 11, 23, 17, 59, 58)
				self.assertEqual(told(line, closing, closing + timedelta(seconds=30)), [("a", 0, False)])


class TestReading(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		agents = [user_with("Service Agent", account=f"routing-{n}") for n in range(5)]
		cls.agent, cls.second, cls.member, cls.other_member, cls.on_duty = agents
		cls.group = make_agent_group(cls.member, cls.other_member)
		cls.duty = make_agent_group(cls.on_duty)
		cls.line = make_phone_line(
			cls.agent,
			ring_steps=[
				{"after_seconds": 15, "user": cls.second},
				{"after_seconds": 30, "agent_group": cls.group.name},
			],
			working_time=make_working_time(DAY_TIME).name,
			outside_hours="Ring Group",
			outside_group=cls.duty.name,
		)

	def read(self):
		return routing.read_line(self.line.bridge, self.line.source_line, now_datetime())

	def test_everybody_on_a_line_in_one_statement(self):
		with self.assertQueryCount(1):
			line = self.read()
		self.assertEqual(line.line_title, self.line.line_title)
		self.assertEqual(
			told(line),
			sorted(
				[
					(self.agent, 0, False),
					(self.second, 15, False),
					(self.member, 30, False),
					(self.other_member, 30, False),
				],
				key=lambda row: (row[1], row[0]),
			),
		)
		self.assertEqual(told(line, SUNDAY), [(self.on_duty, 0, False)])

	def test_several_lines_in_one_statement(self):
		other = make_phone_line(self.second)
		with self.assertQueryCount(1):
			lines = routing.read_lines([self.line.name, other.name], now_datetime())
		self.assertEqual(told(lines[other.name]), [(self.second, 0, False)])
		with self.assertQueryCount(0):
			self.assertEqual(routing.read_lines([], now_datetime()), {})

	def test_who_left_and_groups_that_are_disabled_are_left_out(self):
		frappe.db.set_value("User", self.second, "enabled", 0)
		frappe.db.set_value("Agent Group", self.group.name, "disabled", 1)
		self.assertEqual(told(self.read()), [(self.agent, 0, False)])
		frappe.db.set_value("User", self.second, "enabled", 1)
		frappe.db.set_value("Agent Group", self.group.name, "disabled", 0)

	def test_lines_of_a_device_whatever_their_letters(self):
		other = make_phone_line(self.second, bridge=self.line.bridge, source_line="Trunk-A")
		with self.assertQueryCount(1):
			lines = routing.read_device_lines(self.line.bridge, ["1", "trunk-a", "99"], now_datetime())
		self.assertEqual(
			{name: line.name for name, line in lines.items()}, {"1": self.line.name, "trunk-a": other.name}
		)

	def test_a_line_nobody_set_up(self):
		self.assertIsNone(routing.read_line(self.line.bridge, "99", now_datetime()))

	def test_my_lines_are_those_that_may_ring_for_me(self):
		stranger = user_with("Service Agent", account="routing-stranger")
		for user in (self.agent, self.second, self.member, self.on_duty):
			with self.subTest(user=user), self.assertQueryCount(1):
				self.assertIn(self.line.name, routing.lines_of(user))
		self.assertEqual(routing.lines_of(stranger), {})
		self.line.db_set("enabled", 0)
		self.assertEqual(routing.lines_of(self.member), {})
		self.line.db_set("enabled", 1)

	def test_the_statement_uses_indexes(self):
		statement, values = (
			routing._OF_DEVICE,
			{
				"bridge": self.line.bridge,
				"source_lines": ["1"],
				"talks_since": now_datetime(),
			},
		)
		whole = [
			row.table
			for row in frappe.db.sql(f"explain {statement}", values, as_dict=True)
			if row.type == "ALL" and cint(row.rows) > 50
		]
		self.assertEqual(whole, [])


class TestSettingUp(FrappeTestCase):
	def test_a_step_names_a_user_or_a_group_and_a_time(self):
		agent = user_with("Service Agent")
		group = make_agent_group(agent).name
		for step in (
			{"after_seconds": 10},
			{"after_seconds": 10, "user": agent, "agent_group": group},
			{"after_seconds": 301, "user": agent},
		):
			with self.subTest(step=step), self.assertRaises(RingStepError):
				make_phone_line(ring_steps=[step])
		line = make_phone_line(
			ring_steps=[{"after_seconds": 30, "user": agent}, {"after_seconds": 10, "agent_group": group}]
		)
		self.assertEqual([step.after_seconds for step in line.ring_steps], [10, 30])

	def test_who_may_not_see_calls_is_no_step(self):
		outsider = user_with("Knowledge Manager")
		with self.assertRaises(AgentWithoutAccessError):
			make_phone_line(ring_steps=[{"after_seconds": 10, "user": outsider}])

	def test_a_group_outside_the_hours_is_named(self):
		hours = make_working_time(DAY_TIME).name
		with self.assertRaises(frappe.ValidationError):
			make_phone_line(working_time=hours, outside_hours="Ring Group")
		line = make_phone_line(outside_hours="Ring Group", outside_group=make_agent_group().name)
		self.assertEqual((line.outside_hours, line.outside_group), ("Ring", None))


class TestShowAfter(FrappeTestCase):
	"""What each browser is told, and what it is told when it asks: the same rule."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent, cls.later = (user_with("Service Agent", account=f"show-{n}") for n in range(2))
		cls.line = make_phone_line(cls.agent, ring_steps=[{"after_seconds": 20, "user": cls.later}])

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.after_commit.reset()

	def post(self, event):
		from aftersales.telephony import ingest

		with patch("aftersales.telephony.popup.publish_after_commit") as publish:
			ingest.store_batch(self.line.bridge, [event], None)
		((name, told),) = (call.args for call in publish.call_args_list)
		self.assertEqual(name, "aftersales_call")
		return {user: message for message, users in told for user in users}

	def asked(self, user, call):
		from aftersales.telephony import calls

		return next((row for row in calls.current(user, []) if row["call"] == call), None)

	def test_the_message_says_how_long_to_wait(self):
		event = make_call_event(age_ms=4000)
		sent = self.post(event)
		self.assertEqual(sent[self.agent]["show_after_ms"], 0)
		self.assertAlmostEqual(sent[self.later]["show_after_ms"], 16_000, delta=3000)
		for user in (self.agent, self.later):
			asked = self.asked(user, event["call_uuid"])
			self.assertAlmostEqual(asked["show_after_ms"], sent[user]["show_after_ms"], delta=3000)

	def test_a_call_that_is_taken_is_told_at_once_to_all(self):
		event = make_call_event()
		self.post(event)
		sent = self.post(make_call_event("answered", call_uuid=event["call_uuid"], seq=2))
		self.assertEqual({message["show_after_ms"] for message in sent.values()}, {0})
		self.assertEqual(set(sent), {self.agent, self.later})
