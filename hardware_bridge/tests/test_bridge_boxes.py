"""Boxes and telephone systems beyond their transcripts: being set up, asked, restarted; times of calls that are over."""

import json
import time
from datetime import datetime, timedelta

import pytest
from transcript_testing import make, play, told

from aftersales_bridge import clock
from aftersales_bridge.adapters.base import DeviceError
from aftersales_bridge.adapters.dtmf_codes import read_dtmf
from aftersales_bridge.adapters.packets import PacketError, read_packet
from aftersales_bridge.adapters.smdr_records import (
	MISSED,
	TALKED,
	NoCall,
	read_avaya,
	read_esi,
	read_panasonic,
	split_caller,
)
from aftersales_bridge.adapters.whozz_records import read_datagram, read_record
from aftersales_bridge.schema import ConfigError
from aftersales_bridge.simulator.device import Call
from aftersales_bridge.simulator.line_boxes import NetCallerIdBox, TciBox, TextBox, WhozzBox, WhozzEthernetBox
from aftersales_bridge.simulator.packet_boxes import DtmfBox, FskBox, GsmTerminal, HexModem
from aftersales_bridge.simulator.smdr_printers import AvayaPrinter, EsiPrinter, KxTdaPrinter, KxTdPrinter

TEXT = {
	"ringing": [r'CALL (?P<call>\d+) IN line=(?P<line>\d+) from=(?P<number>\S+) name="(?P<name>[^"]*)"'],
	"dialled": [r"CALL (?P<call>\d+) OUT line=(?P<line>\d+) to=(?P<number>\S+)"],
	"answered": [r"CALL (?P<call>\d+) ANSWER line=(?P<line>\d+) ext=(?P<extension>\d+)"],
	"ended": [r"CALL (?P<call>\d+) END line=(?P<line>\d+) dur=(?P<duration>\d+)"],
	"missed": [r"CALL (?P<call>\d+) LOST line=(?P<line>\d+)"],
}
DEVICES = {
	HexModem: ("hayes", {"caller_id": "raw"}),
	GsmTerminal: ("hayes", {"caller_id": "gsm"}),
	FskBox: ("fsk", {}),
	DtmfBox: ("dtmf", {}),
	WhozzBox: ("whozz", {}),
	WhozzEthernetBox: ("whozz_udp", {}),
	TciBox: ("tci", {}),
	NetCallerIdBox: ("netcallerid", {}),
	TextBox: ("text", TEXT),
	KxTdPrinter: ("smdr", {"dialect": "kx_td"}),
	KxTdaPrinter: ("smdr", {"dialect": "kx_tda"}),
	AvayaPrinter: ("smdr", {"dialect": "avaya", "line_by": "did"}),
	EsiPrinter: ("smdr", {"dialect": "esi"}),
}
KNOWS_THE_END = {WhozzBox, WhozzEthernetBox, TextBox, KxTdPrinter, KxTdaPrinter, AvayaPrinter, EsiPrinter}
HISTORY = {KxTdaPrinter, AvayaPrinter, EsiPrinter}


def simulated(device, **call):
	name, options = DEVICES[device]
	box = device()
	return told(play(make(name, **options), box.call(Call(**call))))


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_a_simulated_call(device):
	"""What the simulator sends is what the decoder reads."""
	events = simulated(device, number="13812345678", name="ZHANG SAN")
	assert {event["call"] for event in events} == {1}
	assert events[-1]["number_raw"] == "13812345678"
	assert events[-1]["kind"] == ("missed" if device in KNOWS_THE_END else "ring_end")
	assert all(event.get("history", False) == (device in HISTORY) for event in events)
	if device not in (DtmfBox, AvayaPrinter):
		assert events[-1]["name_raw"] == "ZHANG SAN"


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_a_simulated_caller_without_number(device):
	events = simulated(device, number="withheld")
	assert events[-1]["presentation"] in ("restricted", "unavailable")
	assert "number_raw" not in events[-1]


@pytest.mark.parametrize("device", KNOWS_THE_END, ids=lambda device: device.name)
def test_a_simulated_call_that_is_answered(device):
	events = simulated(device, number="13812345678", answer_s=4.0, talk_s=65.0)
	assert [event["kind"] for event in events if event["kind"] != "caller_id"] == [
		"ringing",
		"answered",
		"ended",
	]
	assert events[-1]["duration_s"] == 65


@pytest.mark.parametrize(
	"device", [d for d in KNOWS_THE_END if d is not KxTdPrinter], ids=lambda device: device.name
)
def test_a_simulated_call_out(device):
	events = simulated(device, number="02161234567", outbound=True, talk_s=20.0)
	assert (events[0]["direction"], events[0]["kind"], events[-1]["kind"]) == ("out", "ringing", "ended")
	assert events[-1]["number_raw"] == "02161234567"


class Wire:
	"""A port whose other end answers as ``reply`` says."""

	def __init__(self, reply):
		self.sent = b""
		self._reply = reply
		self._waiting = b""

	def write(self, data):
		self.sent += data
		self._waiting += self._reply(data)

	def read(self):
		data, self._waiting = self._waiting, b""
		if not data:
			time.sleep(0.01)
		return data


def test_a_whozz_box_is_set_up(monkeypatch):
	monkeypatch.setattr("aftersales_bridge.adapters.whozz.PAUSE_S", 0)
	wire = Wire(WhozzBox().reply)
	assert make("whozz").start(wire, None) == []
	assert wire.sent[:7] == b"@EcXdAo"
	assert datetime.strptime("2028" + wire.sent[8:].decode(), "%Y%m%d%H%M%S\r").minute in (
		datetime.now().minute,
		(datetime.now() - timedelta(seconds=20)).minute,
	)


def test_a_whozz_box_that_is_only_heard(monkeypatch):
	monkeypatch.setattr("aftersales_bridge.adapters.whozz.ANSWER_S", 0.05)
	wire = Wire(lambda data: b"")
	(warning,) = make("whozz").start(wire, None)
	assert "does not answer" in warning
	assert wire.sent == b"@"
	quiet = Wire(lambda data: b"")
	assert make("whozz", toggles="", set_clock=False).start(quiet, None) == []
	assert quiet.sent == b""


def test_a_call_during_the_set_up_of_a_whozz_box_is_told(monkeypatch):
	monkeypatch.setattr("aftersales_bridge.adapters.whozz.PAUSE_S", 0)
	wire = Wire(lambda data: b"@01 R             11/21 15:30:02\r\n" if data == b"@" else b"")
	signals = []
	make("whozz").start(wire, signals.extend)
	assert [signal.kind for signal in signals] == ["ringing"]


def test_a_quiet_whozz_box_is_asked(monkeypatch):
	monkeypatch.setattr("aftersales_bridge.adapters.whozz.PAUSE_S", 0)
	decoder = make("whozz", check_every_s=60)
	wire = Wire(WhozzBox().reply)
	decoder.start(wire, None)
	now = decoder.now()
	wire.sent = b""
	decoder.check_up(wire, now + 59)
	assert wire.sent == b""
	decoder.check_up(wire, now + 61)
	assert wire.sent == b"@"
	decoder.feed(b"@", now + 61.1)
	decoder.check_up(wire, now + 80)
	decoder.check_up(wire, now + 130)
	with pytest.raises(DeviceError):
		decoder.check_up(wire, now + 134)


@pytest.mark.parametrize("name, piece", [
	("whozz", b"01 I S 0000 G A0 11/21 03:30 PM 02161234567    ACME LTD       \r\n"),
	("tci", b"01     11/21      3:30 PM        02161234567           ACME LTD       \r\n"),
	("fsk", bytes.fromhex("5555558022010831313231313533300" "20B303130383736353433323107095A48414E472053414EFB")),
])  # fmt: skip
def test_a_call_goes_on_after_a_restart(name, piece):
	before, after = make(name), make(name)
	(ringing,) = before.feed(piece, 1.0)
	saved = json.loads(json.dumps(before.snapshot()))
	assert after.restore(saved, 4.0, 100.0) == []
	signals = []
	for second in range(100, 500, 5):
		signals += after.tick(float(second))
	(end,) = signals
	assert (end.call_uuid, end.seq, end.number_raw) == (ringing.call_uuid, 2, ringing.number_raw)


def test_a_caller_who_calls_again_at_once():
	"""The second start record has the same text as the first, a few seconds later."""
	decoder = make("whozz")
	start = b"01 I S 0000 G A0 11/21 03:30 PM 13812345678                   \r\n"
	end = b"01 I E 0002 G A1 11/21 03:30 PM 13812345678                   \r\n"
	signals = decoder.feed(b"01 R             11/21 15:30:02\r\n", 0.0) + decoder.feed(start + start, 2.0)
	signals += decoder.feed(end, 3.0) + decoder.feed(b"01 R             11/21 15:30:06\r\n", 4.5)
	signals += decoder.feed(start, 6.5)
	assert [(event["call"], event["kind"]) for event in told(signals)] == [
		(1, "ringing"), (1, "caller_id"), (1, "missed"), (2, "ringing"), (2, "caller_id"),
	]  # fmt: skip


def test_parts_of_a_call_that_never_ends_fill_no_memory():
	decoder = make("smdr", dialect="avaya")
	part = b"2008/06/28 09:30:57,00:00:13,7,138,I,2,2,,0,7,1,E4750,J,T9002,L,11,0\r\n"
	for second in range(500):
		assert decoder.feed(part, float(second)) == []
	assert sum(len(parts) for parts in decoder._parts.values()) <= 201
	*_, over = decoder.feed(part.replace(b",7,1,", b",7,0,"), 500.0)
	assert (over.kind, over.number_raw) == ("ended", "138")


def test_two_whozz_boxes_may_not_share_lines_by_accident():
	"""Without a table the line's own number is its name, so the boxes' numbers must differ, as the maker says."""
	decoder = make("whozz_udp", line="box-")
	head = b"^^<U>\x00\x00\x00\x00\x00\x01<S>\x00\x00\x00\x00\x12\x34$"
	(signal,) = decoder.feed(head + b"09 R             11/21 15:30:02", 1.0)
	assert signal.line == "box-09"


def smdr_line(when, ring="0'10", talk="00:01'05"):
	return f"{when:%m/%d/%y %I:%M%p} 1200  01 <I>13812345678            {ring} {talk}\r\n".encode()


def test_times_of_a_call_that_is_over():
	"""The print-out has the time of the end to the minute; ring and talk lead back to the start."""
	end = datetime.now().replace(second=0, microsecond=0) - timedelta(minutes=7)
	rang, taken, over = make("smdr", dialect="kx_tda").feed(smdr_line(end), 1.0)
	at = int(end.timestamp() * 1000)
	assert (rang.occurred_at, taken.occurred_at, over.occurred_at) == (at - 75_000, at - 65_000, at)
	assert (rang.kind, taken.kind, over.kind, over.duration_s) == ("ringing", "answered", "ended", 65)
	rang, _, over = make("smdr", dialect="kx_tda", stamp="start").feed(smdr_line(end), 1.0)
	assert (rang.occurred_at, over.occurred_at) == (at, at + 75_000)


@pytest.mark.parametrize("days", [-400, 40, 4000])
def test_a_clock_nobody_has_set_is_not_believed(days):
	before = clock.wall_ms()
	_, _, over = make("smdr", dialect="kx_tda").feed(smdr_line(datetime.now() - timedelta(days=days)), 1.0)
	assert before - 1000 <= over.occurred_at <= clock.wall_ms() + 1000


def test_logging_in_over_telnet():
	answers = {b"SMDR\r\n": b"SMDR\r\nEnter password: ", b"PCCSMDR\r\n": b"\xff\xfd\x01********\r\n"}
	wire = Wire(lambda data: answers.get(data, b""))
	wire._waiting = b"\xff\xfb\x01> "
	decoder = make("smdr", dialect="kx_tda", user="SMDR")
	assert decoder.start(wire, None) == []
	assert wire.sent == b"SMDR\r\nPCCSMDR\r\n"


def test_a_password_of_ones_own(tmp_path):
	secret = tmp_path / "secret"
	secret.write_text("geheim\n")
	decoder = make("smdr", dialect="kx_tda", user="SMDR", secret_file=str(secret))
	secret.chmod(0o644)
	with pytest.raises(DeviceError, match="chmod 600"):
		decoder.start(Wire(lambda data: b""), None)
	secret.chmod(0o600)
	wire = Wire(lambda data: b"Enter password: ")
	wire._waiting = b"> "
	assert decoder.start(wire, None) == []
	assert wire.sent == b"SMDR\r\ngeheim\r\n"


def test_a_telephone_system_that_lets_nobody_in(monkeypatch):
	monkeypatch.setattr("aftersales_bridge.adapters.smdr.LOGIN_S", 0.05)
	with pytest.raises(DeviceError, match="let nobody in"):
		make("smdr", dialect="kx_tda", user="SMDR").start(Wire(lambda data: b""), None)


@pytest.mark.parametrize("text, caller", [
	("1234567890 MARY WARD", ("1234567890", "MARY WARD")), ("ABC COMPANY12345678", ("12345678", "ABC COMPANY")),
	("", ("", "")), ("Q COMPANY", ("", "Q COMPANY")), ("+8613812345678", ("+8613812345678", "")), ("A1", ("", "A1")),
])  # fmt: skip
def test_number_and_name_of_a_panasonic(text, caller):
	assert split_caller(text) == caller


@pytest.mark.parametrize(
	"text", ["Date     Time    Ext CO  Dial number", "-" * 60, "01/02/02 03:50PM 1234     LOG OUT"]
)
def test_what_is_printed_beside_calls(text):
	with pytest.raises(NoCall):
		read_panasonic(text, False, True)


def test_all_ways_of_writing_dates_and_durations():
	record = read_panasonic("21/11/26 22:07 1200 01 <I>13812345678 0'05 00:00'00 NA", True, False)
	assert (record.what, record.stamp, record.ring_s) == (MISSED, datetime(2026, 11, 21, 22, 7), 5)
	assert read_panasonic("11/21/2026 9:07AM 1200 01 <I>1 0'05 01:02'03", False, False).duration_s == 3723
	assert read_panasonic("13/13/26 22:07 1200 01 <I>138 0'05 00:00'01", True, False).stamp is None
	assert read_esi('"I","13132026","999999","000100","101","1","",""').stamp is None
	assert read_esi('"I","11212026","153000","000100","101","1","",""').what == TALKED
	assert read_avaya("0001/1/1 0:0:0,600000:0:0,0,,I,,,,,,") is None
	assert read_avaya("2026/11/21 15:30:00,00:00:05,99999999999,1,I,2,2,,0,1,0").ring_s == 86_400


@pytest.mark.parametrize(
	"data",
	[
		b"",
		b"\x80",
		b"\x80\x00\x80",
		b"\x80\x01\x01\x7e",
		b"\x04\x01\x31\xca",
		b"\x05\x00\xfb",
		b"\x80\x02\x01\x05\x78",
	],
)
def test_small_packets_are_refused_or_empty(data):
	try:
		packet = read_packet(data)
	except PacketError:
		return
	assert not packet.is_call


@pytest.mark.parametrize("text", ["", "C", "A", "AC", "ADBC", "D", "1#", "A" + "1" * 31 + "C", "B11C"])
def test_digits_that_are_no_caller_id(text):
	assert read_dtmf(text) is None


def test_exchanges_with_marks_of_their_own():
	assert read_dtmf("*13812345678#", start="*", end="#") == "13812345678"
	decoder = make("dtmf", start="*", end="#")
	assert [signal.number_raw for signal in decoder.feed(b"*13812345678#", 1.0)] == ["13812345678"]


def test_a_datagram_must_be_whole():
	good = b"^^<U>\x00\x00\x00\x00\x89\x79<S>\x00\x00\x00\x84\x48\x44$01 R             11/21 15:30:02"
	assert read_record(read_datagram(good).text.decode()).code == "R"
	for cut in range(len(good)):
		signals = make("whozz_udp").feed(good[:cut], 1.0)
		assert signals == [] or cut >= len(good)


@pytest.mark.parametrize("options", [
	{"name": "whozz", "toggles": "EZ"}, {"name": "whozz_udp", "serials": ["x"]}, {"name": "dtmf", "start": "E"},
	{"name": "smdr", "dialect": "unknown"}, {"name": "smdr"}, {"name": "text", "encoding": "klingon"},
	{"name": "hayes", "caller_id": "raw2"}, {"name": "hayes", "caller_id_command": "VCID"}, {"name": "hayes", "dial_prefix": "9;"},
])  # fmt: skip
def test_options_that_are_refused(options):
	with pytest.raises(ConfigError):
		make(**options)
