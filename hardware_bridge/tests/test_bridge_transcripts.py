"""Every adapter against transcripts of its devices, and against everything that is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_testing import (
	TRANSCRIPTS,
	decoder_of,
	expected_of,
	is_framed,
	make,
	pieces,
	play,
	title,
	told,
)

from aftersales_bridge.adapters import ADAPTERS

KINDS = {"ringing", "caller_id", "answered", "ring_end", "ended", "missed", "recording", "dial_failed"}
OVER = {"ring_end", "ended", "missed"}
STREAMED = [path for path in TRANSCRIPTS if not is_framed(path)]
SERIAL = [path for path in STREAMED if "serial" in ADAPTERS[path.parent.name].ports]


def test_every_adapter_has_transcripts():
	assert {path.parent.name for path in TRANSCRIPTS} >= set(ADAPTERS)
	assert len([path for path in TRANSCRIPTS if path.parent.name == "hayes"]) >= 25


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=title)
def test_transcript(path):
	assert told(play(decoder_of(path), pieces(path))) == expected_of(path)


@pytest.mark.parametrize("path", STREAMED, ids=title)
def test_transcript_byte_by_byte(path):
	single = [(second, bytes([byte])) for second, data in pieces(path) for byte in data]
	assert told(play(decoder_of(path), single)) == expected_of(path)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_where_the_bytes_are_cut_does_not_matter(data):
	path = data.draw(st.sampled_from(STREAMED))
	cut = []
	for second, text in pieces(path):
		places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
		for start, end in zip([0, *places], [*places, len(text)]):
			cut.append((second, text[start:end]))
	assert told(play(decoder_of(path), cut)) == expected_of(path)


def at_another_speed(data, factor):
	"""``data`` sent at one speed (8N1) and read at ``factor`` times that speed."""
	bits = [bit for byte in data for bit in (0, *(byte >> n & 1 for n in range(8)), 1)] + [1] * 20
	read, at, step = [], 0.0, 1 / factor
	while at + 9.5 * step < len(bits):
		if bits[int(at)]:
			at += step / 4
			continue
		# From the falling edge: eight bits, each taken in its middle, then a stop bit.
		read.append(sum(bits[int(at + (n + 1.5) * step)] << n for n in range(8)))
		at += 9.5 * step
	return bytes(read)


@pytest.mark.parametrize("factor", [0.5, 4])
@pytest.mark.parametrize("path", SERIAL, ids=title)
def test_the_wrong_speed_shows_no_number(path, factor):
	"""Not a single character comes through; what a decoder makes of the rest must not be a caller."""
	parts = [(second, at_another_speed(data, factor)) for second, data in pieces(path)]
	signals = play(decoder_of(path), parts)
	told(signals)
	assert {signal.number_raw for signal in signals} <= {None}


def test_the_right_speed_is_read():
	assert at_another_speed(b"NMBR = 138\r\n", 1) == b"NMBR = 138\r\n"


@pytest.mark.parametrize("path", STREAMED, ids=title)
def test_unplugged_at_any_byte(path):
	"""At whatever byte the device vanishes: nothing is made up, every call ends, and the next session is read from its start."""
	everything = [(second, bytes([byte])) for second, data in pieces(path) for byte in data]
	known = {event.get("number_raw") for event in expected_of(path)}
	for cut in range(0, len(everything) + 1, max(1, len(everything) // 7)):
		decoder = decoder_of(path)
		signals = []
		now = 0.0
		for now, byte in everything[:cut]:
			signals += decoder.tick(now)
			signals += decoder.feed(byte, now)
		decoder.suspend(now + 0.1)
		decoder.resume(now + 0.2)
		signals += play_from(decoder, now + 0.2)
		told(signals)
		assert {signal.number_raw for signal in signals} <= known | {None}
		assert not decoder.calls.ringing
		if path not in SERIAL:
			# Telephone systems name their calls, and the same call is not told twice.
			continue
		again = told(play_after(decoder, everything, now + 100_000))
		assert [(e["kind"], e.get("number_raw")) for e in again] == [
			(e["kind"], e.get("number_raw")) for e in expected_of(path)
		]


def play_from(decoder, now):
	"""Let time pass until no call is open."""
	signals = []
	for step in [0.5] * 80 + [60.0] * 1500:
		if step > 1 and not decoder.calls.ringing:
			break
		now += step
		signals += decoder.tick(now)
	return signals


def play_after(decoder, parts, offset):
	"""Play ``parts`` to a decoder that has been at work before."""
	signals = []
	now = offset
	for second, data in parts:
		while now + 0.5 < offset + second:
			now += 0.5
			signals += decoder.tick(now)
		now = max(now, offset + second)
		signals += decoder.feed(data, now)
	return signals + play_from(decoder, now)


# What any device might send, to any decoder.
SCRAPS = [
	b"RING\r\n", b"NMBR = 13812345678\r\n", b"\x10", b"\r", b"\n", b"\x00", b"\xff" * 9, b"U" * 9, b"A" * 500,
	b"\x80\x17\x01\x08", b"\x04\x12" + b"0" * 30, b"\x80\xff" + b"\x02\xff" * 40,
	b"A138", b"D1#", b"C", b"#" * 70, b"01 R             11/21 15:30:02\r\n", b"01 F             11/21 15:30:02\r\n",
	b"01 I S 0000 G A0 11/21 03:30 PM 02161234567    ACME LTD       \r\n", b"01 N             11/21 15:30:02\r\n",
	b"01 I E 9999 B Z9 99/99 99:99 PM 02161234567    ACME LTD       \r\n", b"99 O S 0000 G A0 11/21 09:01 AM 1\r\n",
	b"^^<U>\x00\x00\x00\x00\x00\x01<S>\x00\x00\x00\x00\x00\x01$01 R             11/21 15:30:02",
	b"01      9/05     11:17 AM       702-555-1145           CARD SERVICES  \r\n",
	b"###DATE03301423...NMBR4075551212...NAMEWIRELESS CALL+++\r", b"###DATE...NMBR...NAME+++\r",
	b"06/24/96 10:03AM 103 03 <I> 1234567890 MARY WARD   RC\r\n", b"06/24/96 10:03AM 103 03 <I> 1 AN\r\n",
	b"99/99/99 99:99PM 1234 01 <I> 9'99 99:99'99 NA\r\n", b"01/02/02 10:15AM 1200  01 13812345678 00:01'05\r\n",
	b"2008/06/28 09:28:41,00:00:00,9,8004206,I,4324,4324,,0,1,1,E4324,J,T1,L,0,0\r\n", b'"I","","","000000","","","",""\r\n',
	b"2008/06/28 09:28:41,99999999:0:0,9,8,I,4,4,,0,1,0\r\n", b"CALL 1 IN line=1 from=138\r\n", b"DTMF: D\nDTMF: 1\n",
	b"CLIPFSK: CS DATE= CID=138 CNT=CID=\n", b"\xff\xfb", b"> ", '张三\r\n'.encode("gb18030"), "张三\r\n".encode(),
]  # fmt: skip
OPTIONS = {"smdr": [{"dialect": dialect} for dialect in ("kx_td", "kx_tda", "avaya", "esi")]}
OPTIONS["smdr"].append({"dialect": "kx_tda", "user": "SMDR", "line_by": "extension"})
TEXT = {"ringing": [r"(?P<line>\d*) ?(?P<number>\S+).*"], "ended": [r"END (?P<line>\d+) (?P<duration>\S*)"]}
MADE_FROM_TRANSCRIPTS = {path.parent.name for path in TRANSCRIPTS}


def variants(name):
	"""The ways in which an adapter is tried: as its transcripts set it, or by the options here."""
	if name == "text":
		return [lambda: make("text", **TEXT)]
	if name in OPTIONS:
		return [lambda options=options: make(name, **options) for options in OPTIONS[name]]
	path = next(path for path in TRANSCRIPTS if path.parent.name == name)
	return [lambda: decoder_of(path)]


@pytest.mark.parametrize("name", sorted(MADE_FROM_TRANSCRIPTS))
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_input_breaks_a_decoder(name, data):
	decoder = data.draw(st.sampled_from(variants(name)))()
	own = [piece for path in TRANSCRIPTS if path.parent.name == name for _, piece in pieces(path)]
	steps = data.draw(
		st.lists(
			st.tuples(
				st.floats(0, 12),
				st.one_of(st.binary(max_size=60), st.sampled_from(SCRAPS), st.sampled_from(own)),
				st.integers(0, 60),
			),
			max_size=30,
		)
	)
	now, parts = 0.0, []
	for pause, piece, cut in steps:
		now += pause
		parts.append((now, piece[: len(piece) - cut] if cut < len(piece) and cut % 3 == 0 else piece))
	check_signals(play(decoder, parts))
	assert not decoder.calls.ringing


def check_signals(signals):
	"""What must be true of all signals, whatever came."""
	told(signals)
	calls = {}
	for signal in signals:
		assert signal.kind in KINDS
		assert signal.line and len(signal.line) <= 32
		assert signal.presentation in ("allowed", "restricted", "unavailable")
		assert (signal.number_raw is not None) == (signal.presentation == "allowed")
		assert signal.direction in ("in", "out", "unknown")
		assert len(signal.raw) <= 20 and all(len(line) <= 600 for line in signal.raw)
		assert len(signal.number_raw or "") <= 64 and len(signal.name_raw or "") <= 140
		assert signal.duration_s is None or 0 <= signal.duration_s < 2_000_000_000
		calls.setdefault(signal.call_uuid, []).append(signal.kind)
	for kinds in calls.values():
		if kinds == ["dial_failed"]:
			continue
		# Every call that was opened is closed, and nothing but a recording follows, or the end that nobody could tell before.
		over = [kind for kind in kinds if kind in OVER]
		assert len(over) == 1 or (len(over) == 2 and over[0] == "ring_end" != over[1]), kinds
		assert [kind for kind in kinds if kind != "recording"][-1] in OVER, kinds


@pytest.mark.parametrize("name", sorted(MADE_FROM_TRANSCRIPTS))
def test_a_flood_is_bounded(name):
	"""A device gone mad must fill neither memory nor queue."""
	decoder = variants(name)[0]()
	own = [piece for path in TRANSCRIPTS if path.parent.name == name for _, piece in pieces(path)]
	signals = []
	for turn in range(3000):
		signals += decoder.feed(own[turn % len(own)], 1.0 + turn / 100)
		if turn % 50 == 0:
			signals += decoder.tick(1.0 + turn / 100)
	opened = {signal.call_uuid for signal in signals}
	assert len(opened) <= 700
	assert decoder.feed(b"x" * 100_000, 40.0) == []
