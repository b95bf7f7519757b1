"""The modem decoder against transcripts, and against everything that is none."""

import json
import re

import pytest
from bridge_testing import CALLER_ID
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_bridge.adapters.hayes import HayesAdapter
from aftersales_bridge.calls import MAX_CALLS_PER_MINUTE, RingTracker
from aftersales_bridge.schema import read_table

TRANSCRIPTS = sorted(CALLER_ID.glob("*.txt"))


def adapter(**options):
	return HayesAdapter("modem-1", "1", read_table(options, HayesAdapter.options, "test"))


def pieces(path):
	for line in path.read_text(encoding="utf-8").splitlines():
		if line and not line.startswith("#"):
			second, text = line.split(" ", 1)
			escapes = {r"\r": b"\r", r"\n": b"\n"}
			parts = re.split(r"(\\x[0-9a-fA-F]{2}|\\[rn])", text)
			yield (
				float(second),
				b"".join(
					escapes.get(p) or (bytes([int(p[2:], 16)]) if p.startswith("\\x") else p.encode())
					for p in parts
				),
			)


def play(decoder, parts):
	"""Feed (second, bytes) parts, let time pass between and after them, and return the signals."""
	signals, now = [], 0.0
	for second, data in parts:
		while now + 0.5 < second:
			now += 0.5
			signals += decoder.tick(now)
		now = max(now, second)
		signals += decoder.feed(data, now)
	for _ in range(80):
		now += 0.5
		signals += decoder.tick(now)
	return signals


def told(signals):
	calls = {}
	keys = ("kind", "number_raw", "presentation", "name_raw", "ring_count", "cause", "device_time_raw")
	for signal in signals:
		calls.setdefault(signal.call_uuid, []).append(signal.seq)
	for sequence in calls.values():
		assert sequence == list(range(1, len(sequence) + 1))
	order = list(calls)
	return [
		{"call": order.index(signal.call_uuid) + 1, **{key: getattr(signal, key) for key in keys}}
		for signal in signals
	]


def test_there_are_transcripts():
	assert len(TRANSCRIPTS) >= 20


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path):
	expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
	assert told(play(adapter(), pieces(path))) == expected


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript_byte_by_byte(path):
	expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
	single = [(second, bytes([byte])) for second, data in pieces(path) for byte in data]
	assert told(play(adapter(), single)) == expected


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


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_where_the_bytes_are_cut_does_not_matter(data):
	path = data.draw(st.sampled_from(TRANSCRIPTS))
	cut = []
	for second, text in pieces(path):
		places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
		for start, end in zip([0, *places], [*places, len(text)]):
			cut.append((second, text[start:end]))
	expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
	assert told(play(adapter(), cut)) == expected


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
