import json
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.model.base_document import get_controller
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import now_datetime
from frappe.utils.background_jobs import get_redis_connection_without_auth

from aftersales.telephony import api, ingest
from aftersales.telephony.calls import CallTakenError
from aftersales.telephony.jobs import close_stale_calls
from aftersales.testing.factories import (
	make_call_event,
	make_customer,
	make_dealer,
	make_phone_line,
	make_ticket,
	make_user,
	unique_phone,
)


class TelephonyTestCase(FrappeTestCase):
	"""A bridge with one line, two agents on it, one agent elsewhere."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent, cls.colleague, cls.stranger = (make_user("Service Agent").name for _ in range(3))
		cls.line = make_phone_line(cls.agent, cls.colleague, area_code="021")
		cls.bridge = frappe.get_doc("Caller ID Bridge", cls.line.bridge)

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.after_commit.reset()
		if hasattr(frappe.local, "_realtime_log"):
			del frappe.local._realtime_log

	def post(self, *events, **kwargs):
		frappe.set_user(self.bridge.user)
		try:
			return api.post_events(self.bridge.name, list(events), **kwargs)["results"]
		finally:
			frappe.set_user("Administrator")

	def ring(self, number=None, **fields):
		"""Let a call ring on the line and return its name."""
		kind = "caller_id" if number else "ringing"
		(answer,) = self.post(make_call_event(kind, number_raw=number, **fields))
		self.assertEqual(answer["status"], "accepted", answer["reason"])
		return answer["call"]

	def as_agent(self, user, function, *args):
		frappe.set_user(user)
		try:
			return function(*args)
		finally:
			frappe.set_user("Administrator")


class TestPostEvents(TelephonyTestCase):
	def test_a_call_from_ring_to_end(self):
		number = unique_phone()
		customer = make_customer(phone=number)
		call = frappe.generate_hash(length=20)
		kinds = ("ringing", "caller_id", "answered", "ended")
		answers = self.post(
			*(
				make_call_event(
					kind,
					call_uuid=call,
					seq=seq,
					number_raw=number if kind == "caller_id" else None,
					age_ms=40_000 - seq * 10_000,
				)
				for seq, kind in enumerate(kinds)
			)
		)
		self.assertEqual([answer["status"] for answer in answers], ["accepted"] * 4)
		doc = frappe.get_doc("Service Call", call)
		self.assertEqual((doc.state, doc.customer, doc.match_level), ("Ended", customer.name, "Sure"))
		self.assertEqual(
			(doc.caller, doc.phone_line, doc.duration), (customer.customer_name, self.line.name, 10)
		)
		self.assertEqual(frappe.db.count("Call Event", {"service_call": call}), 4)

	def test_the_same_event_twice_counts_once(self):
		event = make_call_event(number_raw=unique_phone())
		(first,), (second,) = self.post(event), self.post({**event, "age_ms": 9000, "live": False})
		self.assertEqual((first["status"], second["status"]), ("accepted", "duplicate"))
		self.assertEqual(first["call"], second["call"])
		both = self.post(event, event)
		self.assertEqual([answer["status"] for answer in both], ["duplicate", "duplicate"])
		self.assertEqual(frappe.db.get_value("Service Call", first["call"], "revision"), 0)

	def test_an_id_used_for_another_event_is_refused(self):
		event = make_call_event()
		self.post(event)
		for fields in ({"seq": 2}, {"kind": "missed"}, {"call_uuid": "another"}):
			(answer,) = self.post({**event, **fields})
			self.assertEqual(answer["status"], "rejected")
			self.assertIn("event_id", answer["reason"])
		self.assertFalse(frappe.db.exists("Service Call", "another"))

	def test_a_bad_event_rejects_only_itself(self):
		good, other = make_call_event(), make_call_event()
		answers = self.post(good, {**make_call_event(), "kind": "boom"}, None, {"event_id": 3}, other)
		self.assertEqual(
			[answer["status"] for answer in answers],
			["accepted", "rejected", "rejected", "rejected", "accepted"],
		)
		self.assertTrue(all(answer["reason"] for answer in answers if answer["status"] == "rejected"))
		self.assertTrue(frappe.db.exists("Service Call", other["call_uuid"]))

	def test_a_call_of_another_bridge_is_out_of_reach(self):
		other = make_phone_line()
		frappe.set_user(frappe.db.get_value("Caller ID Bridge", other.bridge, "user"))
		event = make_call_event("missed", call_uuid=self.ring(), seq=9)
		frappe.set_user(frappe.db.get_value("Caller ID Bridge", other.bridge, "user"))
		(answer,) = api.post_events(other.bridge, [event])["results"]
		self.assertEqual(answer["status"], "rejected")
		self.assertEqual(frappe.db.get_value("Service Call", event["call_uuid"], "state"), "Ringing")
		self.assertFalse(frappe.db.exists("Call Event", event["event_id"]))

	def test_batches_of_the_wrong_form(self):
		frappe.set_user(self.bridge.user)
		for events in ("", "no json", "{}", json.dumps({"a": 1}), [make_call_event()] * 101):
			with self.subTest(events=str(events)[:20]), self.assertRaises(api.MalformedBatchError):
				api.post_events(self.bridge.name, events)
		for events in (None, 5, {"a": 1}):
			with self.subTest(events=events), self.assertRaises((TypeError, frappe.ValidationError)):
				api.post_events(self.bridge.name, events)
		self.assertEqual(api.post_events(self.bridge.name, "[]")["results"], [])

	def test_a_hundred_events_at_once(self):
		events = [make_call_event(number_raw=unique_phone()) for _ in range(100)]
		self.assertEqual({answer["status"] for answer in self.post(*events)}, {"accepted"})

	def test_only_the_bridge_s_own_account(self):
		other = make_user("Aftersales Bridge").name
		for user, bridge in (
			(other, self.bridge.name),
			("Administrator", self.bridge.name),
			(self.agent, self.bridge.name),
			(self.bridge.user, "no-such-bridge"),
		):
			with self.subTest(user=user, bridge=bridge), self.assertRaises(frappe.PermissionError):
				self.as_agent(user, api.post_events, bridge, [make_call_event()])
			with self.assertRaises(frappe.PermissionError):
				self.as_agent(user, api.check_bridge, bridge)
		self.bridge.db_set("enabled", 0)
		with self.assertRaises(frappe.PermissionError):
			self.post(make_call_event())
		self.bridge.db_set("enabled", 1)

	def test_check_bridge(self):
		answer = self.as_agent(self.bridge.user, api.check_bridge, self.bridge.name)
		self.assertIn({"source_line": "1", "title": self.line.line_title, "enabled": 1}, answer["lines"])

	def test_a_line_nobody_set_up_loses_no_call(self):
		call = self.ring(unique_phone(), line="9")
		self.assertIsNone(frappe.db.get_value("Service Call", call, "phone_line"))
		self.assertEqual(self.bridge.get_lines_to_set_up(), ["9"])
		line = make_phone_line(bridge=self.bridge.name, source_line="9")
		self.assertEqual(frappe.db.get_value("Service Call", call, "phone_line"), line.name)

	def test_device_events_show_on_the_line(self):
		for kind, age, state in (
			("device_down", 5000, "Disconnected"),
			("device_up", 9000, "Disconnected"),
			("device_up", 0, "Connected"),
		):
			self.post(make_call_event(kind, call_uuid=None, age_ms=age))
			self.assertEqual(frappe.db.get_value("Phone Line", self.line.name, "device_state"), state)

	def test_a_withheld_number_is_not_looked_up(self):
		number = unique_phone()
		make_customer(phone=number)
		for fields in (
			{"number_raw": "P"},
			{"presentation": "restricted"},
			{"number_raw": number, "presentation": "restricted"},
		):
			(answer,) = self.post(make_call_event("caller_id", **fields))
			call = frappe.get_doc("Service Call", answer["call"])
			self.assertEqual(
				(call.match_level, call.presentation, call.customer), ("Withheld", "Restricted", None)
			)
			self.assertNotEqual(call.number_raw, number)

	def test_what_an_agent_said_stays(self):
		number = unique_phone()
		known, said = make_customer(phone=number), make_customer()
		call = self.ring()
		frappe.db.set_value("Service Call", call, "customer", said.name)
		self.post(make_call_event("caller_id", call_uuid=call, seq=2, number_raw=number))
		self.assertNotEqual(frappe.db.get_value("Service Call", call, "customer"), known.name)

	def test_the_end_runs_what_the_site_hung_on_the_document(self):
		controller = get_controller("Service Call")
		seen = []
		with patch.object(controller, "on_update", lambda doc: seen.append(doc.state), create=True):
			call = self.ring()
			self.post(make_call_event("missed", call_uuid=call, seq=5))
		self.assertEqual(seen, ["Missed"])

	def test_a_mistake_in_what_the_site_hung_on_it_costs_no_call(self):
		call = self.ring()
		broken = patch.object(
			get_controller("Service Call"), "on_update", side_effect=ValueError, create=True
		)
		with broken:
			(answer,) = self.post(make_call_event("missed", call_uuid=call, seq=5))
		self.assertEqual(answer["status"], "accepted")
		self.assertEqual(frappe.db.get_value("Service Call", call, ["state", "revision"]), ("Missed", 1))
		self.assertTrue(frappe.db.exists("Error Log", {"method": ("like", f"%{call}%")}))

	def test_cost_of_an_event(self):
		number = unique_phone()
		make_customer(phone=number)
		self.ring(number)
		event = make_call_event("caller_id", number_raw=number)
		with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
			ingest.store_batch(self.bridge.name, [event], None)
		# call?, event, line, look-up, call, bridge; the customer's document is cached
		self.assertLessEqual(sql.call_count, 6, [call.args[0][:80] for call in sql.call_args_list])

	def test_deadlocks_are_tried_again_and_then_reported(self):
		calls = []

		def deadlock(batch, events):
			calls.append(events)
			if len(calls) < 3:
				raise frappe.QueryDeadlockError("deadlock")
			return ["stored"]

		with (
			patch.object(ingest._Batch, "store", deadlock),
			patch.object(frappe.local.db, "rollback") as rollback,
		):
			self.assertEqual(ingest.store_batch(self.bridge.name, ["x"], None), ["stored"])
			self.assertEqual((len(calls), rollback.call_count), (3, 2))
		always = patch.object(ingest._Batch, "store", side_effect=frappe.QueryDeadlockError("deadlock"))
		with (
			always,
			patch.object(frappe.local.db, "rollback"),
			self.assertRaises(ingest.SiteBusyError) as caught,
		):
			ingest.store_batch(self.bridge.name, ["x"], None)
		self.assertEqual(caught.exception.http_status_code, 503)

	def test_contact_and_clock_are_noted(self):
		self.bridge.db_set("last_seen", None)
		self.post(make_call_event(), sent_at="2000-01-01T00:00:00Z")
		self.bridge.reload()
		self.assertTrue(self.bridge.last_seen)
		self.assertLess(self.bridge.clock_skew, -1e6)


class TestAgents(TelephonyTestCase):
	def test_ringing_calls_are_those_of_my_lines(self):
		number = unique_phone()
		customer = make_customer(phone=number)
		call = self.ring(number)
		(mine,) = [row for row in self.as_agent(self.agent, api.my_ringing_calls) if row["call"] == call]
		self.assertEqual(
			(mine["match"], mine["card"]["docname"], mine["line"]), ("sure", customer.name, self.line.name)
		)
		self.assertEqual(self.as_agent(self.stranger, api.my_ringing_calls), [])
		self.assertEqual(self.as_agent(self.agent, api.popup_state)["lines"], 1)

	def test_ended_calls_are_told_to_who_shows_them(self):
		call = self.ring(unique_phone())
		self.post(make_call_event("missed", call_uuid=call, seq=3))
		self.assertNotIn(call, [row["call"] for row in self.as_agent(self.agent, api.my_ringing_calls)])
		rows = self.as_agent(self.agent, api.my_ringing_calls, json.dumps([call]))
		self.assertEqual([row["state"] for row in rows if row["call"] == call], ["Missed"])
		self.assertEqual(self.as_agent(self.stranger, api.my_ringing_calls, [call]), [])

	def test_one_agent_takes_a_call(self):
		call = self.ring(unique_phone())
		message = self.as_agent(self.agent, api.take_call, call)
		self.assertEqual((message["state"], message["agent"]), ("Answered", self.agent))
		self.as_agent(self.agent, api.take_call, call)
		with self.assertRaises(CallTakenError):
			self.as_agent(self.colleague, api.take_call, call)
		with self.assertRaises(frappe.PermissionError):
			self.as_agent(self.stranger, api.take_call, call)
		self.post(make_call_event("ring_end", call_uuid=call, seq=9))
		self.assertEqual(
			frappe.db.get_value("Service Call", call, ["state", "agent"]), ("Answered", self.agent)
		)

	def test_a_call_that_is_over_cannot_be_taken(self):
		call = self.ring(unique_phone())
		self.post(make_call_event("missed", call_uuid=call, seq=3))
		with self.assertRaises(CallTakenError):
			self.as_agent(self.agent, api.take_call, call)

	def test_a_new_customer_becomes_the_caller(self):
		call, customer = self.ring(unique_phone()), make_customer()
		message = self.as_agent(self.agent, api.link_customer, call, customer.name)
		self.assertEqual((message["match"], message["card"]["name"]), ("sure", customer.customer_name))
		doc = frappe.get_doc("Service Call", call)
		self.assertEqual(
			(doc.customer, doc.match_level, doc.caller), (customer.name, "Sure", customer.customer_name)
		)

	def test_the_card(self):
		number = unique_phone()
		customer = make_customer(
			phone=number, black_listed=1, black_list_reason="abuse", member_no=f"M-{number}"
		)
		ticket = make_ticket(customer=customer.name, question="does not cool")
		earlier, call = self.ring(number), self.ring(number)
		card = self.as_agent(self.agent, api.get_call_card, call)["card"]
		self.assertEqual((card["black_list_reason"], card["member_no"]), ("abuse", f"M-{number}"))
		self.assertEqual(
			[(row.name, row.question) for row in card["tickets"]], [(ticket.name, "does not cool")]
		)
		self.assertEqual((card["open_tickets"], [row.name for row in card["calls"]]), (1, [earlier]))

	def test_the_card_of_a_maybe_and_of_a_dealer(self):
		number, of_dealer = unique_phone(), unique_phone()
		names = {make_customer(phone=number).name, make_customer(phone=number).name}
		card = self.as_agent(self.agent, api.get_call_card, self.ring(number))["card"]
		self.assertEqual({row["docname"] for row in card["candidates"]}, names)
		dealer = make_dealer(phone=of_dealer)
		card = self.as_agent(self.agent, api.get_call_card, self.ring(of_dealer))["card"]
		self.assertEqual((card["doctype"], card["docname"]), ("Dealer", dealer.name))

	def test_what_a_user_may_not_read_stays_hidden(self):
		number, shared = unique_phone(), unique_phone()
		secret = make_customer(phone=number, organisation="Secret Ltd")
		make_customer(phone=shared)
		open_to_all = make_customer(phone=shared)
		make_ticket(customer=secret.name)
		frappe.get_doc(
			doctype="User Permission", user=self.agent, allow="Service Customer", for_value=open_to_all.name
		).insert()
		call = self.ring(number)
		messages = {
			user: [row for row in self.as_agent(user, api.my_ringing_calls) if row["call"] == call]
			for user in (self.agent, self.colleague)
		}
		self.assertEqual(
			(messages[self.colleague][0]["match"], messages[self.colleague][0]["name"]),
			("sure", secret.customer_name),
		)
		hidden = messages[self.agent][0]
		self.assertEqual((hidden["match"], hidden["card"], hidden["name"]), ("hidden", {}, ""))
		self.assertNotIn("Secret", frappe.as_json(hidden))
		with self.assertRaises(frappe.PermissionError):
			self.as_agent(self.agent, api.get_call_card, call)
		card = self.as_agent(self.agent, api.get_call_card, self.ring(shared))["card"]
		self.assertEqual([row["docname"] for row in card["candidates"]], [open_to_all.name])

	def test_who_may_not_see_calls(self):
		call, customer = self.ring(unique_phone()), make_customer()
		outsiders = [make_user().name, make_user("Knowledge Manager").name, self.bridge.user, "Guest"]
		for user in outsiders:
			for function, args in (
				(api.my_ringing_calls, ()),
				(api.popup_state, ()),
				(api.get_call_card, (call,)),
				(api.take_call, (call,)),
				(api.link_customer, (call, customer.name)),
			):
				with (
					self.subTest(user=user, function=function.__name__),
					self.assertRaises(frappe.PermissionError),
				):
					self.as_agent(user, function, *args)

	def test_calls_that_do_not_exist(self):
		for function, args in (
			(api.get_call_card, ("no-such-call",)),
			(api.take_call, ("no-such-call",)),
			(api.link_customer, (self.ring(), "no-such-customer")),
		):
			with self.subTest(function=function.__name__), self.assertRaises(frappe.DoesNotExistError):
				self.as_agent(self.agent, function, *args)

	def test_stale_calls_are_closed_in_two_statements(self):
		rang, talked, fresh = self.ring(), self.ring(), self.ring()
		long_ago = now_datetime() - timedelta(hours=3)
		frappe.db.set_value("Service Call", rang, "started_at", long_ago)
		frappe.db.set_value("Service Call", talked, {"started_at": long_ago, "state": "Answered"})
		# the calls, and the agents who are free again
		with self.assertQueryCount(2):
			close_stale_calls()
		states = [frappe.db.get_value("Service Call", name, "state") for name in (rang, talked, fresh)]
		self.assertEqual(states, ["Unknown", "Ended", "Ringing"])


class TestRealtime(TelephonyTestCase):
	"""What goes over Redis, and when. These tests commit, and delete afterwards what they made."""

	def setUp(self):
		frappe.db.commit()
		self.channel = get_redis_connection_without_auth().pubsub()
		self.channel.subscribe("events")
		self.channel.get_message(timeout=1)
		self.calls = []

	def tearDown(self):
		self.channel.close()
		super().tearDown()
		for call in self.calls:
			frappe.db.delete("Call Event", {"service_call": call})
			frappe.db.delete("Service Call", {"name": call})
		frappe.db.commit()

	@classmethod
	def tearDownClass(cls):
		frappe.set_user("Administrator")
		users = (cls.agent, cls.colleague, cls.stranger, cls.bridge.user)
		contacts = frappe.get_all("Contact", {"user": ("in", users)}, pluck="name")
		for doctype, name in (
			("Phone Line", cls.line.name),
			("Caller ID Bridge", cls.bridge.name),
			*(("Contact", contact) for contact in contacts),
			*(("User", user) for user in users),
		):
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
		frappe.db.commit()
		super().tearDownClass()

	def published(self):
		"""Return what was published since the last look, as (room, message)."""
		found = []
		while message := self.channel.get_message(timeout=0.3):
			data = json.loads(message["data"])
			if data["event"] == "aftersales_call" and data["namespace"] == frappe.local.site:
				found.append((data["room"], data["message"]))
		return found

	def ring(self, *args, **kwargs):
		call = super().ring(*args, **kwargs)
		self.calls.append(call)
		return call

	def test_after_commit_to_the_agents_of_the_line_only(self):
		call = self.ring(unique_phone())
		self.assertEqual(self.published(), [])
		frappe.db.commit()
		published = self.published()
		self.assertEqual(
			{room for room, _message in published}, {f"user:{self.agent}", f"user:{self.colleague}"}
		)
		self.assertEqual([message["call"] for _room, message in published], [call, call])

	def test_nothing_after_a_rollback(self):
		self.ring(unique_phone())
		frappe.db.rollback()
		frappe.db.commit()
		self.assertEqual(self.published(), [])

	def test_late_repeated_and_outgoing_calls_do_not_pop_up(self):
		event = make_call_event()
		self.calls.append(event["call_uuid"])
		self.post(event)
		frappe.db.commit()
		self.assertEqual(len(self.published()), 2)
		self.post(event)
		self.ring(unique_phone(), live=False)
		self.ring(unique_phone(), age_ms=61_000)
		self.ring(unique_phone(), direction="out")
		frappe.db.commit()
		self.assertEqual(self.published(), [])

	def test_one_message_per_call_and_batch_with_rising_revisions(self):
		call = self.ring()
		self.post(
			make_call_event("caller_id", call_uuid=call, seq=2, number_raw=unique_phone()),
			make_call_event("answered", call_uuid=call, seq=3),
		)
		self.as_agent(self.colleague, api.take_call, call)
		frappe.db.commit()
		mine = [message for room, message in self.published() if room == f"user:{self.agent}"]
		revisions = [message["revision"] for message in mine]
		self.assertEqual(revisions, sorted(set(revisions)))
		self.assertEqual([message["state"] for message in mine], ["Ringing", "Answered", "Answered"])
		self.assertEqual(mine[-1]["agent"], self.colleague)

	def test_disabled_users_and_lines_are_not_told(self):
		frappe.db.set_value("User", self.colleague, "enabled", 0)
		self.ring()
		frappe.db.commit()
		self.assertEqual([room for room, _message in self.published()], [f"user:{self.agent}"])
		self.line.db_set("enabled", 0)
		self.ring()
		frappe.db.commit()
		self.assertEqual(self.published(), [])
		self.line.db_set("enabled", 1)
		frappe.db.set_value("User", self.colleague, "enabled", 1)

	def test_the_setting_says_what_is_live(self):
		with change_settings("Aftersales Settings", {"live_event_seconds": 5}):
			self.ring(age_ms=6000)
			frappe.db.commit()
			self.assertEqual(self.published(), [])
