"""Telephones, gateways and USB boxes that call the bridge's address, over real HTTP."""

import json
import socket
import time
import urllib.parse
import urllib.request

import pytest
from transcript_testing import make, play, told

from aftersales_bridge.adapters.web_presets import FIELDS, MEANINGS, PRESETS
from aftersales_bridge.adapters.web_request import RequestSplitter, read_request
from aftersales_bridge.ports import open_port
from aftersales_bridge.ports.http import KEYS
from aftersales_bridge.schema import ConfigError, read_table
from aftersales_bridge.simulator import make_device
from aftersales_bridge.simulator.device import Call

SECRET = "/a-long-enough-secret"


@pytest.fixture
def listener(tmp_path):
	"""An adapter behind a listening port: post to it, then take its signals."""
	opened = []

	class Listener:
		def __init__(self, kind, options):
			with socket.socket() as probe:
				probe.bind(("127.0.0.1", 0))
				number = probe.getsockname()[1]
			self.address = f"http://127.0.0.1:{number}{SECRET}"
			keys = read_table({"files_dir": str(tmp_path / "files")}, KEYS, "test")
			self.port = open_port(self.address, keys)
			self.adapter = make(kind, **options)
			self.signals = []

		def ask(self, path, body=None, content_type="application/x-www-form-urlencoded"):
			request = urllib.request.Request(self.address + path, body, {"Content-Type": content_type})
			with urllib.request.urlopen(request, timeout=5) as answer:
				assert (answer.status, answer.read()) == (200, b"")

		def send(self, item):
			head, content_type, _, body = item.decode().split("\n", 3)
			path = head.split(" ", 1)[1]
			self.ask(path, body.encode() if head.startswith("POST") else None, content_type)

		def has(self, kind, count=1):
			deadline = time.monotonic() + 5
			while sum(signal.kind == kind for signal in self.signals) < count:
				assert time.monotonic() < deadline, (told(self.signals), self.adapter.bad.total)
				data = self.port.read()
				now = self.adapter.now()
				self.signals += (self.adapter.feed(data, now) if data else []) + self.adapter.tick(now)
			return self.signals

	def start(kind, **options):
		opened.append(Listener(kind, options))
		return opened[-1]

	yield start
	for one in opened:
		one.port.close()


def as_json(path="", query=None, body="", content_type="", files=()):
	values = {key: [value] for key, value in (query or {}).items()}
	request = {"method": "POST", "path": path, "query": values, "content_type": content_type, "body": body}
	return json.dumps({**request, "files": list(files)}).encode() + b"\n"


def test_telephones_call_the_address(listener):
	phones = listener("webhook", preset="yealink")
	for _, item in make_device("webhook").call(Call("13812345678", "张三", answer_s=3, talk_s=5)):
		phones.send(item)
	signals = phones.has("ended")
	assert [(s.kind, s.number_raw, s.name_raw, s.extension) for s in signals] == [
		("ringing", "13812345678", "张三", "101"),
		("caller_id", "13812345678", "张三", "102"),
		("answered", "13812345678", "张三", "102"),
		("ended", "13812345678", "张三", "102"),
	]
	assert len({signal.call_uuid for signal in signals}) == 1


def test_a_box_posts_its_call_and_the_recording(listener, tmp_path):
	box = listener("usbbox")
	script = make_device("usbbox").call(Call("13812345678", rings=1, line="3"))
	for _, item in script:
		box.send(item)
	box.has("ringing")
	parts = [
		(f'name="{key}"', value)
		for key, value in {
			"event_type": "9",
			"line": "3",
			"device_id": "12345678",
			"caller": "13812345678",
			"duration": "42",
		}.items()
	]
	parts.append(('name="files"; filename="20261121153010-I-L03-EN-13812345678.wav"', "RIFF sound"))
	body = "".join(
		f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n" for head, value in parts
	)
	box.ask("/api/Event", f"{body}--b--\r\n".encode(), "multipart/form-data; boundary=b")
	ringing, ended, recording = box.has("recording")
	assert (ringing.line, ended.kind, ended.duration_s) == ("3", "ended", 42)
	kept = tmp_path / "files" / recording.recording
	assert kept.read_bytes() == b"RIFF sound" and recording.recording.endswith("-I-L03-EN-13812345678.wav")


@pytest.mark.parametrize(
	("call", "last"),
	[
		(Call("13812345678", answer_s=3, talk_s=20), "ended"),
		(Call("13812345678", rings=2), "missed"),
		(Call("withheld", rings=2), "missed"),
		(Call("13812345678", outbound=True, talk_s=20), "ended"),
	],
	ids=["answered", "missed", "withheld", "outbound"],
)
def test_simulated_telephones_and_box(call, last):
	"""Every simulated call is one call with the right end, also of a box that cannot tell who ended the ringing."""
	for kind, options in (("webhook", {"preset": "yealink"}), ("usbbox", {})):
		steps = []
		for at, item in make_device(kind).call(call):
			head, content_type, _, body = item.decode().split("\n", 3)
			path, _, query = head.split(" ", 1)[1].partition("?")
			values = dict(urllib.parse.parse_qsl(query))
			steps.append((at, as_json(path, values, body, content_type)))
		signals = play(make(kind, **options), steps)
		assert len({signal.call_uuid for signal in signals}) == 1
		over = [s for s in signals if s.kind in ("ended", "missed", "ring_end")][-1]
		assert over.kind == ("ring_end" if kind == "usbbox" and last == "missed" else last)
		assert over.number_raw == (call.digits or None)


def test_several_lines_by_number_or_extension():
	decoder = make("webhook", lines={"02161234567": "hotline", "102": "sales"})
	data = as_json("ringing", {"number": "13812345678", "did": "02161234567", "call_id": "1"})
	data += as_json("ringing", {"number": "13900001111", "ext": "102", "call_id": "2"})
	data += as_json("ringing", {"number": "13900002222", "ext": "103", "call_id": "3"})
	assert [signal.line for signal in decoder.feed(data, 1.0)] == ["hotline", "sales", "1"]
	assert decoder.line_names() == ["1", "hotline", "sales"]


def test_a_call_reported_again_is_silent():
	decoder = make("webhook")
	request = as_json("ringing", {"number": "13812345678", "call_id": "1"})
	assert len(decoder.feed(request * 5, 1.0)) == 1
	decoder.feed(as_json("ended", {"call_id": "1"}), 2.0)
	assert [s.kind for s in decoder.tick(4.5)] == ["ring_end"]
	assert decoder.feed(as_json("ended", {"call_id": "1"}) + as_json("missed", {"call_id": "1"}), 5.0) == []


@pytest.mark.parametrize("ids", [("1", "2", "3"), ("", "", "")], ids=["with ids", "without"])
def test_a_caller_whose_last_end_was_lost_is_seen(ids):
	decoder = make("webhook")

	def hear(kind, call_id, ext, now):
		return decoder.feed(as_json(kind, {"number": "13812345678", "ext": ext, "call_id": call_id}), now)

	(first,) = hear("ringing", ids[0], "101", 1.0)
	hear("answered", ids[0], "101", 5.0)
	# Another telephone of the group is late.
	assert hear("ringing", ids[1], "102", 6.0) == []
	again = [s for s in hear("ringing", ids[2], "101", 60.0) if s.kind == "ringing"]
	assert [s.number_raw for s in again] == ["13812345678"] and again[0].call_uuid != first.call_uuid
	(answered,) = hear("answered", ids[2], "101", 62.0)
	assert answered.call_uuid == again[0].call_uuid


def test_a_caller_is_seen_after_a_restart_in_the_middle_of_a_talk():
	before, after = make("webhook"), make("webhook")
	before.feed(as_json("ringing", {"number": "138123", "call_id": "a"}), 1.0)
	before.feed(as_json("answered", {"call_id": "a"}), 2.0)
	after.restore(json.loads(json.dumps(before.snapshot())), 2.0, 50.0)
	assert [s.kind for s in after.feed(as_json("ringing", {"number": "138123", "call_id": "b"}), 51.0)] == [
		"ringing"
	]


def test_a_telephone_that_is_not_set_up_is_counted():
	decoder = make("webhook", preset="grandstream")
	(signal,) = decoder.feed(as_json("incoming", {"remote": "$remote", "call-id": "{call-id}"}), 1.0)
	assert signal.number_raw is None and signal.presentation == "unavailable"
	assert decoder.bad.total == {"fields that the telephone did not fill in": 2}


def test_calls_go_on_after_a_restart():
	before, after = make("webhook"), make("webhook")
	(ringing,) = before.feed(as_json("ringing", {"number": "138123", "ext": "1", "call_id": "a"}), 1.0)
	(answered,) = before.feed(as_json("answered", {"ext": "1", "call_id": "a"}), 2.0)
	assert after.restore(json.loads(json.dumps(before.snapshot())), 2.0, 50.0) == []
	(ended,) = after.feed(as_json("ended", {"ext": "1", "call_id": "a"}), 60.0)
	assert {s.call_uuid for s in (ringing, answered, ended)} == {ringing.call_uuid}
	assert (ended.kind, ended.seq) == ("ended", 3)


def test_box_goes_on_after_a_restart():
	before, after = make("usbbox"), make("usbbox")
	form = "application/x-www-form-urlencoded"
	ring = as_json("", {}, "event_type=5&line=1&device_id=7&caller=13812345678&RingCnt=1", form)
	(ringing,) = before.feed(ring, 1.0)
	assert after.restore(json.loads(json.dumps(before.snapshot())), 2.0, 50.0) == []
	over = as_json(
		"", {}, "event_type=9&line=1&device_id=7&caller=13812345678&duration=9&FilePath=a.wav", form
	)
	ended, recording = after.feed(over, 60.0)
	assert (ended.kind, ended.call_uuid, recording.recording) == ("ended", ringing.call_uuid, "a.wav")


def test_presets_know_only_known_names():
	for preset in PRESETS.values():
		assert set(preset.fields) <= set(FIELDS) and set(preset.events.values()) <= set(MEANINGS)


@pytest.mark.parametrize(
	("kind", "options", "message"),
	[
		("webhook", {"fields": {"telephone": "x"}}, "has 'telephone'; known are"),
		("webhook", {"events": {"x": "rings"}}, "write one of ringing"),
		("webhook", {"preset": "acme"}, "must be one of 'generic'"),
		("usbbox", {"events": {"five": "missed"}}, "event_type numbers"),
	],
)
def test_mistakes_in_the_tables_are_explained(kind, options, message):
	with pytest.raises(ConfigError, match=message):
		make(kind, **options)


@pytest.mark.parametrize(
	"line",
	[
		b"",
		b"{",
		b"[]",
		b"null",
		b'{"query":[]}',
		b'{"query":{"a":5}}',
		b'{"query":{"a":[]},"files":[3]}',
		b"\xff\xfe",
	],
)
def test_lines_that_are_no_request(line):
	request = read_request(line)
	assert request is None or request.fields == {}


def test_requests_are_bounded():
	deep = "1"
	for _ in range(50):
		deep = f'{{"a":{deep}}}'
	assert read_request(as_json(body=deep, content_type="application/json")).fields == {}
	wide = json.dumps({f"k{n}": "v" * 5000 for n in range(1000)})
	fields = read_request(as_json(body=wide, content_type="application/json")).fields
	assert len(fields) == 200 and max(map(len, fields.values())) == 2000
	splitter = RequestSplitter(limit=1000)
	assert splitter.feed(b"x" * 2000) == ([], ["overlong requests"])
	requests, lost = splitter.feed(b"\n" + as_json("ringing"))
	assert [request.path for request in requests] == ["ringing"] and lost == []


def test_calls_that_never_end_are_bounded():
	decoder = make("webhook")
	for number in range(1200):
		decoder.feed(
			as_json("ringing", {"number": f"138{number:08d}", "call_id": str(number)}), 1.0 + number / 5
		)
		decoder.tick(1.0 + number / 5)
	assert len(decoder._groups) <= 500 and len(decoder._late) <= 1200
	signals = decoder.tick(5000.0)
	assert decoder.snapshot() is None and all(signal.kind == "ring_end" for signal in signals)
