from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from aftersales.telephony import api, calls, extensions, presence
from aftersales.telephony.doctype.agent_phone_state.agent_phone_state import BadExtensionError
from aftersales.telephony.jobs import close_stale_calls
from aftersales.telephony.test_api import TelephonyTestCase
from aftersales.testing.factories import (
	act,
	make_agent_group,
	make_call_event,
	make_phone_line,
	make_ticket,
	put_below,
	unique_phone,
	user_with,
)

STATE = "Agent Phone State"


class TestMyState(TelephonyTestCase):
	def setUp(self):
		frappe.db.delete(STATE)

	def test_do_not_disturb(self):
		self.assertFalse(self.as_agent(self.agent, api.my_phone_state)["do_not_disturb"])
		state = self.as_agent(self.agent, api.set_my_phone_state, True, 15)
		self.assertTrue(state["do_not_disturb"])
		self.assertAlmostEqual(state["seconds_left"], 900, delta=30)
		call = self.ring(unique_phone())
		mine = [row["call"] for row in self.as_agent(self.agent, api.my_ringing_calls)]
		others = [row["call"] for row in self.as_agent(self.colleague, api.my_ringing_calls)]
		self.assertIn(call, others)
		(row,) = [row for row in self.as_agent(self.agent, api.my_ringing_calls) if row["call"] == call]
		self.assertTrue(row["quiet"], mine)
		state = self.as_agent(self.agent, api.set_my_phone_state, "0")
		self.assertEqual((state["do_not_disturb"], state["seconds_left"]), (False, None))
		(row,) = [row for row in self.as_agent(self.agent, api.my_ringing_calls) if row["call"] == call]
		self.assertFalse(row["quiet"])

	def test_it_ends_by_itself(self):
		self.as_agent(self.agent, api.set_my_phone_state, True, 1)
		frappe.db.set_value(STATE, self.agent, "until", now_datetime() - timedelta(seconds=1))
		self.assertFalse(self.as_agent(self.agent, api.my_phone_state)["do_not_disturb"])

	def test_bad_values_change_nothing(self):
		for values, error in (
			({"do_not_disturb": True, "minutes": -1}, frappe.ValidationError),
			({"do_not_disturb": True, "minutes": 1441}, frappe.ValidationError),
			({"extension": "<b>8001"}, BadExtensionError),
			({"extension": "8" * 17}, BadExtensionError),
		):
			frappe.set_user(self.colleague)
			with self.subTest(values=values), self.assertRaises(error):
				api.set_my_phone_state(**values)
			frappe.set_user("Administrator")
			self.assertFalse(presence.state_of(self.colleague)["do_not_disturb"])

	def test_my_telephone_is_whoever_s_sat_down_last(self):
		self.as_agent(self.agent, lambda: api.set_my_phone_state(extension=" 8001 "))
		self.assertEqual(presence.agent_at("8001", None), self.agent)
		self.as_agent(self.colleague, lambda: api.set_my_phone_state(extension="8001"))
		self.assertEqual(presence.agent_at("8001", None), self.colleague)
		self.assertEqual(presence.state_of(self.agent)["extension"], "")
		self.assertEqual(extensions.extension_of(self.colleague), "8001")

	def test_the_staff_record_says_it_where_the_agent_does_not(self):
		put_below(self.stranger, extension="8123")
		self.assertEqual(presence.agent_at("8123", None), self.stranger)
		put_below(self.colleague, extension="8123")
		self.assertIsNone(presence.agent_at("8123", None))
		line = frappe._dict(people=[frappe._dict(user=self.colleague)])
		self.assertEqual(presence.agent_at("8123", line), self.colleague)
		self.assertIsNone(presence.agent_at("", None))

	def test_who_may_have_a_state(self):
		outsiders = [
			user_with(),
			user_with("Knowledge Manager"),
			user_with("Service Auditor"),
			self.bridge.user,
			"Guest",
		]
		for user in outsiders:
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				self.as_agent(user, api.set_my_phone_state, True)
			self.assertFalse(frappe.db.exists(STATE, user))
		for user in (user_with(), "Guest", self.bridge.user):
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				self.as_agent(user, api.my_phone_state)

	def test_a_change_is_told_to_all_desks_of_the_user(self):
		with patch("frappe.publish_realtime") as publish:
			self.as_agent(self.agent, api.set_my_phone_state, True)
		told = [call for call in publish.call_args_list if call.args[0] == presence.EVENT]
		self.assertEqual([call.kwargs for call in told], [{"user": self.agent, "after_commit": True}])


class TestWhoSeesWhom(TelephonyTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		accounts = {
			"leader": ("Agent Team Leader",),
			"manager": ("Service Manager",),
			"below": ("Service Agent",),
			"member": ("Service Agent",),
		}
		cls.users = {name: user_with(*roles, account=f"state-{name}") for name, roles in accounts.items()}
		put_below(cls.users["below"], cls.users["leader"])
		make_agent_group(cls.users["member"], leader=cls.users["leader"])
		for user in (*cls.users.values(), cls.agent):
			presence.make_row(user)

	def seen_by(self, user):
		frappe.set_user(user)
		everybody = {*self.users.values(), self.agent}
		listed = {row.name for row in frappe.get_list(STATE)} & everybody
		read = {name for name in everybody if frappe.has_permission(STATE, "read", doc=name)}
		frappe.set_user("Administrator")
		self.assertEqual(listed, read)
		return listed

	def test_one_s_own_row_and_leaders_their_people(self):
		users = self.users
		self.assertEqual(self.seen_by(self.agent), {self.agent})
		self.assertEqual(self.seen_by(users["leader"]), {users["leader"], users["below"], users["member"]})
		self.assertEqual(self.seen_by(users["manager"]), {*users.values(), self.agent})

	def test_leaders_change_nothing_of_their_people(self):
		users = self.users
		for user, target, may in (
			(users["leader"], users["below"], False),
			(users["leader"], users["leader"], True),
			(users["manager"], users["below"], True),
			(self.agent, self.colleague, False),
		):
			presence.make_row(target)
			with self.subTest(user=user, target=target):
				self.assertEqual(frappe.has_permission(STATE, "write", doc=target, user=user), may)

	def test_nobody_takes_somebody_else_s_row_by_a_false_name(self):
		frappe.set_user(self.agent)
		doc = frappe.get_doc(STATE, self.users["below"])
		doc.update({"user": self.agent, "do_not_disturb": 1})
		with self.assertRaises(frappe.PermissionError):
			doc.save()
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(doctype=STATE, user=self.stranger).insert()


class TestTalks(TelephonyTestCase):
	"""A call from the moment an agent takes it to its end."""

	def take(self, **fields):
		call = self.ring(unique_phone(), **fields)
		self.as_agent(self.agent, api.take_call, call)
		return call

	def state(self, call):
		return frappe.db.get_value("Service Call", call, "state")

	def in_call(self):
		return presence.state_of(self.agent)["in_call"]

	def test_taking_and_ending(self):
		call = self.take()
		self.assertEqual(self.in_call(), call)
		frappe.db.set_value("Service Call", call, "answered_at", now_datetime() - timedelta(seconds=40))
		for _tab in range(2):
			message = self.as_agent(self.agent, api.finish_call, call)
			self.assertEqual(message["state"], "Ended")
		self.assertAlmostEqual(frappe.db.get_value("Service Call", call, "duration"), 40, delta=5)
		self.assertIsNone(self.in_call())
		self.assertNotIn(call, [row["call"] for row in self.as_agent(self.agent, api.my_ringing_calls)])

	def test_only_who_took_it_ends_it(self):
		call = self.take()
		for user in (self.colleague, self.stranger, user_with(), "Guest", self.bridge.user):
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				self.as_agent(user, api.finish_call, call)
		with self.assertRaises(frappe.DoesNotExistError):
			self.as_agent(self.agent, api.finish_call, "no-such-call")
		self.assertEqual(self.state(call), "Answered")

	def test_the_end_runs_what_the_site_hung_on_the_document(self):
		from frappe.model.base_document import get_controller

		seen = []
		call = self.take()
		with patch.object(
			get_controller("Service Call"), "on_update", lambda doc: seen.append(doc.state), create=True
		):
			self.as_agent(self.agent, api.finish_call, call)
		self.assertEqual(seen, ["Ended"])

	def test_the_next_call_on_the_line_ends_it(self):
		talk = self.take()
		following = self.ring(unique_phone())
		self.assertEqual((self.state(talk), self.state(following)), ("Ended", "Ringing"))
		self.assertIsNone(self.in_call())

	def test_other_lines_old_reports_and_watched_lines_do_not_end_it(self):
		talk = self.take()
		make_phone_line(self.agent, bridge=self.bridge.name, source_line="2")
		self.ring(unique_phone(), line="2")
		self.ring(unique_phone(), age_ms=3_600_000)
		self.ring(unique_phone(), live=False)
		self.assertEqual((self.state(talk), self.in_call()), ("Answered", talk))
		self.post(make_call_event("answered", call_uuid=talk, seq=5))
		self.ring(unique_phone())
		self.assertEqual(self.state(talk), "Answered")
		self.post(make_call_event("ended", call_uuid=talk, seq=6))
		self.assertEqual((self.state(talk), self.in_call()), ("Ended", None))

	def test_its_ticket_done_ends_it(self):
		talk = self.take()
		frappe.set_user(self.agent)
		ticket = make_ticket(service_call=talk, handling="Valve replaced")
		self.assertEqual(self.state(talk), "Answered")
		act(ticket, "Start", "Resolve")
		self.assertEqual(self.state(talk), "Ended")

	def test_a_colleague_s_ticket_does_not_end_it(self):
		talk = self.take()
		frappe.set_user(self.colleague)
		act(make_ticket(service_call=talk, handling="Valve replaced"), "Start", "Resolve")
		self.assertEqual(self.state(talk), "Answered")

	def test_who_answers_at_a_telephone_is_in_the_call(self):
		self.as_agent(self.agent, lambda: api.set_my_phone_state(extension="8044"))
		call = self.ring(unique_phone())
		self.post(make_call_event("answered", call_uuid=call, seq=2, extension="SIP/8044"))
		doc = frappe.get_doc("Service Call", call)
		self.assertEqual((doc.state, doc.agent, doc.agent_name), ("Answered", self.agent, doc.agent_name))
		self.assertEqual(self.in_call(), call)
		self.post(make_call_event("ended", call_uuid=call, seq=3))
		self.assertIsNone(self.in_call())

	def test_a_later_talk_is_not_forgotten_with_an_earlier_one(self):
		make_phone_line(self.agent, bridge=self.bridge.name, source_line="3")
		first, second = self.take(), self.take(line="3")
		self.as_agent(self.agent, api.finish_call, first)
		self.assertEqual(self.in_call(), second)

	def test_a_forgotten_talk_is_cleared_by_the_job(self):
		talk = self.take()
		frappe.db.set_value("Service Call", talk, "started_at", now_datetime() - timedelta(hours=3))
		close_stale_calls()
		self.assertIsNone(self.in_call())

	def test_members_of_a_group_take_calls_and_others_do_not(self):
		member = user_with("Service Agent", account="talk-member")
		line = make_phone_line(
			bridge=self.bridge.name,
			source_line="4",
			ring_steps=[{"after_seconds": 20, "agent_group": make_agent_group(member).name}],
		)
		call = self.ring(unique_phone(), line="4")
		self.assertEqual(frappe.db.get_value("Service Call", call, "phone_line"), line.name)
		with self.assertRaises(frappe.PermissionError):
			self.as_agent(self.agent, api.take_call, call)
		self.assertEqual(self.as_agent(member, api.take_call, call)["agent"], member)

	def test_going_quiet_moves_a_ringing_call_to_the_next_step(self):
		second = user_with("Service Agent", account="talk-second")
		make_phone_line(
			self.agent,
			bridge=self.bridge.name,
			source_line="5",
			ring_steps=[{"after_seconds": 60, "user": second}],
		)
		call = self.ring(unique_phone(), line="5")
		with patch("aftersales.telephony.popup.publish_after_commit") as publish:
			self.as_agent(self.agent, api.set_my_phone_state, True)
		sent = {
			user: message
			for published in publish.call_args_list
			for message, users in published.args[1]
			for user in users
			if message["call"] == call
		}
		self.assertTrue(sent[self.agent]["quiet"])
		self.assertEqual((sent[second]["quiet"], sent[second]["show_after_ms"]), (False, 0))

	def test_cost_of_asking(self):
		self.ring(unique_phone())
		self.as_agent(self.agent, api.popup_state)
		frappe.set_user(self.agent)
		# lines, ringing, mine, lines with people, my state; the rest comes from caches
		with self.assertQueryCount(5):
			calls.current(self.agent, [])
			presence.state_of(self.agent)
		frappe.set_user("Administrator")
