"""Our decoders against sound and software that nobody here wrote.

libspandsp makes the sound of caller ID; minimodem and multimon-ng hear it. What they hand over goes to our adapters, and what they say
themselves must be the same.
"""

import array
import math
import random
import re
import shutil
import subprocess
import wave

import pytest
from transcript_testing import make

from aftersales_bridge.adapters.base import DialRequest
from aftersales_bridge.adapters.packets import checksum, read_packet
from aftersales_bridge.schema import ConfigError
from aftersales_bridge.simulator.sound import CLASS, CLIP, CLIP_DTMF, MDMF, RATE, SDMF, caller_id, resample
from aftersales_bridge.simulator.spandsp import Modem


def _has_spandsp():
	try:
		caller_id(MDMF, [(2, b"1")])
	except ConfigError:
		return False
	return True


needs_sound = pytest.mark.skipif(not _has_spandsp(), reason="libspandsp2 is not installed")
needs_multimon = pytest.mark.skipif(not shutil.which("multimon-ng"), reason="multimon-ng is not installed")
needs_minimodem = pytest.mark.skipif(not shutil.which("minimodem"), reason="minimodem is not installed")

STAMP = (0x01, b"11211530")
MESSAGES = {
	"number": (MDMF, [STAMP, (2, b"13812345678")], ("13812345678", None)),
	"number and name": (MDMF, [STAMP, (2, b"02161234567"), (7, b"ACME LTD")], ("02161234567", "ACME LTD")),
	"Chinese name": (MDMF, [STAMP, (2, b"02161234567"), (7, "张三".encode("gbk"))], ("02161234567", "张三")),
	"withheld": (MDMF, [STAMP, (4, b"P"), (8, b"P")], ("restricted", None)),
	"unavailable": (MDMF, [STAMP, (4, b"O")], ("unavailable", None)),
	"British": (MDMF, [(0x11, b"\x01"), STAMP, (2, b"02079460000")], ("02079460000", None)),
	"single format": (SDMF, [(0, b"1121153002161234567")], ("02161234567", None)),
	"single format, withheld": (SDMF, [(0, b"11211530P")], ("restricted", None)),
}
STANDARDS = {"Bell 202": CLASS, "V.23": CLIP}


def multimon(sound, *demodulators):
	command = [
		"multimon-ng",
		"-q",
		"-t",
		"raw",
		*(word for name in demodulators for word in ("-a", name)),
		"-",
	]
	return subprocess.run(command, input=resample(sound, 22050), capture_output=True, timeout=30).stdout


def minimodem(sound, mode, directory):
	path = directory / "line.wav"
	with wave.open(str(path), "wb") as file:
		file.setparams((1, 2, RATE, 0, "NONE", ""))
		file.writeframes(sound)
	return subprocess.run(
		["minimodem", "--rx", "-q", "-f", path, mode], capture_output=True, timeout=30
	).stdout


def callers(adapter, data):
	"""What an adapter makes of bytes: (number or presentation, name) of each call, at its best."""
	signals = adapter.feed(data, 1.0)
	signals += adapter.tick(3.0)
	calls = {}
	for signal in signals:
		calls[signal.call_uuid] = (signal.number_raw or signal.presentation, signal.name_raw)
	return list(calls.values())


@needs_sound
@needs_minimodem
@pytest.mark.parametrize("standard", STANDARDS.values(), ids=STANDARDS)
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_bytes_off_the_line(message, standard, tmp_path):
	kind, fields, expected = message
	heard = minimodem(caller_id(kind, fields, standard), "1200", tmp_path)
	assert callers(make("fsk"), heard) == [expected]


@needs_sound
@needs_multimon
@pytest.mark.parametrize("name", [name for name in MESSAGES if name != "unavailable"])
def test_bytes_as_another_program_hears_them(name):
	"""Not the one whose length byte is a line end, which that program writes as such."""
	kind, fields, expected = MESSAGES[name]
	text = multimon(caller_id(kind, fields), "UFSK1200")
	heard = re.sub(rb"\[0x([0-9A-F]{2})\]", lambda found: bytes([int(found[1], 16)]), text).replace(
		b"\n", b""
	)
	assert callers(make("fsk"), heard) == [expected]


@needs_sound
@needs_multimon
@pytest.mark.parametrize(
	"name", [name for name in MESSAGES if "single" not in name and "Chinese" not in name]
)
def test_what_multimon_says(name):
	"""It knows the multiple format only, and prints Chinese names as dots."""
	kind, fields, expected = MESSAGES[name]
	assert callers(make("pipe"), multimon(caller_id(kind, fields), "CLIPFSK", "DTMF")) == [expected]


@needs_sound
@needs_minimodem
@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in ("unavailable", "British")])
def test_what_minimodem_says(name, tmp_path):
	"""It shows no number behind a call type, and reasons in the single format as they are."""
	kind, fields, (number, title) = MESSAGES[name]
	text = minimodem(caller_id(kind, fields), "callerid", tmp_path)
	phone = re.search(rb"Phone: +(.*)", text)[1].strip()
	assert phone.decode() in (("[blocked]", "P") if number == "restricted" else (number,))
	if title:
		assert re.search(rb"Name: +(.*)", text)[1].strip() == fields[2][1]


@needs_sound
@needs_multimon
@pytest.mark.parametrize(
	"end, fields, expected",
	[
		("C", [("A", b"13812345678")], "13812345678"),
		("C", [("D", b"13812345678")], "13812345678"),
		("C", [("A", b"02161234567"), ("B", b"00")], "02161234567"),
		("C", [("A", b"02161234567"), ("D", b"02187654321"), ("B", b"00")], "02161234567"),
		("C", [("B", b"10")], "restricted"),
		("C", [("B", b"00")], "unavailable"),
		("#", [("A", b"12345678")], "12345678"),
		("#", [("D", b"1")], "restricted"),
		("#", [("D", b"2")], "unavailable"),
	],
)
def test_digits_off_the_line(end, fields, expected):
	sound = caller_id(ord(end), [(ord(mark), digits) for mark, digits in fields], CLIP_DTMF)
	text = multimon(sound, "DTMF")
	assert callers(make("pipe"), text) == [(expected, None)]
	assert callers(make("dtmf"), text.replace(b"DTMF: ", b"")) == [(expected, None)]


@needs_sound
@needs_minimodem
def test_a_noisy_line_never_shows_a_wrong_number(tmp_path):
	"""From clean to hopeless: the right number, or none; and the clean end is read."""
	clean = array.array("h", caller_id(MDMF, [STAMP, (2, b"13812345678"), (7, b"ZHANG SAN")]))
	loudness = math.sqrt(sum(s * s for s in clean) / len(clean))
	seen = []
	for step in range(14):
		chance = random.Random(step)
		level = loudness * step / 6
		noisy = array.array(
			"h", (max(-32768, min(32767, int(s + chance.gauss(0, level)))) for s in clean)
		).tobytes()
		found = callers(make("fsk"), minimodem(noisy, "1200", tmp_path))
		seen.append(found)
		assert all(number in ("13812345678", "unavailable") for number, _ in found), (step, found)
		assert all(name in ("ZHANG SAN", None) for _, name in found), (step, found)
	assert seen[0] == seen[1] == [("13812345678", "ZHANG SAN")]
	assert [] in seen, "the last steps were meant to be hopeless"


def test_every_single_wrong_bit_is_noticed():
	packet = bytes.fromhex("802201083131323131353330020B303130383736353433323107095A48414E472053414EFB")
	assert checksum(packet[:-1]) == packet[-1]
	for bit in range(8 * len(packet)):
		damaged = bytearray(packet)
		damaged[bit // 8] ^= 1 << bit % 8
		with pytest.raises(ValueError):
			read_packet(bytes(damaged))


class Engine:
	"""The AT engine of libspandsp as the port of an adapter."""

	def __init__(self):
		self._waiting = b""
		self.modem = Modem(self._transmitted)

	def _transmitted(self, data):
		self._waiting += data

	def read(self):
		data, self._waiting = self._waiting, b""
		return data

	def write(self, data):
		self.modem.receive(data)


@pytest.fixture
def engine():
	port = Engine()
	yield port
	port.modem.close()


@needs_sound
@pytest.mark.parametrize("caller_id_mode", ["formatted", "raw", "gsm"])
def test_a_real_modem_is_set_up_and_rings(engine, caller_id_mode):
	"""It knows neither AT+VCID=2 nor a cell network, and still its calls are read."""
	decoder = make("hayes", caller_id=caller_id_mode, country="26")
	warnings = decoder.start(engine, None)
	assert warnings == [], "the engine says OK to AT#CID=2 and AT+CLIP=1"
	assert "soft-switch" in decoder.identify(engine)
	engine.write(b"AT+VCID=1\r")
	engine.modem.call("13812345678", "ZHANG SAN")
	engine.modem.ring()
	signals = decoder.feed(engine.read(), 1.0)
	assert (signals[-1].number_raw, signals[-1].name_raw) == ("13812345678", "ZHANG SAN")


@needs_sound
def test_a_real_modem_dials(engine):
	decoder = make("hayes", dial_prefix="0", dial_hold_s=5)
	decoder.start(engine, None)
	assert decoder.dial(engine, DialRequest("dial-1", "1", "138 1234 5678"), 1.0) == []
	dialled, over = decoder.feed(engine.read(), 2.0)
	assert engine.modem.dialled == "013812345678"
	assert (dialled.kind, dialled.dial_request, over.kind) == ("ringing", "dial-1", "ring_end")
	decoder.check_up(engine, 8.0)
	assert decoder.feed(engine.read(), 8.1) == []
	engine.modem.call("02161234567", None)
	engine.modem.ring()
	assert [signal.direction for signal in decoder.feed(engine.read(), 9.0)] == ["in"]
