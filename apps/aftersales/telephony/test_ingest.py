from unittest.mock import patch

import frappe

from aftersales.telephony import call_hooks, ingest
from aftersales.telephony.test_api import TelephonyTestCase
from aftersales.testing.factories import make_call_event, make_customer, unique_phone

KINDS = ("ringing", "caller_id", "answered", "ended")


class IngestTestCase(TelephonyTestCase):
	def statements(self, events):
		"""Store events and return the statements that it took."""
		with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
			answers = ingest.store_batch(self.bridge.name, events, None)
		self.assertEqual({answer["status"] for answer in answers}, {"accepted"})
		return [str(call.args[0])[:90] for call in sql.call_args_list]

	def life(self, **fields):
		"""The events of one call of a box that watches its line."""
		call, number = frappe.generate_hash(length=20), unique_phone()
		return [
			make_call_event(kind, call_uuid=call, seq=seq, number_raw=number if seq else None, **fields)
			for seq, kind in enumerate(KINDS)
		]


class TestCost(IngestTestCase):
	def test_eight_numbers_at_once(self):
		numbers = [unique_phone() for _ in range(8)]
		for number in numbers:
			make_customer(phone=number)
		self.ring(numbers[0])
		with patch("aftersales.telephony.popup.party_of", return_value=None):
			events = [make_call_event("caller_id", number_raw=number) for number in numbers]
			# calls?, events, lines, look-ups, calls, bridge
			self.assertLessEqual(len(statements := self.statements(events)), 6, statements)

	def test_a_hundred_events_of_last_week(self):
		self.statements(self.life(live=False))
		events = [event for _ in range(25) for event in self.life(live=False, age_ms=604_800_000)]
		# calls?, events, lines, look-ups, does anybody listen, calls, call-backs (read), bridge
		self.assertLessEqual(len(statements := self.statements(events)), 8, statements)
		calls = {event["call_uuid"] for event in events}
		states = frappe.get_all("Service Call", {"name": ("in", calls)}, pluck="state")
		self.assertEqual(states, ["Ended"] * 25)

	def test_the_end_of_a_call_is_one_update(self):
		*before, end = self.life()
		self.statements(before)
		statements = self.statements([end])
		self.assertEqual(len([text for text in statements if text.startswith("update `tabService Call`")]), 1)
		self.assertFalse([text for text in statements if "Version" in text])


class TestWholeBatch(IngestTestCase):
	def test_a_call_is_written_once_with_the_last_word(self):
		events = self.life()
		self.statements(events)
		call = frappe.get_doc("Service Call", events[0]["call_uuid"])
		self.assertEqual((call.state, call.last_seq, call.revision), ("Ended", 3, 0))
		self.statements([make_call_event("recording", call_uuid=call.name, seq=4, recording="a.wav")])
		call.reload()
		self.assertEqual((call.state, call.revision, call.recording_state), ("Ended", 1, "Announced"))

	def test_what_is_new_among_what_came_before(self):
		events = [make_call_event() for _ in range(7)]
		self.post(events[1], events[4], events[5])
		foreign = {**make_call_event(), "event_id": events[4]["event_id"]}
		answers = self.post(*events, events[0], foreign)
		self.assertEqual(
			[answer["status"] for answer in answers],
			[
				*("accepted", "duplicate", "accepted", "accepted"),
				*("duplicate", "duplicate", "accepted", "duplicate", "rejected"),
			],
		)
		self.assertEqual(
			frappe.db.count("Call Event", {"name": ("in", [e["event_id"] for e in events])}), len(events)
		)
		self.assertFalse(frappe.db.exists("Service Call", foreign["call_uuid"]))

	def test_large_and_small_letters_are_one_call_and_one_event(self):
		first = make_call_event(call_uuid="Letters-A", event_id="Letters-Event-A")
		self.post(first)
		(again,) = self.post({**first, "call_uuid": "letters-a", "event_id": "letters-event-a"})
		self.assertEqual(again["status"], "duplicate")
		answers = self.post(
			make_call_event("answered", call_uuid="LETTERS-A", seq=2),
			make_call_event(call_uuid="letters-b"),
			make_call_event("missed", call_uuid="LETTERS-B", seq=2),
		)
		self.assertEqual({answer["status"] for answer in answers}, {"accepted"})
		self.assertEqual(frappe.db.get_value("Service Call", "Letters-A", "state"), "Answered")
		self.assertEqual(frappe.db.get_value("Service Call", "letters-b", "state"), "Missed")

	def test_a_missed_call_and_the_talk_that_settles_it_in_one_batch(self):
		number = unique_phone()
		missed = make_call_event("missed", number_raw=number, age_ms=60_000)
		talk = make_call_event("answered", number_raw=number, age_ms=1000)
		self.statements([missed, talk])
		self.assertEqual(
			frappe.db.get_value("Service Call", missed["call_uuid"], ["call_back_state", "call_back"]),
			("Done", talk["call_uuid"]),
		)

	def test_a_call_made_meanwhile_is_done_again(self):
		event = make_call_event()
		self.post(make_call_event(call_uuid=event["call_uuid"]))
		seen = []

		def blind(batch, events):
			seen.append(batch)
			return {} if len(seen) == 1 else {event["call_uuid"]: self.bridge.name}

		frappe.db.savepoint("before_batch")
		back = frappe.local.db.rollback
		with (
			patch.object(ingest._Batch, "_bridges_of_calls", blind),
			patch.object(frappe.local.db, "rollback", lambda: back(save_point="before_batch")),
		):
			(answer,) = ingest.store_batch(self.bridge.name, [{**event, "kind": "missed", "seq": 2}], None)
		self.assertEqual((answer["status"], len(seen)), ("accepted", 2))
		self.assertEqual(frappe.db.get_value("Service Call", event["call_uuid"], "state"), "Missed")


class TestWhoListens(IngestTestCase):
	def notify(self, **fields):
		return frappe.get_doc(
			{
				"doctype": "Notification",
				"name": frappe.generate_hash(length=10),
				"enabled": 1,
				"channel": "System Notification",
				"document_type": "Service Call",
				"subject": "A call ended",
				"message": "It ended.",
				"recipients": [{"receiver_by_role": "Service Agent"}],
				**fields,
			}
		).insert()

	def test_nobody_does_on_a_plain_site(self):
		self.assertFalse(call_hooks.listens())

	def test_a_change_of_state_is_heard_though_the_call_ended_in_its_first_batch(self):
		alert = self.notify(event="Value Change", value_changed="state")
		self.addCleanup(alert.delete)
		self.assertTrue(call_hooks.listens())
		events = self.life()
		with patch("frappe.email.doctype.notification.notification.evaluate_alert") as evaluate:
			self.statements_allowing_documents(events)
		self.assertEqual([call.args[1] for call in evaluate.call_args_list], [alert.name])
		doc = evaluate.call_args_list[0].args[0]
		self.assertEqual((doc.name, doc.state, doc.duration), (events[0]["call_uuid"], "Ended", 0))
		self.assertEqual(doc.get_doc_before_save().state, "Answered")

	def statements_allowing_documents(self, events):
		answers = ingest.store_batch(self.bridge.name, events, None)
		self.assertEqual({answer["status"] for answer in answers}, {"accepted"})

	def test_a_script_a_webhook_and_a_hook_of_another_app(self):
		script = frappe.get_doc(
			doctype="Server Script",
			name=frappe.generate_hash(length=10),
			script_type="DocType Event",
			reference_doctype="Service Call",
			doctype_event="After Save",
			script="pass",
		).insert()
		self.addCleanup(script.delete)
		self.assertTrue(call_hooks.listens())
		script.db_set("disabled", 1)
		self.assertFalse(call_hooks.listens())
		for doctype, event in (("Service Call", "on_update"), ("*", "before_save")):
			with patch("frappe.get_doc_hooks", return_value={doctype: {event: ["other.app.method"]}}):
				self.assertTrue(call_hooks.listens())
		with patch("aftersales.telephony.call_hooks.kinds", return_value={"Service Call": None}):
			self.assertTrue(call_hooks.listens())
