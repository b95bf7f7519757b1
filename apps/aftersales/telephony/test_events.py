import json
from datetime import datetime, timedelta, timezone

from frappe.tests.utils import FrappeTestCase

from aftersales.telephony.events import EventRejected, clean, parse
from aftersales.testing.factories import make_call_event

NOW = datetime(2026, 11, 22, 9, 30)


def parsed(skew=timedelta(), live_seconds=60, **fields):
	return parse(make_call_event(**fields), NOW, skew, live_seconds)


class TestIdentity(FrappeTestCase):
	def test_what_identifies_an_event_must_be_right(self):
		for fields in (
			{"event_id": None},
			{"event_id": ""},
			{"event_id": "x" * 65},
			{"event_id": "a b"},
			{"event_id": "a'; drop table"},
			{"event_id": 7},
			{"call_uuid": None},
			{"call_uuid": ["a"]},
			{"seq": None},
			{"seq": -1},
			{"seq": "1"},
			{"seq": 1.5},
			{"seq": True},
			{"seq": 10**9},
			{"kind": "explode"},
			{"kind": None},
			{"kind": ["ringing"]},
			{"line": None},
			{"line": ""},
			{"line": "x" * 33},
			{"line": {}},
			{"line": True},
			{"schema": 2},
			{"schema": None},
		):
			with self.subTest(fields=fields), self.assertRaises(EventRejected) as caught:
				parsed(**fields)
			self.assertTrue(str(caught.exception))

	def test_an_event_is_an_object(self):
		for data in (None, 7, "ringing", [], True):
			with self.subTest(data=data), self.assertRaises(EventRejected):
				parse(data, NOW, timedelta(), 60)

	def test_device_events_have_no_call(self):
		self.assertIsNone(parsed(kind="device_down", call_uuid=None).call_uuid)

	def test_a_number_as_line_is_taken(self):
		self.assertEqual(parsed(line=3).line, "3")


class TestLenientFields(FrappeTestCase):
	def test_odd_values_cost_no_call(self):
		event = parsed(
			number_raw="1" * 500,
			name_raw="<script>alert(1)</script>\x00\ud800张三",
			presentation="secret",
			direction=["in"],
			ring_count="many",
			duration_s=float("inf"),
			age_ms=float("nan"),
			occurred_at="yesterday",
			cause={"code": 1},
		)
		self.assertEqual(len(event.number_raw), 64)
		self.assertEqual(event.name_raw, "scriptalert(1)/script张三")
		self.assertEqual((event.presentation, event.direction), ("allowed", "Unknown"))
		self.assertEqual((event.ring_count, event.duration, event.cause), (0, None, ""))
		self.assertEqual(event.happened_at, NOW)

	def test_a_huge_record_of_the_device_is_cut(self):
		event = parsed(raw=["x" * 100] * 1000)
		self.assertLess(len(event.payload), 8001)
		self.assertNotIn("raw", json.loads(event.payload))

	def test_clean_keeps_only_printable_text(self):
		self.assertEqual(clean("\x10\x13 13812345678\r\n", 64), "13812345678")
		self.assertEqual(clean(13812345678, 64), "13812345678")
		self.assertEqual(clean(None, 64), "")


class TestTime(FrappeTestCase):
	def test_age_counts_not_the_clock(self):
		event = parsed(age_ms=5000, occurred_at="1999-01-01T00:00:00Z")
		self.assertEqual(event.happened_at, NOW - timedelta(seconds=5))
		self.assertTrue(event.fresh)

	def test_without_age_the_corrected_clock_counts(self):
		occurred = datetime.now(timezone.utc) + timedelta(hours=1) - timedelta(seconds=30)
		event = parsed(skew=timedelta(hours=1), age_ms=None, occurred_at=occurred.isoformat())
		self.assertAlmostEqual((NOW - event.happened_at).total_seconds(), 30, delta=5)

	def test_nothing_happens_in_the_future(self):
		self.assertEqual(parsed(age_ms=-1000).happened_at, NOW)
		self.assertEqual(parsed(age_ms=None, occurred_at="2999-01-01T00:00:00Z").happened_at, NOW)

	def test_a_clock_that_lost_its_battery_is_bounded(self):
		event = parsed(age_ms=10**18)
		self.assertEqual(NOW - event.happened_at, timedelta(days=3650))
		self.assertLess(event.age_ms, 2**31)

	def test_late_or_not_live_events_are_not_fresh(self):
		self.assertTrue(parsed(age_ms=60_000).fresh)
		self.assertFalse(parsed(age_ms=60_001).fresh)
		self.assertFalse(parsed(live=False).fresh)
		self.assertFalse(parsed(live_seconds=10, age_ms=11_000).fresh)
