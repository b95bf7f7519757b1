import hashlib
from datetime import timedelta
from unittest.mock import patch

import frappe
import frappe.client
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import add_months, now_datetime
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from aftersales.telephony import (
	api,
	bridge_status,
	call_backs,
	call_log,
	dialling,
	ingest,
	pruning,
	recordings,
)
from aftersales.telephony.doctype.dial_request.dial_request import DialByHandError
from aftersales.telephony.jobs import close_stale_calls
from aftersales.telephony.test_bridge_api import tone
from aftersales.testing.factories import (
	act,
	make_bridge,
	make_call_event,
	make_customer,
	make_customer_complaint,
	make_phone_line,
	make_service_call,
	make_ticket,
	make_user,
	put_below,
	unique_phone,
	user_with,
)


class CallLogTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent, cls.colleague = make_user("Service Agent").name, make_user("Service Agent").name
		cls.manager = user_with("Service Manager")
		cls.line = make_phone_line(cls.agent, cls.colleague, can_dial=1, area_code="0411")
		cls.bridge = cls.line.bridge

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.after_commit.reset()

	def as_user(self, user, function, *args, **kwargs):
		frappe.set_user(user)
		try:
			return function(*args, **kwargs)
		finally:
			frappe.set_user("Administrator")

	def post(self, kind, call=None, seq=1, **fields):
		event = make_call_event(kind, seq=seq, **fields, **({"call_uuid": call} if call else {}))
		(answer,) = ingest.store_batch(self.bridge, [event], None)
		self.assertEqual(answer["status"], "accepted", answer["reason"])
		return event["call_uuid"]

	def missed(self, number, **fields):
		call = self.post("caller_id", number_raw=number, **fields)
		return self.post("missed", call, seq=2, **{**fields, "age_ms": fields.get("age_ms", 5)})

	def call_back_of(self, call):
		return frappe.db.get_value("Service Call", call, ["call_back_state", "call_back", "called_back_by"])


class TestCallBacks(CallLogTestCase):
	def test_what_waits_for_a_call_back(self):
		number = unique_phone()
		self.assertEqual(self.call_back_of(self.missed(number))[0], "To Call Back")
		stopped = self.post("caller_id", number_raw=number)
		self.assertFalse(self.call_back_of(stopped)[0])
		self.post("ring_end", stopped, seq=2)
		self.assertEqual(self.call_back_of(stopped)[0], "To Call Back")
		answered = self.post("answered", number_raw=unique_phone())
		outbound = self.missed(unique_phone(), direction="out")
		withheld = self.post("missed", presentation="restricted")
		for call in (answered, outbound, withheld):
			self.assertFalse(self.call_back_of(call)[0])

	def test_the_next_talk_closes_all_of_the_number(self):
		number = unique_phone()
		first, second = self.missed(number, age_ms=50_000), self.missed(number, age_ms=40_000)
		other = self.missed(unique_phone(), age_ms=40_000)
		talk = self.post("caller_id", number_raw=number)
		self.assertEqual(self.call_back_of(first)[0], "To Call Back")
		self.post("answered", talk, seq=2)
		for call in (first, second):
			self.assertEqual(self.call_back_of(call)[:2], ("Done", talk))
		self.assertEqual(self.call_back_of(other)[0], "To Call Back")

	def test_an_outgoing_call_that_was_answered_closes_it_and_names_who_called(self):
		put_below(self.agent, extension="8211")
		number = unique_phone()
		call = self.missed(number, age_ms=50_000)
		busy = self.post("caller_id", number_raw=number, direction="out", extension="8211", age_ms=30_000)
		self.post("missed", busy, seq=2, direction="out", age_ms=20_000)
		self.assertEqual(self.call_back_of(call)[0], "To Call Back")
		talk = self.post("caller_id", number_raw=number, direction="out", extension="8211")
		self.post("answered", talk, seq=2, direction="out")
		self.assertEqual(self.call_back_of(call), ("Done", talk, self.agent))

	def test_a_number_that_calls_after_its_talk_waits_again(self):
		number = unique_phone()
		self.post("answered", self.post("caller_id", number_raw=number, age_ms=50_000), seq=2, age_ms=49_000)
		self.assertEqual(self.call_back_of(self.missed(number))[0], "To Call Back")

	def test_who_takes_a_call_or_makes_a_ticket_from_it_has_talked(self):
		number = unique_phone()
		earlier = self.missed(number, age_ms=50_000)
		taken = self.post("caller_id", number_raw=number)
		self.post("ring_end", taken, seq=2)
		self.as_user(self.agent, api.take_call, taken)
		self.assertFalse(self.call_back_of(taken)[0])
		self.assertEqual(self.call_back_of(earlier), ("Done", taken, self.agent))
		ticketed = self.missed(unique_phone())
		make_ticket(service_call=ticketed)
		self.assertFalse(self.call_back_of(ticketed)[0])

	def test_calls_whose_end_was_never_reported(self):
		call = self.post("caller_id", number_raw=unique_phone())
		frappe.db.set_value("Service Call", call, "started_at", now_datetime() - timedelta(minutes=6))
		close_stale_calls()
		close_stale_calls()
		self.assertEqual(
			frappe.db.get_value("Service Call", call, ["state", "call_back_state"]),
			("Unknown", "To Call Back"),
		)

	def test_no_call_back_needed(self):
		call = self.missed(unique_phone())
		for user in (user_with("Knowledge Manager"), "Guest", user_with("Service Auditor")):
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				self.as_user(user, call_log.no_call_back_needed, call)
		self.as_user(self.agent, call_log.no_call_back_needed, call)
		self.assertEqual(self.call_back_of(call), ("Not Needed", None, self.agent))
		with self.assertRaises(call_backs.NothingToCallBackError):
			self.as_user(self.agent, call_log.no_call_back_needed, call)
		self.post("answered", self.post("caller_id", number_raw=unique_phone()), seq=2)
		self.assertEqual(self.call_back_of(call)[0], "Not Needed")

	def test_cost_of_an_answer(self):
		number = unique_phone()
		call = self.post("caller_id", number_raw=number)
		event = make_call_event("answered", call_uuid=call, seq=2)
		with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
			ingest.store_batch(self.bridge, [event], None)
		statements = [str(call.args[0]).lower() for call in sql.call_args_list]
		looks = [text for text in statements if text.startswith("select") and "`call_back_state`=" in text]
		self.assertEqual(len(looks), 1, statements)


class TestPlayback(CallLogTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.listener = make_user("Service Agent", "May Hear Recordings").name
		cls.call = make_service_call(phone_line=cls.line.name, bridge=cls.bridge).name
		cls.content = tone(0.5)
		digest = hashlib.sha256(cls.content).hexdigest()
		recordings.store(cls.bridge, cls.call, digest, cls.content, 1)

	def setUp(self):
		frappe.db.delete("Access Log", {"reference_document": self.call})
		for key in ("LISTENED", "SAVED"):
			for user in (self.listener, self.manager):
				frappe.cache.delete_value(
					f"aftersales_listening:{user}:{self.call}:{getattr(recordings, key)}"
				)

	def play(self, user, download=False, **headers):
		request = Request(
			EnvironBuilder(headers={k.replace("_", "-"): v for k, v in headers.items()}).get_environ()
		)
		with (
			patch.object(frappe.local, "request", request, create=True),
			patch("frappe.db.commit"),
		):
			answer = self.as_user(user, call_log.play, self.call, download=download)
		answer.direct_passthrough = False
		return answer

	def logs(self):
		return frappe.get_all(
			"Access Log", {"reference_document": self.call}, ["user", "method"], order_by="creation asc"
		)

	def test_who_may_listen(self):
		for user in (self.agent, user_with("Knowledge Manager"), "Guest"):
			with self.subTest(user=user), self.assertRaises(frappe.PermissionError):
				self.play(user)
		self.assertEqual(self.logs(), [])
		for user in (self.listener, self.manager):
			self.assertEqual(self.play(user).get_data(), self.content)

	def test_the_right_alone_shows_no_call_that_one_may_not_read(self):
		customer = make_customer()
		frappe.get_doc(
			doctype="User Permission", user=self.listener, allow="Service Customer", for_value=customer.name
		).insert()
		other = make_customer()
		frappe.db.set_value("Service Call", self.call, "customer", other.name)
		frappe.clear_cache(user=self.listener)
		try:
			with self.assertRaises(frappe.PermissionError):
				self.play(self.listener)
		finally:
			frappe.db.set_value("Service Call", self.call, "customer", None)
			frappe.db.delete("User Permission", {"user": self.listener})
			frappe.clear_cache(user=self.listener)

	def test_parts(self):
		part = self.play(self.listener, Range="bytes=44-143")
		self.assertEqual((part.status_code, len(part.get_data())), (206, 100))
		self.assertEqual(part.headers["Content-Range"], f"bytes 44-143/{len(self.content)}")
		self.assertIn("no-store", part.headers["Cache-Control"])
		with self.assertRaises(RequestedRangeNotSatisfiable):
			self.play(self.listener, Range="bytes=999999-")

	def test_each_listening_is_logged_once(self):
		for start in (0, 100, 200):
			self.play(self.listener, Range=f"bytes={start}-{start + 99}")
		self.play(self.listener, download=True)
		self.assertEqual(
			[(row.user, row.method) for row in self.logs()],
			[(self.listener, recordings.LISTENED), (self.listener, recordings.SAVED)],
		)

	def test_a_web_server_in_front_sends_it(self):
		answer = self.play(self.listener, X_Use_X_Accel_Redirect="on")
		self.assertTrue(answer.headers["X-Accel-Redirect"].startswith("/protected/private/files/call-"))

	def test_a_download_has_a_name(self):
		self.assertIn("attachment", self.play(self.listener, download=True).headers["Content-Disposition"])

	def test_no_recording(self):
		other = make_service_call().name
		with self.assertRaises(frappe.DoesNotExistError):
			self.as_user(self.manager, call_log.play, other)

	def test_the_field_goes_to_who_may_hear(self):
		for user, shown in ((self.agent, False), (self.listener, True)):
			frappe.set_user(user)
			doc = frappe.get_doc("Service Call", self.call)
			doc.apply_fieldlevel_read_permissions()
			self.assertEqual(bool(doc.get("recording")), shown)


class TestDialling(CallLogTestCase):
	def dial(self, number, user=None, **kwargs):
		return self.as_user(user or self.agent, call_log.dial, number, **kwargs)

	def tearDown(self):
		super().tearDown()
		frappe.db.delete("Dial Request", {"user": ("in", (self.agent, self.colleague))})

	def test_from_a_customer(self):
		put_below(self.agent, extension="8002")
		number = unique_phone()
		customer = make_customer(phone=number)
		answer = self.dial(number, reference_doctype="Service Customer", reference_name=customer.name)
		doc = frappe.get_doc("Dial Request", answer["dial_request"])
		self.assertEqual(
			(doc.number, doc.customer, doc.party_name, doc.user, doc.extension, doc.phone_line, doc.state),
			(number, customer.name, customer.customer_name, self.agent, "8002", self.line.name, "Queued"),
		)

	def test_what_is_dialled(self):
		line = frappe.get_doc("Phone Line", self.line.name)
		for number, dialled in (
			("13912345678", "13912345678"),
			("+86 139 1234 5678", "13912345678"),
			("0411-88880000", "88880000"),
			("010-88880000", "01088880000"),
			("88880000", "88880000"),
			("95588", "95588"),
			("8001", "8001"),
			("+49 30 901820", "004930901820"),
		):
			with self.subTest(number=number):
				self.assertEqual(dialling.dial_string(number, line)[0], dialled)
		line.dial_prefix = "9,"
		self.assertEqual(dialling.dial_string("13912345678", line)[0], "913912345678")
		self.assertEqual(dialling.dial_string("8001", line)[0], "8001")

	def test_what_cannot_be_dialled(self):
		for number in ("", "P", "hello", "139****5678", "1;ATH", "*21*13912345678#", "x" * 500, "1"):
			with self.subTest(number=number), self.assertRaises(dialling.CannotDialError):
				self.dial(number)
		self.assertEqual(frappe.db.count("Dial Request", {"user": self.agent}), 0)

	def test_one_at_a_time(self):
		first = self.dial(unique_phone())
		with self.assertRaises(dialling.AlreadyDiallingError):
			self.dial(unique_phone())
		self.dial(unique_phone(), user=self.colleague)
		self.as_user(self.agent, call_log.cancel_dial, first["dial_request"])
		second = self.dial(unique_phone())
		frappe.db.set_value(
			"Dial Request", second["dial_request"], "expires_at", now_datetime() - timedelta(seconds=1)
		)
		self.dial(unique_phone())
		self.assertEqual(frappe.db.get_value("Dial Request", second["dial_request"], "state"), "Expired")

	def test_only_ones_own_is_cancelled_and_only_in_time(self):
		name = self.dial(unique_phone())["dial_request"]
		with self.assertRaises(frappe.PermissionError):
			self.as_user(self.colleague, call_log.cancel_dial, name)
		dialling.take(self.bridge)
		with self.assertRaises(dialling.CannotDialError):
			self.as_user(self.agent, call_log.cancel_dial, name)

	def test_who_may_dial(self):
		outsider = make_user("Service Agent").name
		for user, error in (
			("Guest", frappe.PermissionError),
			(user_with("Knowledge Manager"), frappe.PermissionError),
			(outsider, dialling.CannotDialError),
		):
			with self.subTest(user=user), self.assertRaises(error):
				self.dial(unique_phone(), user=user)
		other = make_phone_line(outsider, can_dial=1)
		with self.assertRaises(dialling.CannotDialError):
			self.dial(unique_phone(), phone_line=other.name)

	def test_a_request_is_made_by_the_button_only(self):
		"""Else whoever may ask for calls could have any number dialled, on any line, in anybody's name."""
		values = {
			"doctype": "Dial Request",
			"number": "*21*13912345678#",
			"user": self.colleague,
			"phone_line": make_phone_line().name,
			"bridge": self.bridge,
			"source_line": self.line.source_line,
			"expires_at": now_datetime() + timedelta(days=1),
			"flags": {"by_dialling": True},
		}
		for user in (self.agent, self.manager, "Administrator"):
			with self.subTest(user=user), self.assertRaises(DialByHandError):
				self.as_user(user, frappe.client.insert, values)
		self.assertEqual(dialling.take(self.bridge), [])

	def test_a_document_that_i_may_not_read(self):
		secret = make_customer()
		frappe.get_doc(
			doctype="User Permission",
			user=self.colleague,
			allow="Service Customer",
			for_value=make_customer().name,
		).insert()
		try:
			with self.assertRaises(frappe.PermissionError):
				self.dial(
					unique_phone(),
					user=self.colleague,
					reference_doctype="Service Customer",
					reference_name=secret.name,
				)
		finally:
			frappe.db.delete("User Permission", {"user": self.colleague})
			frappe.clear_cache(user=self.colleague)

	def test_a_silent_bridge_is_told_at_once(self):
		frappe.db.set_value("Caller ID Bridge", self.bridge, "silent", 1)
		try:
			with self.assertRaises(dialling.CannotDialError):
				self.dial(unique_phone())
		finally:
			frappe.db.set_value("Caller ID Bridge", self.bridge, "silent", 0)

	def test_agents_see_their_own_requests(self):
		name = self.dial(unique_phone())["dial_request"]
		for user, seen in ((self.agent, True), (self.colleague, False), (self.manager, True)):
			frappe.set_user(user)
			found = frappe.get_list("Dial Request", {"name": name}, pluck="name")
			with self.subTest(user=user):
				self.assertEqual(bool(found), seen)

	def test_buttons_stand_where_one_can_dial(self):
		for user, lines in ((self.agent, [self.line.name]), (make_user("Service Agent").name, [])):
			boot = {}
			self.as_user(user, call_log.add_to_boot, boot)
			self.assertEqual([line["name"] for line in boot["aftersales_dial_lines"]], lines)


class TestSilentBridges(CallLogTestCase):
	def setUp(self):
		# The job commits bridge by bridge; here everything is taken back.
		commit = patch.object(frappe.db, "commit")
		commit.start()
		self.addCleanup(commit.stop)

	def told(self, bridge, user):
		return frappe.db.count(
			"Notification Log",
			{"document_type": "Caller ID Bridge", "document_name": bridge, "for_user": user},
		)

	def test_the_overseer_is_told_once_per_silence(self):
		bridge = make_bridge(overseer=self.manager, last_heartbeat=now_datetime() - timedelta(minutes=6)).name
		with patch("frappe.desk.doctype.notification_log.notification_log.frappe.enqueue", call_now):
			bridge_status.mark_silent()
			bridge_status.mark_silent()
			self.assertEqual(frappe.db.get_value("Caller ID Bridge", bridge, "silent"), 1)
			self.assertEqual(self.told(bridge, self.manager), 1)
			bridge_status.heartbeat(bridge, {"version": "1"})
			self.assertEqual(frappe.db.get_value("Caller ID Bridge", bridge, "silent"), 0)
			frappe.db.set_value(
				"Caller ID Bridge",
				bridge,
				{"last_heartbeat": now_datetime() - timedelta(hours=1), "last_seen": None},
			)
			bridge_status.mark_silent()
		self.assertEqual(self.told(bridge, self.manager), 2)

	def test_who_is_not_silent(self):
		old = now_datetime() - timedelta(hours=1)
		never = make_bridge().name
		disabled = make_bridge(enabled=0, last_heartbeat=old).name
		calling = make_bridge(last_heartbeat=old, last_seen=now_datetime()).name
		bridge_status.mark_silent()
		for bridge in (never, disabled, calling):
			self.assertEqual(frappe.db.get_value("Caller ID Bridge", bridge, "silent"), 0)

	def test_nobody_is_told_if_the_settings_say_so(self):
		bridge = make_bridge(last_heartbeat=now_datetime() - timedelta(hours=1)).name
		with change_settings("Aftersales Settings", {"bridge_silent_minutes": 0}):
			bridge_status.mark_silent()
		self.assertEqual(frappe.db.get_value("Caller ID Bridge", bridge, "silent"), 0)


def call_now(method, **kwargs):
	"""Stand in for frappe.enqueue: run it here."""
	for key in ("now", "queue", "enqueue_after_commit", "timeout"):
		kwargs.pop(key, None)
	return frappe.get_attr(method)(**kwargs) if isinstance(method, str) else method(**kwargs)


class TestPruning(CallLogTestCase):
	def setUp(self):
		commit = patch.object(frappe.db, "commit")
		commit.start()
		self.addCleanup(commit.stop)
		for doctype in ("Call Event", "Service Call"):
			frappe.db.delete(doctype, {"bridge": self.bridge})

	def call(self, months, recorded=False, **fields):
		started = add_months(now_datetime(), -months) - timedelta(hours=1)
		call = make_service_call(
			phone_line=self.line.name, bridge=self.bridge, source_line="1", started_at=started, **fields
		).name
		if recorded:
			content = tone(0.01) + call.encode()
			recordings.store(self.bridge, call, hashlib.sha256(content).hexdigest(), content, 1)
		return call

	def prune(self, **settings):
		values = {
			"keep_calls_months": 0,
			"keep_recordings_months": 0,
			"keep_call_events_months": 0,
			**settings,
		}
		with change_settings("Aftersales Settings", values):
			return pruning.prune()

	def left(self, *calls):
		return [bool(frappe.db.exists("Service Call", call)) for call in calls]

	def test_calls_by_age(self):
		old, young = self.call(13, recorded=True), self.call(11)
		file = frappe.db.get_value("Service Call", old, "recording")
		self.assertEqual(self.prune(keep_calls_months=12)["calls"], 1)
		self.assertEqual(self.left(old, young), [False, True])
		self.assertFalse(frappe.db.exists("File", file))
		self.assertFalse(frappe.db.exists("Deleted Document", {"deleted_name": old}))
		note = {
			"reference_name": "Aftersales Settings",
			"comment_type": "Info",
			"content": ("like", "%1 calls%"),
		}
		self.assertTrue(frappe.db.exists("Comment", note))
		self.assertEqual(self.prune(keep_calls_months=12)["calls"], 0)

	def test_nothing_is_deleted_unless_the_settings_say_so(self):
		old = self.call(200, recorded=True)
		self.assertEqual(self.prune(), {"recordings": 0, "calls": 0, "events": 0})
		self.assertEqual(self.left(old), [True])

	def test_calls_of_open_documents_stay(self):
		ticketed, complained, closed, talking = (self.call(13, recorded=True) for _ in range(4))
		frappe.db.set_value("Service Call", talking, "state", "Answered")
		ticket = make_ticket(service_call=ticketed)
		done = make_ticket(service_call=closed, handling="Told them how")
		act(done, "Resolve", "Close")
		make_customer_complaint(source_doctype="Service Call", source_name=complained)
		self.assertEqual(self.prune(keep_calls_months=12, keep_recordings_months=12)["calls"], 1)
		self.assertEqual(self.left(ticketed, complained, closed, talking), [True, True, False, True])
		self.assertTrue(frappe.db.get_value("Service Call", ticketed, "recording"))
		done = frappe.get_doc("Service Ticket", done.name)
		self.assertIsNone(done.service_call)
		self.assertEqual(frappe.get_doc("Service Ticket", ticket.name).service_call, ticketed)

	def test_recordings_and_events_go_before_the_call(self):
		old, young = self.call(7, recorded=True), self.call(5, recorded=True)
		self.post("ended", old, seq=4)
		frappe.db.set_value(
			"Call Event", {"service_call": old}, "received_at", add_months(now_datetime(), -7)
		)
		counts = self.prune(keep_recordings_months=6, keep_call_events_months=6)
		self.assertEqual((counts["recordings"], counts["calls"]), (1, 0))
		self.assertEqual(
			frappe.db.get_value("Service Call", old, ["recording", "recording_state"]), (None, "Deleted")
		)
		self.assertTrue(frappe.db.get_value("Service Call", young, "recording"))
		self.assertEqual(frappe.db.count("Call Event", {"service_call": old}), 0)

	def test_more_than_a_batch(self):
		calls = [self.call(13) for _ in range(5)]
		with patch.object(pruning, "BATCH", 2):
			self.assertEqual(self.prune(keep_calls_months=12)["calls"], 5)
		self.assertEqual(self.left(*calls), [False] * 5)


class TestDeletion(CallLogTestCase):
	def test_who_may_delete_calls(self):
		deleter = make_user("Service Agent", "May Delete Calls").name
		call = self.missed(unique_phone())
		with self.assertRaises(frappe.PermissionError):
			self.as_user(self.agent, frappe.delete_doc, "Service Call", call)
		self.as_user(deleter, frappe.delete_doc, "Service Call", call)
		self.assertEqual(frappe.db.count("Call Event", {"service_call": call}), 0)
		self.assertTrue(frappe.db.exists("Deleted Document", {"deleted_name": call}))

	def test_a_call_that_a_ticket_came_from_stays(self):
		call = self.missed(unique_phone())
		make_ticket(service_call=call)
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc("Service Call", call)
