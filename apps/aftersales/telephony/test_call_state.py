from datetime import datetime, timedelta
from itertools import permutations

from frappe.tests.utils import FrappeTestCase

from aftersales.telephony.call_state import changes, new_call, shows_number
from aftersales.telephony.events import parse
from aftersales.testing.factories import make_call_event

NOW = datetime(2026, 11, 22, 9, 30)


def event(kind, seq, seconds_ago=0, **fields):
	data = make_call_event(kind, call_uuid="c", seq=seq, age_ms=seconds_ago * 1000, **fields)
	return parse(data, NOW, timedelta(), 60)


def call_after(*events):
	call = new_call(events[0])
	for one in events:
		call |= changes(call, one)
	return call


class TestStates(FrappeTestCase):
	def test_what_each_source_knows(self):
		ring = event("ringing", 1, 30)
		for kinds, state in (
			((), "Ringing"),
			(("caller_id",), "Ringing"),
			(("ring_end",), "Unknown"),
			(("missed",), "Missed"),
			(("answered",), "Answered"),
			(("answered", "ended"), "Ended"),
			(("answered", "ring_end"), "Answered"),
			(("ended",), "Ended"),
			(("missed", "ring_end"), "Missed"),
			(("ring_end", "answered"), "Answered"),
			(("missed", "answered"), "Missed"),
		):
			with self.subTest(kinds=kinds):
				later = [event(kind, seq) for seq, kind in enumerate(kinds, start=2)]
				self.assertEqual(call_after(ring, *later)["state"], state)

	def test_any_order_of_arrival_ends_the_same(self):
		events = [
			event("ringing", 1, 40),
			event("caller_id", 2, 38),
			event("answered", 3, 30, cause="picked up"),
			event("ended", 4, 10),
		]
		expected = call_after(*events)
		self.assertEqual((expected["state"], expected["duration"]), ("Ended", 20))
		self.assertEqual(expected["started_at"], NOW - timedelta(seconds=40))
		for order in permutations(events):
			with self.subTest(order=[one.kind for one in order]):
				self.assertEqual(call_after(*order), expected)

	def test_a_repeated_report_changes_nothing(self):
		ring, answer = event("ringing", 1, 9), event("answered", 2, 5)
		call = call_after(ring, answer)
		self.assertEqual(changes(call, answer), {})
		self.assertEqual(changes(call, ring), {})

	def test_a_late_first_report_does_not_ring(self):
		call = call_after(event("ringing", 1, 600))
		self.assertEqual((call["state"], call["live"]), ("Unknown", 0))

	def test_duration_as_the_source_counted_it_wins(self):
		call = call_after(event("answered", 1, 50), event("ended", 2, 10, duration_s=37))
		self.assertEqual(call["duration"], 37)

	def test_an_end_before_the_answer_gives_no_negative_duration(self):
		self.assertEqual(call_after(event("answered", 1, 5), event("ended", 2, 50))["duration"], 0)

	def test_rings_only_grow(self):
		call = call_after(event("ringing", 1, ring_count=1), event("ringing", 3, ring_count=3))
		self.assertEqual(changes(call, event("ringing", 2, ring_count=2)), {})
		self.assertEqual(call["ring_count"], 3)


class TestNumber(FrappeTestCase):
	def test_the_first_number_stays(self):
		call = new_call(event("ringing", 1))
		self.assertFalse(shows_number(call, event("ringing", 2)))
		self.assertTrue(shows_number(call, event("caller_id", 2, number_raw="13812345678")))
		call["number_raw"], call["presentation"] = "13812345678", "Allowed"
		self.assertFalse(shows_number(call, event("caller_id", 3, presentation="unavailable")))
		self.assertFalse(shows_number(call, event("caller_id", 3, number_raw="O")))

	def test_a_number_after_unavailable_is_taken(self):
		call = new_call(event("ringing", 1)) | {"presentation": "Unavailable"}
		self.assertTrue(shows_number(call, event("caller_id", 2, number_raw="13812345678")))
