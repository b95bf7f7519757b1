"""Calls of sources that know them by name."""

import json

import pytest

from aftersales_bridge import known_calls
from aftersales_bridge.known_calls import Facts, KnownCalls

RING = Facts(line="1", number="13812345678", did="02161234567")


def kinds(signals):
	return [(signal.kind, signal.seq) for signal in signals]


def test_a_call_from_ring_to_end():
	calls = KnownCalls()
	(ringing,) = calls.ringing_now("7.1", 0.0, RING, ["Newchannel"])
	assert (ringing.kind, ringing.seq, ringing.number_raw, ringing.did) == (
		"ringing", 1, "13812345678", "02161234567",
	)  # fmt: skip
	assert ringing.source_call_id == "7.1" and ringing.raw == ("Newchannel",) and ringing.direction == "in"
	assert calls.ringing_now("7.1", 1.0, RING) == []
	(phone,) = calls.ringing_now("7.1", 1.0, Facts(extension="11", name="ACME"))
	assert (phone.kind, phone.seq, phone.extension, phone.name_raw) == ("caller_id", 2, "11", "ACME")
	(answer,) = calls.answered("7.1", 5.0, Facts(extension="12"))
	assert (answer.kind, answer.extension) == ("answered", "12")
	assert calls.answered("7.1", 6.0) == []
	(taken,) = calls.answered("7.1", 60.0, Facts(extension="13"))
	assert (taken.kind, taken.extension, taken.seq) == ("answered", "13", 4)
	(end,) = calls.ended("7.1", 131.5, cause="normal_clearing")
	assert (end.kind, end.duration_s, end.cause, end.seq) == ("ended", 126, "normal_clearing", 5)
	assert {s.call_uuid for s in (ringing, phone, answer, taken, end)} == {ringing.call_uuid}
	assert calls.ended("7.1", 132.0) == [] and calls.ringing_now("7.1", 132.0, RING) == []
	(recording,) = calls.recording("7.1", 140.0, "a.wav", 126)
	assert (recording.kind, recording.recording, recording.duration_s, recording.seq) == (
		"recording", "a.wav", 126, 6,
	)  # fmt: skip
	assert not calls.ringing and calls.snapshot() is None


@pytest.mark.parametrize(
	("direction", "answered", "certain", "kind"),
	[
		("in", False, True, "missed"),
		("in", False, False, "ring_end"),
		("in", True, True, "ended"),
		("in", True, False, "ended"),
		("out", False, True, "ended"),
		("out", True, True, "ended"),
	],
)
def test_how_calls_end(direction, answered, certain, kind):
	calls = KnownCalls()
	calls.ringing_now("k", 0.0, Facts(line="1", direction=direction, number="10086"))
	if answered:
		calls.answered("k", 3.0)
	(end,) = calls.ended("k", 9.0, certain=certain)
	assert (end.kind, end.duration_s) == (kind, 6 if answered else None)


def test_a_log_written_after_the_call_is_history_and_always_the_same_call():
	told = []
	for _ in range(2):
		calls = KnownCalls(stable=True)
		calls.namespace = "desk|pbx"
		past = Facts(line="3", number="PRIVATE", occurred_at=1_700_000_000_000, history=True)
		(end,) = calls.ended("20231114 2213 3", 0.0, past, duration_s=65)
		told.append(end)
	assert told[0] == told[1]
	assert (end.kind, end.presentation, end.history, end.occurred_at) == (
		"ended", "restricted", True, 1_700_000_000_000,
	)  # fmt: skip
	(missed,) = calls.ended("other", 0.0, Facts(line="3", history=True), duration_s=0)
	assert missed.kind == "missed"
	assert calls.ended("no line", 0.0) == []


def test_numbers_and_words():
	calls = KnownCalls()
	(ringing,) = calls.ringing_now("k", 0.0, Facts(line="1", number="<unknown>"))
	assert (ringing.number_raw, ringing.presentation) == (None, "unavailable")
	(known,) = calls.ringing_now("k", 0.0, Facts(number="+86 138 1234 5678", presentation="restricted"))
	assert (known.kind, known.number_raw, known.presentation) == ("caller_id", "+86 138 1234 5678", "allowed")
	assert calls.ringing_now("k", 0.0, Facts(number="P")) == []


def test_keys_may_come_again_where_the_source_has_no_ids():
	calls = KnownCalls(reuse=True)
	(first,) = calls.ringing_now("01", 0.0, RING)
	calls.ended("01", 5.0)
	(second,) = calls.ringing_now("01", 6.0, RING)
	assert first.call_uuid != second.call_uuid and second.source_call_id is None


def test_calls_nobody_mentions_are_closed():
	calls = KnownCalls(ring_limit=100.0, talk_limit=1000.0)
	calls.ringing_now("a", 0.0, RING)
	calls.ringing_now("b", 0.0, RING)
	calls.answered("b", 5.0)
	assert calls.tick(99.0) == []
	(lost,) = calls.tick(100.0)
	assert (lost.kind, lost.cause) == ("ring_end", "silence")
	(lost,) = calls.tick(1005.0)
	# How long they spoke nobody knows.
	assert (lost.kind, lost.duration_s) == ("ended", None)


def test_a_lost_connection():
	calls = KnownCalls()
	for key in ("ringing", "talking", "gone"):
		calls.ringing_now(key, 0.0, RING)
	calls.answered("talking", 1.0)
	calls.suspend(10.0)
	assert [s.source_call_id for s in calls.only(["ringing", "talking"], 12.0)] == ["gone"]
	assert calls.ringing_now("ringing", 12.0, RING) == []
	assert calls.tick(45.0) == []
	calls.suspend(50.0)
	assert [(s.source_call_id, s.kind) for s in calls.tick(81.0)] == [("ringing", "ring_end")]
	assert calls.open_keys() == ["talking"] and calls.is_answered("talking")


def test_calls_go_on_after_a_restart():
	before = KnownCalls()
	(ringing,) = before.ringing_now("a", 0.0, RING)
	before.ringing_now("b", 0.0, RING)
	before.answered("b", 1.0)
	saved = json.loads(json.dumps(before.snapshot()))
	after = KnownCalls()
	assert after.restore(saved, 5.0, 500.0) == []
	assert after.ringing_now("a", 501.0, RING) == []
	(end,) = after.ended("a", 502.0)
	assert (end.kind, end.seq, end.call_uuid) == ("missed", 2, ringing.call_uuid)
	(end,) = after.ended("b", 502.0)
	assert end.kind == "ended" and 0 <= end.duration_s < 10
	late = KnownCalls()
	assert [(s.source_call_id, s.cause) for s in late.restore(saved, 100.0, 0.0)] == [
		("a", "bridge_restarted")
	]
	assert late.open_keys() == ["b"]


def test_a_flood_is_bounded():
	calls, signals = KnownCalls(), []
	for number in range(5000):
		signals += calls.ringing_now(str(number), number / 1000, RING)
	signals += calls.tick(5.0)
	assert sum(s.kind == "ringing" for s in signals) == known_calls.MAX_CALLS_PER_MINUTE
	assert len(calls.open_keys()) == known_calls.MAX_OPEN
	assert sum(s.cause == "too_many_calls" for s in signals) == 100
	assert calls.take_suppressed() == 5000 - known_calls.MAX_CALLS_PER_MINUTE
	assert calls.take_suppressed() == 0
