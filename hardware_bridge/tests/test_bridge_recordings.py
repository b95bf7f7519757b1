"""Recordings from the folder to the site, over real HTTP and real files."""

import contextlib
import hashlib
import os
import re
import struct
import threading
import time
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from bridge_testing import TOKEN

from aftersales_bridge import clock, recordings
from aftersales_bridge.client import SiteClient
from aftersales_bridge.config import load, read_token
from aftersales_bridge.event_queue import CallRecord, EventQueue
from aftersales_bridge.events import Event, Signal
from aftersales_bridge.recording_names import NameFacts, read_name, wav_seconds
from aftersales_bridge.recordings import RecordingsWatcher, best_call

UNIQUE = FREEPBX = ""


@pytest.fixture(autouse=True)
def _named_now():
	"""Asterisk names a call after the second in which it began: that of the test, not of the whole run."""
	global UNIQUE, FREEPBX
	UNIQUE = f"{int(time.time())}.49"
	FREEPBX = f"in-02161234567-13812345678-20260212-103035-{UNIQUE}.wav"


class Uploads:
	"""A site that takes recordings as ``bridge_api.upload_recording`` does; ``script`` holds statuses to answer first."""

	def __init__(self):
		self.files = {}
		self.requests = 0
		self.script = []
		uploads = self

		class Handler(BaseHTTPRequestHandler):
			protocol_version = "HTTP/1.1"

			def do_POST(self):
				body = self.rfile.read(int(self.headers["Content-Length"]))
				assert self.headers["Authorization"] == f"token {TOKEN}"
				uploads.requests += 1
				status = uploads.script.pop(0) if uploads.script else 200
				if status == 200:
					uploads.keep(body)
				answer = b'{"message": {"file": "F1"}}' if status == 200 else b"{}"
				self.send_response(status)
				self.send_header("Content-Length", str(len(answer)))
				self.end_headers()
				self.wfile.write(answer)

			def log_message(self, *_):
				pass

		self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
		threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

	def keep(self, body):
		def field(name):
			found = re.search(
				rb'name="%s"(?:; filename="([^"]*)")?.*?\r\n\r\n(.*?)\r\n--' % name, body, re.DOTALL
			)
			return found and (found[1], found[2])

		content = field(b"recording")[1]
		assert hashlib.sha256(content).hexdigest() == field(b"sha256")[1].decode()
		seconds = field(b"seconds")
		self.files[field(b"call_uuid")[1].decode()] = (
			field(b"recording")[0].decode(),
			content,
			seconds and int(seconds[1]),
		)


@pytest.fixture
def uploads():
	site = Uploads()
	yield site
	site.server.shutdown()
	site.server.server_close()


class Bench:
	"""A queue with calls, a folder, and the watcher, turned by hand."""

	def __init__(self, folder, url, preset="asterisk-freepbx", more=""):
		self.folder = folder / "monitor"
		self.folder.mkdir()
		token = folder / "token"
		token.write_text(TOKEN)
		token.chmod(0o600)
		path = folder / "bridge.toml"
		path.write_text(
			f'[bridge]\nid = "b"\ndata_dir = "{folder}"\n[site]\nurl = "{url}"\ntoken_file = "token"\n'
			f'[[device]]\nid = "pbx"\nadapter = "ami"\nline = "1"\n'
			f'[[recordings]]\nfolder = "monitor"\npreset = "{preset}"\nstable_s = 0.1\n{more}'
		)
		self.config = load(path)
		self.queue = EventQueue(self.config.queue_file)
		self.restart()

	def restart(self):
		self.watcher = RecordingsWatcher(
			self.config, self.queue, SiteClient(self.config, read_token(self.config.token_file))
		)
		with contextlib.suppress(AttributeError):
			self.db.close()
		self.db = self.watcher._open()

	def call(self, uuid, number="13812345678", key=None, delivered=True, source="pbx"):
		signals = [
			Signal(kind, "1", uuid, seq, "in", number, "allowed", source_call_id=key or UNIQUE)
			for seq, kind in enumerate(("ringing", "answered", "ended"), 1)
		]
		events = [Event.stamp(signal, "b", source, "ami") for signal in signals]
		self.queue.put(events)
		if delivered:
			self.deliver(events)
		return events

	def deliver(self, events):
		self.queue.settle({event.event_id: ("sent", None) for event in events})

	def file(self, name, content=b"RIFF" + b"sound" * 20):
		path = self.folder / name
		path.parent.mkdir(parents=True, exist_ok=True)
		path.write_bytes(content)
		return path

	def turn(self, times=3):
		for _ in range(times):
			self.watcher.turn(self.db)
			time.sleep(0.06)

	def row(self, path):
		return self.db.execute("SELECT state, reason FROM recording WHERE path = ?", (str(path),)).fetchone()

	def hurry(self):
		self.db.execute("UPDATE recording SET next_ms = 0")


@pytest.fixture
def bench(tmp_path, uploads):
	made = []

	def make(**options):
		made.append(Bench(tmp_path, uploads.url, **options))
		return made[-1]

	yield make
	for one in made:
		one.db.close()
		one.queue.close()


def test_a_file_reaches_its_call(bench, uploads):
	there = bench()
	there.call("c-1")
	path = there.file(f"2026/02/12/{FREEPBX}")
	there.turn(4)
	name, content, seconds = uploads.files["c-1"]
	assert (name, content, seconds) == (FREEPBX, path.read_bytes(), None)
	assert there.watcher.state() == {"waiting": 0, "uploaded": 1, "failed": 0, "error": None}
	there.turn()
	there.restart()
	there.turn(4)
	assert uploads.requests == 1 and path.exists()


def test_a_growing_file_is_left_alone(bench, uploads):
	there = bench()
	there.call("c-1")
	path = there.file(FREEPBX)
	for _ in range(6):
		with path.open("ab") as source:
			source.write(b"more")
		there.turn(1)
	assert uploads.requests == 0
	there.turn(4)
	assert uploads.files["c-1"][1] == path.read_bytes()


def test_the_recording_waits_for_the_events(bench, uploads):
	there = bench()
	events = there.call("c-1", delivered=False)
	path = there.file(FREEPBX)
	there.turn(4)
	assert uploads.requests == 0 and there.row(path) == ("ready", None)
	there.deliver(events)
	there.hurry()
	there.turn(1)
	assert uploads.files.keys() == {"c-1"}


def test_a_site_in_trouble_is_tried_again(bench, uploads):
	there = bench()
	there.call("c-1")
	path = there.file(FREEPBX)
	uploads.script = [503, 404, 500]
	for attempt in range(1, 4):
		there.turn(4 if attempt == 1 else 1)
		assert uploads.requests == attempt and there.row(path)[0] == "ready"
		assert str([503, 404, 500][attempt - 1]) in there.watcher.state()["error"]
		there.hurry()
	there.turn(1)
	assert there.row(path)[0] == "uploaded" and uploads.files.keys() == {"c-1"}


def test_the_wait_grows_and_heeds_the_kind_of_trouble(bench, uploads, monkeypatch):
	there = bench()
	there.call("c-1")
	there.file(FREEPBX)
	monkeypatch.setattr(recordings.random, "uniform", lambda low, high: high)
	waits = []
	uploads.script = [500, 500, 500, 404]
	there.turn(3)
	for _ in range(4):
		there.hurry()
		there.turn(1)
		((next_ms,),) = there.db.execute("SELECT next_ms FROM recording").fetchall()
		waits.append((next_ms - clock.wall_ms()) / 1000)
	assert [round(wait) for wait in waits[-3:]] == [4, 8, 60]


@pytest.mark.parametrize("status", [409, 413, 417])
def test_a_refused_file_is_kept_and_not_sent_again(bench, uploads, status):
	there = bench()
	there.call("c-1")
	path = there.file(FREEPBX)
	uploads.script = [status]
	there.turn(5)
	there.hurry()
	there.turn(2)
	state, reason = there.row(path)
	assert (uploads.requests, state, path.exists()) == (1, "failed", True) and str(status) in reason
	assert there.watcher.state()["failed"] == 1


def test_a_file_without_a_call_is_given_up(bench, uploads, monkeypatch):
	there = bench()
	there.call("c-1", number="13900001111", key="999999999.1")
	path = there.file(FREEPBX)
	odd = there.file("holiday.wav")
	there.turn(4)
	assert there.row(path) == ("waiting", None)
	monkeypatch.setattr(recordings, "MATCH_S", 0)
	there.hurry()
	there.turn(1)
	assert there.row(path) == ("failed", "no call is known for it")
	assert there.row(odd)[1].endswith("its name does not follow the rules of asterisk-freepbx")


def test_the_device_may_name_the_file(bench, uploads, monkeypatch):
	there = bench(preset="any")
	there.call("c-1")
	there.file("zz-1.wav")
	for reference in (
		r"D:\Rec\20261121\ZZ-1.WAV",
		"../../etc/passwd",
		"https://pbx.example.com/zz-2.wav?x=1",
	):
		there.watcher.note("pbx", Signal("recording", "1", "c-1", 4, recording=reference, duration_s=42))
	there.turn(1)
	# The note outlives the process.
	there.restart()
	there.turn(4)
	assert uploads.files["c-1"] == ("zz-1.wav", (there.folder / "zz-1.wav").read_bytes(), 42)
	assert uploads.requests == 1


def test_what_is_no_recording_is_left_alone(bench, uploads, tmp_path):
	there = bench()
	there.call("c-1")
	there.file(FREEPBX.replace(".wav", ".txt"))
	there.file(f".{FREEPBX}")
	there.file(f"empty/{FREEPBX}", b"RIFF")
	secret = tmp_path / "secret"
	secret.write_bytes(b"x" * 500)
	(there.folder / FREEPBX).symlink_to(secret)
	old = there.file(f"old/{FREEPBX}")
	os.utime(old, (time.time() - 30 * 86400,) * 2)
	there.turn(5)
	assert uploads.requests == 0 and there.watcher.state()["waiting"] == 0


def test_a_folder_that_is_away_is_reported_and_found_again(bench, uploads):
	there = bench()
	there.folder.rmdir()
	there.turn(1)
	assert "there is no such folder" in there.watcher.state()["error"]
	there.folder.mkdir()
	there.call("c-1")
	there.file(FREEPBX)
	there.turn(4)
	assert uploads.files.keys() == {"c-1"} and there.watcher.state()["error"] is None


def test_uploaded_files_are_deleted_when_their_time_is_over(bench, uploads):
	there = bench(more="delete_after_days = 1\n")
	there.call("c-1")
	path, other = there.file(FREEPBX), there.file("other.wav")
	there.turn(4)
	assert path.exists()
	there.db.execute("UPDATE recording SET settled_ms = settled_ms - 90000000 WHERE state = 'uploaded'")
	there.turn(1)
	assert not path.exists() and other.exists()


def test_the_thread_starts_and_stops(bench, uploads, monkeypatch):
	monkeypatch.setattr(recordings, "SCAN_S", 0.05)
	there = bench()
	there.call("c-1")
	there.watcher.start()
	there.file(FREEPBX)
	deadline = time.monotonic() + 5
	while "c-1" not in uploads.files:
		assert time.monotonic() < deadline
		time.sleep(0.02)
	there.watcher.stop()
	there.watcher.join(5)
	assert not there.watcher.is_alive()


@pytest.mark.parametrize(
	("name", "preset", "direction", "line", "numbers", "key"),
	[
		("20261121153010-I-L01-EN-13812345678.wav", "usbbox", "in", "1", ("13812345678",), None),
		("ab12cd34-20261121153010-O-L08-EN-02161234567.mp3", "usbbox", "out", "8", ("02161234567",), None),
		("20261121153010-I-L02-EN-.wav", "usbbox", "in", "2", (), None),
		(
			"in-02161234567-13812345678-20260212-103035-1770888635.49.wav",
			"asterisk-freepbx",
			"in",
			None,
			("13812345678", "02161234567"),
			"1770888635.49",
		),
		(
			"force-0821XXXX8663-3201-20250327-092517-1743042317.12206.wav",
			"asterisk-freepbx",
			None,
			None,
			("3201", "08218663"),
			"1743042317.12206",
		),
		(
			"out-13812345678-11-20260212-103035-pbx-1-1770888635.49.WAV",
			"asterisk-freepbx",
			"out",
			None,
			("11", "13812345678"),
			"pbx-1-1770888635.49",
		),
		("auto-1414771234-1000-1004.wav", "ucm", None, None, ("1000", "1004"), None),
	],
)
def test_names(name, preset, direction, line, numbers, key):
	facts = read_name(name, preset)
	assert (facts.direction, facts.line, facts.numbers, facts.source_call_id) == (
		direction,
		line,
		numbers,
		key,
	)
	assert facts.started_ms is not None


@pytest.mark.parametrize("preset", ["usbbox", "asterisk-freepbx", "ucm"])
@pytest.mark.parametrize(
	"name", ["", "a.wav", "20261399999999-I-L01-EN-1.wav", "auto-x-1-2.wav", "in-1-2-3-4-5.wav"]
)
def test_names_that_follow_no_rule(preset, name):
	assert read_name(name, preset) is None


def record(uuid, started=1_000_000, ended=1_060_000, **values):
	known = {"source_id": "pbx", "line": "1", "direction": "in", "number": "13812345678", "extension": None}
	return CallRecord(
		**{
			**known,
			"call_uuid": uuid,
			"source_call_id": None,
			"started_ms": started,
			"ended_ms": ended,
			**values,
		}
	)


def test_which_call_a_file_belongs_to():
	facts = NameFacts(1_010_000, "in", "1", ("02113812345678",), None)
	mine = record("mine")
	others = [
		record("before", 100_000, 200_000),
		record("after", 9_000_000, None),
		record("other way", direction="out"),
		record("other number", number="13900001111"),
	]
	assert best_call(facts, [*others, mine]).call_uuid == "mine"
	assert best_call(facts, others) is None
	withheld = record("withheld", number=None)
	assert best_call(facts, [withheld]).call_uuid == "withheld"
	# Two that fit equally well: the line decides, or nobody.
	assert best_call(facts, [mine, record("twin", line="Line 02")]).call_uuid == "mine"
	assert best_call(facts, [mine, record("twin")]) is None
	# The id decides alone.
	named = record("named", 1, 2, source_call_id="x.1", number="1")
	assert best_call(NameFacts(1_010_000, source_call_id="x.1"), [mine, named]).call_uuid == "named"


def test_length_of_sound_files(tmp_path):
	path = tmp_path / "a.wav"
	with wave.open(str(path), "wb") as target:
		target.setnchannels(1)
		target.setsampwidth(2)
		target.setframerate(8000)
		target.writeframes(b"\0\0" * 8000 * 3)
	assert wav_seconds(path) == 3
	# A header whose length was never filled in, as a program that was killed leaves it.
	data = bytearray(path.read_bytes())
	struct.pack_into("<I", data, 40, 0)
	path.write_bytes(data)
	assert wav_seconds(path) == 3
	for broken in (b"", b"RIFF", b"ID3" + b"x" * 50, bytes(data[:30]), b"RIFF....WAVE" + b"\xff" * 40):
		path.write_bytes(broken)
		assert wav_seconds(path) is None
