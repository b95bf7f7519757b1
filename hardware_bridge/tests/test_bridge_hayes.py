"""The modem decoder beyond its transcripts: floods, restarts, pulled plugs, dialling."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_testing import make, play, told

from aftersales_bridge.adapters.base import DialError, DialRequest
from aftersales_bridge.calls import MAX_CALLS_PER_MINUTE, RingTracker


def adapter(**options):
	return make("hayes", **options)


FRAGMENTS = st.one_of(
	st.binary(max_size=60),
	st.sampled_from(
		[
			b"RING\r\n",
			b"NMBR = 13812345678\r\n",
			b"NMBR=P\r\n",
			b"NAME = ZHANG\r\n",
			b"DATE = 1121\r\n",
			b"TIME=1530\r\n",
			b"\x10",
			b"\x10R",
			b"\x10X",
			b"NMBR = 138",
			b"\r",
			b"\n",
			b"OK\r\n",
			b"NO CARRIER\r\n",
			b"NMBR =",
			b"801701083131323131353330020B313338313233343536373885\r\n",
			b"8017010831\r\n",
			b"0409303933303132",
			b'+CLIP: "13812345678",145,,,"A",0\r\n',
			b'+CLIP: ,,,"\r\n',
			b"MESG = 04\r\n",
			b"A" * 300,
		]
	),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 12), FRAGMENTS), max_size=40))
def test_no_input_breaks_the_decoder(steps):
	decoder = adapter()
	now, parts = 0.0, []
	for pause, data in steps:
		now += pause
		parts.append((now, data))
	signals = play(decoder, parts)
	told(signals)  # sequence numbers have no gaps, whatever came
	assert decoder.snapshot() is None
	opened = {s.call_uuid for s in signals if s.kind == "ringing"}
	ended = [s.call_uuid for s in signals if s.kind == "ring_end"]
	assert sorted(opened) == sorted(ended)
	for signal in signals:
		assert signal.presentation in ("allowed", "restricted", "unavailable")
		assert (signal.number_raw is not None) == (signal.presentation == "allowed")
		assert len(signal.raw) <= 20 and all(len(line) <= 200 for line in signal.raw)


def test_a_flood_is_bounded():
	decoder, signals = adapter(), []
	for number in range(2000):
		signals += decoder.feed(b"NMBR = 1381234%04d\r\nRING\r\n" % number, 1.0 + number / 100)
	decoder.tick(21.0)
	assert 1 < sum(s.kind == "ringing" for s in signals) <= MAX_CALLS_PER_MINUTE
	assert len(signals) <= 3 * MAX_CALLS_PER_MINUTE
	assert decoder.bad.total["calls too close together"] > 0
	endless = adapter()
	for _ in range(1000):
		assert endless.feed(b"x" * 1000, 1.0) == []
	assert endless.bad.total == {"overlong lines": 1}
	assert [s.kind for s in endless.feed(b"\r\nRING\r\n", 2.0)] == ["ringing"]


def test_calls_per_minute_limit_passes_again_later():
	tracker = RingTracker("1", 2.0)
	opened = 0
	for second in range(0, 2 * MAX_CALLS_PER_MINUTE * 3, 3):
		tracker.tick(float(second))
		opened += sum(s.kind == "ringing" for s in tracker.ring(float(second)))
	assert opened == 2 * MAX_CALLS_PER_MINUTE


def test_bad_frames_are_logged_once_a_minute(caplog):
	decoder = adapter()
	for second in range(130):
		decoder.feed(b"call 13812345678 rubbish\r\n", float(second))
		decoder.tick(float(second))
	messages = [record.getMessage() for record in caplog.records]
	assert len(messages) == 3
	assert "60 unknown lines" in messages[1]
	assert all("13812345678" not in message for message in messages)


def test_the_first_ring_is_told_at_once_and_so_is_a_number_without_name():
	decoder = adapter()
	assert [s.kind for s in decoder.feed(b"RING\r\n", 1.0)] == ["ringing"]
	assert [s.number_raw for s in decoder.feed(b"NMBR = 13812345678\r\n", 2.0)] == ["13812345678"]


def test_rings_that_are_read_late_make_no_second_call():
	"""A machine that was kept busy (or asleep) finds the ring in its buffer when the time-out has passed."""
	decoder = adapter()
	(ringing,) = decoder.feed(b"RING\r\n", 1.0)
	assert decoder.feed(b"RING\r\nRING\r\n", 30.0) == []
	assert decoder.tick(30.0) == []
	(end,) = decoder.tick(38.0)
	assert end.call_uuid == ringing.call_uuid


def test_a_call_goes_on_after_a_restart():
	before = adapter()
	(ringing,) = before.feed(b"NMBR = 13812345678\r\n", 1.0)
	before.feed(b"RING\r\n", 1.1)
	saved = json.loads(json.dumps(before.snapshot()))
	after = adapter()
	assert after.restore(saved, 4.0, 100.0) == []
	assert after.feed(b"RING\r\n", 101.0) == []
	(end,) = after.tick(110.0)
	assert (end.call_uuid, end.seq, end.number_raw, end.ring_count) == (
		ringing.call_uuid,
		2,
		"13812345678",
		2,
	)


def test_a_call_from_before_a_long_stop_is_ended():
	before = adapter()
	before.feed(b"RING\r\n", 1.0)
	(end,) = adapter().restore(before.snapshot(), 45.0, 100.0)
	assert (end.kind, end.seq, end.cause) == ("ring_end", 2, "bridge_restarted")


def test_a_call_survives_a_pulled_plug_but_not_for_ever():
	decoder = adapter()
	decoder.feed(b"RING\r\n", 1.0)
	decoder.suspend(2.0)
	assert decoder.tick(20.0) == []
	decoder.resume(20.0)
	assert decoder.feed(b"RING\r\n", 22.0) == []
	decoder.suspend(23.0)
	(end,) = decoder.tick(60.0)
	assert end.cause == "device_lost"


def test_half_a_number_from_before_the_plug_was_pulled_is_forgotten():
	decoder = adapter()
	decoder.feed(b"RING\r\nNMBR = 1381", 1.0)
	decoder.suspend(1.1)
	decoder.resume(1.2)
	assert decoder.feed(b"2345678\r\n", 1.3) == []


class Wire:
	"""A port that keeps what was written."""

	def __init__(self):
		self.sent = b""

	def write(self, data):
		self.sent += data


def wanted(number="13812345678"):
	return DialRequest("dial-1", "1", number, "201")


def test_dialling():
	decoder, wire = adapter(dial_prefix="9,", dial_hold_s=10), Wire()
	assert decoder.dial(wire, wanted("+86 (138) 1234-5678"), 1.0) == []
	assert wire.sent == b"ATDT9,008613812345678;\r"
	dialled, over = decoder.feed(b"ATDT9,008613812345678;\r\r\nOK\r\n", 4.0)
	assert (dialled.kind, dialled.direction, dialled.dial_request, dialled.number_raw, dialled.extension) == (
		"ringing", "out", "dial-1", "+86 (138) 1234-5678", "201",
	)  # fmt: skip
	assert (over.kind, over.seq, over.call_uuid) == ("ring_end", 2, dialled.call_uuid)
	wire.sent = b""
	decoder.check_up(wire, 13.9)
	assert wire.sent == b"", "the line must be kept until somebody has lifted the receiver"
	decoder.check_up(wire, 14.0)
	assert wire.sent == b"ATH\r"
	assert decoder.feed(b"\r\nOK\r\n", 14.1) == []
	decoder.check_up(wire, 14.2)
	assert wire.sent == b"ATH\r"


@pytest.mark.parametrize("answer", ["ERROR", "NO DIALTONE", "BUSY", "NO CARRIER"])
def test_a_number_that_could_not_be_dialled(answer):
	decoder, wire = adapter(), Wire()
	decoder.dial(wire, wanted(), 1.0)
	(failed,) = decoder.feed(f"\r\n{answer}\r\n".encode(), 2.0)
	assert (failed.kind, failed.dial_request) == ("dial_failed", "dial-1")
	assert decoder.dial(wire, wanted(), 3.0) == []


def test_a_modem_that_does_not_answer_while_dialling():
	decoder = adapter()
	decoder.dial(Wire(), wanted(), 1.0)
	assert decoder.tick(30.0) == []
	(failed,) = decoder.tick(31.0)
	assert failed.kind == "dial_failed"


@pytest.mark.parametrize("number", ["13812345678;ATZ", "12\r34", "", "1" * 41, "1a", "１２３"])
def test_what_is_no_number_never_reaches_the_modem(number):
	wire = Wire()
	with pytest.raises(DialError):
		adapter().dial(wire, wanted(number), 1.0)
	assert wire.sent == b""


def test_no_dialling_into_a_ringing_line():
	decoder = adapter()
	decoder.feed(b"RING\r\n", 1.0)
	with pytest.raises(DialError, match="ringing"):
		decoder.dial(Wire(), wanted(), 2.0)
	decoder.tick(20.0)
	decoder.dial(Wire(), wanted(), 21.0)
	with pytest.raises(DialError, match="another"):
		decoder.dial(Wire(), wanted(), 22.0)


def test_a_hexadecimal_message_is_not_continued_after_a_pause():
	decoder = adapter(caller_id="raw")
	decoder.feed(b"RING\r\n8017010831313231\r\n", 1.0)
	(signal,) = decoder.feed(b"801701083131323131353330020B313338313233343536373885\r\n", 7.0)
	assert signal.number_raw == "13812345678"
	assert decoder.bad.total == {"packets that broke off": 1}
