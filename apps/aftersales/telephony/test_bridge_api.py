import hashlib
import io
import json
import wave
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import now_datetime
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from aftersales.telephony import bridge_api, bridge_status, dialling, ingest, recordings
from aftersales.testing.factories import (
	insert_plain_user,
	make_bridge,
	make_call_event,
	make_customer,
	make_dial_request,
	make_phone_line,
	make_service_call,
	make_user,
	put_below,
	unique_phone,
	user_with,
)


def tone(seconds: float = 0.1, rate: int = 8000) -> bytes:
	"""Return a WAV file of silence, as telephones record."""
	file = io.BytesIO()
	with wave.open(file, "wb") as sound:
		sound.setnchannels(1)
		sound.setsampwidth(2)
		sound.setframerate(rate)
		sound.writeframes(b"\0\0" * int(seconds * rate))
	return file.getvalue()


class BridgeTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.agent = make_user("Service Agent").name
		cls.line = make_phone_line(cls.agent, area_code="021")
		cls.bridge = frappe.get_doc("Caller ID Bridge", cls.line.bridge)
		cls.other = make_bridge()

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.after_commit.reset()

	def post(self, *events):
		return ingest.store_batch(self.bridge.name, list(events), None)

	def as_bridge(self, function, *args, user=None, bridge=None, **kwargs):
		frappe.set_user(user or self.bridge.user)
		try:
			return function(bridge or self.bridge.name, *args, **kwargs)
		finally:
			frappe.set_user("Administrator")

	def call(self, **fields):
		return make_service_call(phone_line=self.line.name, bridge=self.bridge.name, **fields)

	def upload(self, call, content, sha256=None, seconds=None, **kwargs):
		digest = sha256 or hashlib.sha256(content or b"").hexdigest()
		data = {"recording": (io.BytesIO(content), "a.wav")} if content is not None else {}
		request = Request(EnvironBuilder(method="POST", data=data).get_environ())
		with patch.object(frappe.local, "request", request, create=True):
			answer = self.as_bridge(bridge_api.upload_recording, call, digest, "a.wav", seconds, **kwargs)
		return answer["file"]


class TestWhoMayCall(BridgeTestCase):
	def test_only_the_bridge_s_own_account(self):
		call, request = self.call(), make_dial_request(phone_line=self.line.name)
		portal = "portal-bridge@test.example"
		if not frappe.db.exists("User", portal):
			insert_plain_user(portal, user_type="Website User")
		for user in (
			"Guest",
			portal,
			self.agent,
			user_with("Service Manager"),
			self.other.user,
			"Administrator",
		):
			for function, args in (
				(bridge_api.heartbeat, ({"version": "9"},)),
				(bridge_api.take_dial_requests, ()),
				(bridge_api.upload_recording, (call.name, "0" * 64)),
			):
				with self.subTest(user=user, function=function.__name__):
					with self.assertRaises(frappe.PermissionError):
						self.as_bridge(function, *args, user=user)
		self.assertEqual(frappe.db.get_value("Dial Request", request.name, "state"), "Queued")
		self.assertFalse(frappe.db.get_value("Caller ID Bridge", self.bridge.name, "last_heartbeat"))

	def test_a_disabled_bridge_gets_nothing(self):
		self.bridge.db_set("enabled", 0)
		self.addCleanup(self.bridge.db_set, "enabled", 1)
		with self.assertRaises(frappe.PermissionError):
			self.as_bridge(bridge_api.take_dial_requests)


class TestHeartbeat(BridgeTestCase):
	def status(self, **fields):
		return {
			"version": "1.2.0",
			"host": "front-desk",
			"boot_id": "b",
			"started_at": "2026-11-22T01:00:00Z",
			"queue": {"queued": 7, "dead": 1, "oldest_age_s": 90.5, "bytes": 4096, "free_bytes": 3 * 1024**3},
			"devices": [
				{
					"id": "modem",
					"adapter": "hayes",
					"lines": ["1", 2],
					"state": "up",
					"since": "2026-11-22T01:00:00Z",
					"bad_frames": 3,
					"last_event_at": None,
					"error": None,
				}
			],
			**fields,
		}

	def test_what_it_tells_is_shown(self):
		answer = self.as_bridge(bridge_api.heartbeat, self.status())
		self.assertEqual(answer["interval_s"], 60)
		self.assertTrue(answer["server_time"].endswith("+00:00"))
		bridge = frappe.get_doc("Caller ID Bridge", self.bridge.name)
		self.assertEqual(
			(bridge.version, bridge.host, bridge.queued, bridge.dead, bridge.oldest_age, bridge.free_mb),
			("1.2.0", "front-desk", 7, 1, 90, 3072),
		)
		self.assertTrue(bridge.last_heartbeat and bridge.last_seen and bridge.running_since)
		(device,) = bridge.devices
		self.assertEqual(
			(device.device_id, device.adapter, device.device_lines, device.state, device.bad_frames),
			("modem", "hayes", "1, 2", "Connected", 3),
		)

	def test_rows_of_devices_stay_come_and_go(self):
		self.as_bridge(bridge_api.heartbeat, json.dumps(self.status()))
		name = frappe.db.get_value("Bridge Device", {"parent": self.bridge.name})
		devices = [{"id": "modem", "state": "down", "error": "unplugged"}, {"id": "box", "state": "up"}]
		self.as_bridge(bridge_api.heartbeat, self.status(devices=devices))
		bridge = frappe.get_doc("Caller ID Bridge", self.bridge.name)
		self.assertEqual(
			[(row.device_id, row.state, row.error) for row in bridge.devices],
			[("modem", "Disconnected", "unplugged"), ("box", "Connected", "")],
		)
		self.assertEqual(bridge.devices[0].name, name)
		self.as_bridge(bridge_api.heartbeat, self.status(devices=devices[1:]))
		bridge.reload()
		self.assertEqual([row.device_id for row in bridge.devices], ["box"])

	def test_odd_values_are_left_out(self):
		odd = {
			"version": ["x"],
			"host": "<script>",
			"started_at": "yesterday",
			"queue": {"queued": "many", "dead": True, "oldest_age_s": float("inf"), "free_bytes": -5},
			"devices": ["modem", {}, {"id": "a", "lines": 5, "state": [], "since": 3, "bad_frames": 10**30}],
		}
		self.as_bridge(bridge_api.heartbeat, odd)
		bridge = frappe.get_doc("Caller ID Bridge", self.bridge.name)
		self.assertEqual(
			(bridge.version, bridge.host, bridge.running_since, bridge.queued, bridge.dead, bridge.free_mb),
			("", "script", None, 0, 0, 0),
		)
		self.assertEqual([(row.device_id, row.state) for row in bridge.devices], [("a", "")])
		for queue in (None, 5, [1]):
			self.as_bridge(bridge_api.heartbeat, {"queue": queue, "devices": queue})

	def test_what_is_no_status(self):
		for status in ("", "no json", "[]", "5", json.dumps({"a": "x" * 70_000}), {"a": "x" * 70_000}):
			with self.subTest(status=str(status)[:10]), self.assertRaises(bridge_status.MalformedStatusError):
				self.as_bridge(bridge_api.heartbeat, status)

	def test_cost(self):
		self.as_bridge(bridge_api.heartbeat, self.status())
		with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
			bridge_status.heartbeat(self.bridge.name, self.status())
		self.assertLessEqual(sql.call_count, 3, [call.args[0][:80] for call in sql.call_args_list])


class TestDialRequests(BridgeTestCase):
	def request(self, **fields):
		return make_dial_request(phone_line=self.line.name, user=self.agent, **fields)

	def state_of(self, request):
		return frappe.db.get_value("Dial Request", request.name, ["state", "open_for"])

	def test_each_is_handed_over_once(self):
		first, second = self.request(extension="8001"), self.request()
		taken = self.as_bridge(bridge_api.take_dial_requests)
		self.assertEqual([row["dial_request"] for row in taken], [first.name, second.name])
		self.assertEqual(
			{key: taken[0][key] for key in ("line", "number", "extension")},
			{"line": "1", "number": first.number, "extension": "8001"},
		)
		self.assertTrue(0 < taken[0]["expires_in_s"] <= 45)
		self.assertIsNone(taken[1]["extension"])
		self.assertEqual(self.as_bridge(bridge_api.take_dial_requests), [])
		self.assertEqual(self.state_of(first)[0], "Taken")

	def test_those_of_other_bridges_and_old_ones_are_not(self):
		foreign = make_dial_request()
		late = self.request(expires_at=now_datetime() - timedelta(seconds=1))
		self.assertEqual(self.as_bridge(bridge_api.take_dial_requests), [])
		self.assertEqual(self.state_of(foreign)[0], "Queued")
		self.assertEqual(self.state_of(late), ("Expired", None))

	def test_a_poll_without_requests_is_two_reads(self):
		frappe.set_user(self.bridge.user)
		frappe.db.delete("Dial Request", {"bridge": self.bridge.name})
		bridge_api.take_dial_requests(self.bridge.name)
		with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
			bridge_api.take_dial_requests(self.bridge.name)
		self.assertLessEqual(sql.call_count, 2, [call.args[0][:80] for call in sql.call_args_list])

	def test_the_call_that_follows(self):
		customer = make_customer()
		request = self.request(customer=customer.name, party_name=customer.customer_name)
		event = make_call_event(
			"ringing", number_raw=request.number, direction="out", dial_request=request.name
		)
		self.post(event)
		call = frappe.get_doc("Service Call", event["call_uuid"])
		self.assertEqual(
			(call.direction, call.agent, call.customer, call.dial_request),
			("Outbound", self.agent, customer.name, request.name),
		)
		self.assertEqual(self.state_of(request), ("Dialled", None))
		self.assertEqual(frappe.db.get_value("Dial Request", request.name, "service_call"), call.name)

	def test_a_bridge_cannot_answer_another_s_request(self):
		request = make_dial_request()
		for kind in ("ringing", "dial_failed"):
			event = make_call_event(kind, direction="out", dial_request=request.name)
			(answer,) = self.post(event)
			self.assertEqual(answer["status"], "accepted")
		self.assertEqual(self.state_of(request)[0], "Queued")
		self.assertIsNone(frappe.db.get_value("Service Call", event["call_uuid"], "agent"))

	def test_a_failure_without_a_call(self):
		request = self.request()
		event = make_call_event(
			"dial_failed", call_uuid=None, dial_request=request.name, cause="NO DIALTONE", direction="out"
		)
		(answer,), (again,) = self.post(event), self.post(event)
		self.assertEqual((answer["status"], again["status"]), ("accepted", "duplicate"))
		self.assertEqual(
			frappe.db.get_value("Dial Request", request.name, ["state", "result", "open_for"]),
			("Failed", "NO DIALTONE", None),
		)

	def test_a_failure_of_a_call_that_rang(self):
		request = self.request()
		ring = make_call_event(
			"ringing", direction="out", dial_request=request.name, number_raw=request.number
		)
		fail = make_call_event(
			"dial_failed", call_uuid=ring["call_uuid"], seq=2, dial_request=request.name, cause="BUSY"
		)
		self.post(ring, fail)
		self.assertEqual(self.state_of(request)[0], "Failed")
		self.assertEqual(
			frappe.db.get_value("Service Call", ring["call_uuid"], ["state", "cause", "direction"]),
			("Missed", "BUSY", "Outbound"),
		)

	def test_requests_that_nobody_answers_expire(self):
		waiting = self.request(expires_at=now_datetime() - timedelta(seconds=5))
		taken = self.request(state="Taken", taken_at=now_datetime() - timedelta(minutes=3))
		young = self.request(state="Taken", taken_at=now_datetime())
		dialling.expire()
		dialling.expire()
		states = [self.state_of(request)[0] for request in (waiting, taken, young)]
		self.assertEqual(states, ["Expired", "Expired", "Taken"])


class TestAgentsByExtension(BridgeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		put_below(cls.agent, extension="8107")

	def test_who_answers_or_dials_at_a_telephone_is_the_agent(self):
		for direction, kind, extension in (
			("in", "answered", "8107"),
			("in", "answered", "SIP/8107"),
			("out", "ringing", "8107@pbx"),
		):
			event = make_call_event(kind, direction=direction, extension=extension, number_raw=unique_phone())
			self.post(event)
			with self.subTest(extension=extension):
				self.assertEqual(
					frappe.db.get_value("Service Call", event["call_uuid"], ["agent", "agent_extension"]),
					(self.agent, extension),
				)

	def test_a_telephone_that_only_rings_is_nobody_s_call(self):
		event = make_call_event("ringing", extension="8107")
		self.post(event)
		self.assertIsNone(frappe.db.get_value("Service Call", event["call_uuid"], "agent"))


class TestRecordings(BridgeTestCase):
	def test_announced_then_stored(self):
		ring = make_call_event("answered", number_raw=unique_phone(), age_ms=9000)
		end = make_call_event("ended", call_uuid=ring["call_uuid"], seq=2, age_ms=1000)
		note = make_call_event(
			"recording", call_uuid=ring["call_uuid"], seq=3, recording="/rec/1.wav", duration_s=61
		)
		self.post(ring, end, note)
		call = frappe.get_doc("Service Call", ring["call_uuid"])
		self.assertEqual(
			(
				call.state,
				call.duration,
				call.recording_state,
				call.recording_seconds,
				call.recording_reference,
			),
			("Ended", 8, "Announced", 61, "/rec/1.wav"),
		)
		file = self.upload(call.name, tone(), seconds=8)
		call.reload()
		self.assertEqual((call.recording, call.recording_state, call.recording_seconds), (file, "Stored", 8))
		late = make_call_event("recording", call_uuid=call.name, seq=9, recording="/rec/1.wav", duration_s=5)
		self.post(late)
		call.reload()
		self.assertEqual((call.recording_state, call.recording_seconds), ("Stored", 8))

	def test_a_recording_that_comes_first_does_not_ring(self):
		event = make_call_event("recording", recording="1.wav")
		self.post(event)
		self.assertEqual(
			frappe.db.get_value("Service Call", event["call_uuid"], ["state", "live", "recording_state"]),
			("Unknown", 0, "Announced"),
		)

	def test_the_same_file_again_changes_nothing(self):
		call, content = self.call(), tone()
		first = self.upload(call.name, content)
		files = frappe.db.count("File")
		self.assertEqual(self.upload(call.name, content), first)
		self.assertEqual(frappe.db.count("File"), files)
		with self.assertRaises(recordings.AnotherRecordingError):
			self.upload(call.name, tone(0.2))

	def test_what_is_no_recording(self):
		call = self.call()
		for content in (b"", b"<html>", b"MZ\x90", b"RIFF____AVI ", b"#!/bin/sh", None):
			with self.subTest(content=content), self.assertRaises(recordings.NotARecordingError):
				self.upload(call.name, content)
		for digest in ("0" * 64, "", "x"):
			with self.subTest(digest=digest), self.assertRaises(recordings.NotARecordingError):
				self.upload(call.name, tone(), sha256=digest or "-")
		self.assertIsNone(frappe.db.get_value("Service Call", call.name, "recording"))

	def test_kinds_of_files(self):
		for content, ending in (
			(tone(), "wav"),
			(b"ID3\x04rest", "mp3"),
			(b"\xff\xfb\x90", "mp3"),
			(b"OggS\0", "ogg"),
			(b"fLaC\0", "flac"),
			(b"\0\0\0\x20ftypM4A ", "m4a"),
		):
			with self.subTest(ending=ending):
				self.assertEqual(recordings.kind_of(content), ending)

	def test_too_large(self):
		call = self.call()
		with change_settings("Aftersales Settings", {"recording_max_mb": 1}):
			with self.assertRaises(recordings.RecordingTooLargeError) as caught:
				self.upload(call.name, tone(70))
		self.assertEqual(caught.exception.http_status_code, 413)

	def test_calls_of_others_and_unknown_ones(self):
		for call in (make_service_call(bridge=self.other.name).name, "no-such-call"):
			with self.subTest(call=call), self.assertRaises(frappe.DoesNotExistError):
				self.upload(call, tone())

	def test_odd_lengths(self):
		for seconds, stored in ((None, 0), ("12", 12), (-5, 0), ("soon", 0), (10**9, 0)):
			call = self.call()
			self.upload(call.name, tone(), seconds=seconds)
			with self.subTest(seconds=seconds):
				found = frappe.db.get_value("Service Call", call.name, "recording_seconds")
				self.assertEqual(found or 0, stored)

	def test_the_file_opens_for_nobody_by_its_own_address(self):
		call = self.call()
		file = frappe.get_doc("File", self.upload(call.name, tone()))
		self.assertTrue(file.is_private)
		for user in (self.bridge.user, self.agent, user_with("Service Manager"), user_with("System Manager")):
			frappe.set_user(user)
			with self.subTest(user=user):
				self.assertFalse(file.is_downloadable())
