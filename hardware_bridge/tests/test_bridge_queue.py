"""The queue: nothing committed is lost, not by a kill, not by a full disk, not by a damaged file."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from aftersales_bridge import event_queue
from aftersales_bridge.event_queue import EventQueue, OpenCall
from aftersales_bridge.events import Event, Signal


def event(number=1, kind="ringing", call=None, line="1"):
	call = call or f"call-{number}"
	return Event.stamp(
		Signal(kind, line, call, number_raw="13812345678", presentation="allowed"), "b", "m", "hayes"
	)


@pytest.fixture
def queue(tmp_path):
	opened = EventQueue(tmp_path / "queue.sqlite3")
	yield opened
	opened.close()


def ids(events):
	return [item.event_id for item in events]


def fill_disk(queue):
	"""Let SQLite refuse every further page, in its own words for a full disk."""
	db = queue._connection()
	pages = db.execute("PRAGMA page_count").fetchone()[0]
	db.execute(f"PRAGMA max_page_count={pages}")


def free_disk(queue):
	queue._connection().execute("PRAGMA max_page_count=1000000")
	queue._next_try = 0.0


def test_order_states_and_counts(queue):
	events = [event(n) for n in range(5)]
	for item in events:
		assert queue.put([item]) is True
	assert queue.next_batch(100) == events
	queue.settle({events[0].event_id: ("sent", None), events[2].event_id: ("dead", "no such line")})
	assert queue.next_batch(2) == [events[1], events[3]]
	assert queue.counts() == {"queued": 3, "sent": 1, "dead": 1, "unsaved": 0}
	(dead,) = queue.dead()
	assert (dead["event_id"], dead["reason"]) == (events[2].event_id, "no such line")
	assert queue.requeue([events[0].event_id]) == 0  # sent is sent
	assert queue.requeue([events[2].event_id]) == 1
	assert queue.next_batch(100) == events[1:]


def test_the_same_event_is_kept_once(queue):
	item = event()
	queue.put([item])
	queue.put([item])
	assert queue.counts()["queued"] == 1


def test_identity_of_events():
	signal_ = Signal("ringing", "1", "call", seq=1)
	same = {Event.stamp(signal_, "b", "m", "hayes").event_id for _ in range(3)}
	assert len(same) == 1
	others = [("other", "m"), ("b", "other")]
	assert len(same | {Event.stamp(signal_, b, m, "hayes").event_id for b, m in others}) == 3
	up = Signal("device_up", "1")
	assert Event.stamp(up, "b", "m", "hayes").event_id != Event.stamp(up, "b", "m", "hayes").event_id


def test_what_is_told_afterwards_is_history():
	present = event_queue.clock.wall_ms()

	def wire(**facts):
		return Event.stamp(Signal("ended", "1", "c", **facts), "b", "m", "smdr").wire()

	past = wire(occurred_at=present - 3_600_000, history=True)
	assert past["live"] is False and 3_600_000 <= past["age_ms"] < 3_610_000
	assert past["occurred_at"] == event_queue.clock.iso(present - 3_600_000)
	assert wire(history=True)["live"] is False and wire()["live"] is True
	assert not Event.stamp(Signal("ringing", "1", "c", history=True), "b", "m", "smdr").is_live()
	future = wire(occurred_at=present + 86_400_000)
	assert future["age_ms"] < 10_000 and future["live"] is True, "a device's clock makes no future"
	assert wire(occurred_at=0)["live"] is False


def test_optional_fields_are_sent_when_they_say_something():
	plain = Event.stamp(Signal("ringing", "1", "c"), "b", "m", "hayes").wire()
	assert not plain.keys() & {"extension", "did", "recording", "source_call_id", "dial_request", "history"}
	full = Signal(
		"recording",
		"1",
		"c",
		extension="11",
		did="021",
		recording="a.wav",
		source_call_id="7",
		dial_request="D",
	)
	wire = Event.stamp(full, "b", "m", "ami").wire()
	assert (wire["extension"], wire["did"], wire["recording"], wire["source_call_id"], wire["dial_request"]) == (
		"11", "021", "a.wav", "7", "D",
	)  # fmt: skip


def test_age_follows_the_steady_clock_and_decides_what_is_live(monkeypatch):
	item = event()
	assert item.wire()["live"] is True
	monkeypatch.setattr("aftersales_bridge.clock.wall_ms", lambda: 0)  # somebody sets the clock back
	assert 0 <= item.wire()["age_ms"] < 60_000
	late = Event(**{**item.__dict__, "mono_ms": item.mono_ms - 60_500})
	assert late.wire()["age_ms"] >= 60_500 and late.wire()["live"] is False


def test_age_after_a_reboot_follows_the_wall_clock():
	item = event()
	before = Event(**{**item.__dict__, "boot_id": "another", "wall_ms": item.wall_ms - 3_600_000})
	assert 3_600_000 <= before.wire()["age_ms"] < 3_700_000
	assert before.wire()["live"] is False


def test_events_and_open_call_outlive_a_kill(tmp_path):
	"""A process that is killed right after ``put`` returned has lost nothing."""
	script = """
import os, sys, signal
from pathlib import Path
from aftersales_bridge.event_queue import EventQueue, OpenCall
from aftersales_bridge.events import Event, Signal
queue = EventQueue(Path(sys.argv[1]))
for n in range(20):
	queue.put([Event.stamp(Signal("ringing", "1", f"call-{n}"), "b", "m", "hayes")], OpenCall("m", {"n": n}))
os.kill(os.getpid(), signal.SIGKILL)
"""
	path = tmp_path / "queue.sqlite3"
	done = subprocess.run([sys.executable, "-c", script, str(path)], timeout=30)
	assert done.returncode == -signal.SIGKILL
	queue = EventQueue(path)
	assert [e.call_uuid for e in queue.next_batch(100)] == [f"call-{n}" for n in range(20)]
	body, gap = queue.open_calls()["m"]
	assert body == {"n": 19} and 0 <= gap < 30
	queue.put([], OpenCall("m", None))
	assert queue.open_calls() == {}
	assert queue._connection().execute("PRAGMA synchronous").fetchone()[0] == 2
	queue.close()


def test_full_disk_keeps_events_in_memory_and_saves_them_later(queue, tmp_path, caplog):
	first = event(1)
	queue.put([first])
	fill_disk(queue)
	more = []
	while len(more) < 200:
		more.append(event(100 + len(more)))
		queue.put([more[-1]])
	assert "full" in queue.error
	assert queue.counts()["unsaved"] > 0
	assert ids(queue.next_batch(1000)) == ids([first, *more])  # still delivered, still in order
	assert sum("cannot be written" in r.getMessage() for r in caplog.records) == 1
	done = [first, more[0], more[-1]]
	queue.settle({item.event_id: ("sent", None) for item in done})
	assert ids(queue.next_batch(1000)) == ids(more[1:-1])  # what was sent is not sent again, though unmarked
	free_disk(queue)
	assert ids(queue.next_batch(1000)) == ids(more[1:-1])
	assert queue.error is None
	queue.close()
	again = EventQueue(tmp_path / "queue.sqlite3")
	assert ids(again.next_batch(1000)) == ids(more[1:-1])
	assert again._connection().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
	again.close()


def test_memory_is_bounded_while_the_disk_is_full(queue, monkeypatch):
	monkeypatch.setattr(event_queue, "MAX_UNSAVED", 50)
	queue.put([event(0)])
	fill_disk(queue)
	for number in range(400):
		queue.put([event(1000 + number)], OpenCall("m", {"n": number}))
	assert queue.counts()["unsaved"] <= 50
	assert queue.dropped > 0
	newest = queue.next_batch(1000)[-1]
	assert newest.call_uuid == "call-1399"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_really_full_disk(tmp_path):
	"""The same on a file system of 256 KiB, write-ahead log and all."""
	disk = tmp_path / "disk"
	disk.mkdir()
	script = """
import sys, os
from pathlib import Path
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.events import Event, Signal
disk = Path(sys.argv[1])
queue = EventQueue(disk / "queue.sqlite3")
events = [Event.stamp(Signal("ringing", "1", f"call-{n}", raw=("x" * 180,)), "b", "m", "hayes") for n in range(600)]
saved = [queue.put([event]) for event in events]
assert saved[0] and not saved[-1], saved
assert "full" in queue.error, queue.error
assert [e.event_id for e in queue.next_batch(1000)] == [e.event_id for e in events]
os.system(f"mount -o remount,size=8m {disk}")
queue._next_try = 0.0
assert queue.put([]) is True, queue.error
queue.close()
again = EventQueue(disk / "queue.sqlite3")
assert again.counts()["queued"] == 600, again.counts()
again.close()
print("well")
"""
	command = f"mount -t tmpfs -o size=256k none {disk} && exec {sys.executable} -c '{script}' {disk}"
	made = subprocess.run(["unshare", "-m", "sh", "-c", "true"], capture_output=True)
	if made.returncode != 0:
		pytest.skip("this machine allows no mount namespace")
	done = subprocess.run(["unshare", "-m", "sh", "-c", command], capture_output=True, text=True, timeout=60)
	assert done.stdout.strip() == "well", done.stderr


def test_a_damaged_file_is_kept_aside(tmp_path, caplog):
	path = tmp_path / "queue.sqlite3"
	path.write_bytes(b"this is no database, but once it was" * 200)
	queue = EventQueue(path)
	item = event()
	assert queue.put([item]) is True
	assert queue.next_batch(10) == [item]
	queue.close()
	assert len(list(tmp_path.glob("queue.sqlite3.damaged-*"))) == 1
	assert "damaged" in caplog.text


def test_damage_in_a_large_file_is_found_when_it_is_met(tmp_path, monkeypatch):
	monkeypatch.setattr(event_queue, "CHECK_BYTES", 0)
	monkeypatch.setattr(event_queue, "RETRY_SAVE_S", 0.0)
	path = tmp_path / "queue.sqlite3"
	queue = EventQueue(path)
	queue.put([event(n) for n in range(300)])
	queue.close()
	size = path.stat().st_size
	with path.open("r+b") as file:
		file.seek(4096)
		file.write(os.urandom(size - 4096))
	queue = EventQueue(path)
	late = [event(1000 + n) for n in range(5)]
	for item in late:
		queue.put([item])
	assert ids(queue.next_batch(1000)) == ids(late)
	assert queue.error is None and queue.counts()["queued"] == 5
	assert len(list(tmp_path.glob("queue.sqlite3.damaged-*"))) >= 1
	queue.close()


def test_a_queue_that_cannot_be_opened_waits(tmp_path):
	queue = EventQueue(tmp_path / "missing" / "queue.sqlite3")
	item = event()
	assert queue.put([item]) is False
	assert queue.next_batch(10) == [item]
	(tmp_path / "missing").mkdir()
	queue._next_try = 0.0
	assert queue.put([]) is True
	assert queue.counts()["queued"] == 1
	queue.close()


def test_the_file_is_private(queue):
	queue.put([event()])
	assert os.stat(queue.path).st_mode & 0o077 == 0


def test_prune(queue, monkeypatch):
	events = [event(n) for n in range(3)]
	queue.put(events)
	queue.settle({events[0].event_id: ("sent", None), events[1].event_id: ("dead", "x")})
	assert queue.prune(7, 90) == 0
	real = event_queue.clock.wall_ms
	monkeypatch.setattr(event_queue.clock, "wall_ms", lambda: real() + 8 * 86_400_000)
	assert queue.prune(7, 90) == 1
	assert queue.counts() == {"queued": 1, "sent": 0, "dead": 1, "unsaved": 0}


def test_pruning_goes_in_pieces_and_stops_at_what_is_young(queue, monkeypatch):
	monkeypatch.setattr(event_queue, "PRUNE_PIECE", 4)
	events = [event(n) for n in range(30)]
	queue.put(events)
	queue.settle({item.event_id: ("sent", None) for item in events[:22]})
	real = event_queue.clock.wall_ms
	monkeypatch.setattr(event_queue.clock, "wall_ms", lambda: real() + 8 * 86_400_000)
	queue.settle({item.event_id: ("sent", None) for item in events[22:26]})
	assert queue.prune(7, 90) == 22
	assert queue.counts() == {"queued": 4, "sent": 4, "dead": 0, "unsaved": 0}


def test_a_full_disk_is_not_tried_at_every_event(queue, monkeypatch):
	queue.put([event(0)])
	fill_disk(queue)
	tries = []
	real = EventQueue._write
	monkeypatch.setattr(EventQueue, "_write", staticmethod(lambda *a: (tries.append(1), real(*a))[1]))
	for number in range(1, 300):
		queue.put([event(number)])
	assert queue.error and len(queue.next_batch(1000)) == 300
	assert len(tries) < 150


def test_calls_can_be_found_for_their_recordings(queue):
	def told(kind, seq, **facts):
		return Event.stamp(Signal(kind, "3", "call-a", seq=seq, direction="in", **facts), "b", "pbx", "ami")

	first = told("ringing", 1, number_raw="13812345678", source_call_id="1700.1")
	queue.put([first, told("answered", 2, extension="11")])
	(call,) = queue.find_calls(first.wall_ms, first.wall_ms)
	assert (call.call_uuid, call.source_id, call.line, call.number) == ("call-a", "pbx", "3", "13812345678")
	assert (call.extension, call.source_call_id, call.ended_ms) == ("11", "1700.1", None)
	assert not queue.is_delivered("call-a")
	end = told("ended", 3)
	queue.put([end, told("recording", 4, recording="a.wav")])
	assert queue.find_calls(0, end.wall_ms + 1)[0].ended_ms == end.wall_ms
	queue.settle({item.event_id: ("sent", None) for item in queue.next_batch(10)})
	assert queue.is_delivered("call-a") and queue.is_delivered("unknown")
	assert queue.find_calls(end.wall_ms + 1, end.wall_ms + 2) == []


def test_state_tells_how_full_it_is(queue, monkeypatch):
	assert queue.state().oldest_ms is None
	queue.put([event(0), event(1)])
	real = event_queue.clock.mono
	monkeypatch.setattr(event_queue.clock, "mono", lambda: real() + 100)
	state = queue.state()
	assert state.counts["queued"] == 2 and 100_000 <= state.oldest_ms < 110_000
	assert state.bytes > 0 and state.free_bytes > 0 and state.error is None


def test_many_threads_lose_nothing_and_keep_their_order(queue):
	def work(line):
		for number in range(25):
			queue.put([event(call=f"{line}-{number}", line=line)])

	threads = [threading.Thread(target=work, args=(str(n),)) for n in range(8)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	batch = queue.next_batch(1000)
	assert len(batch) == 200
	for line in map(str, range(8)):
		assert [e.call_uuid for e in batch if e.line == line] == [f"{line}-{n}" for n in range(25)]


def test_a_waiting_reader_is_woken(queue):
	seen = queue.version
	versions = []
	reader = threading.Thread(target=lambda: versions.append(queue.wait(seen, 20)))
	reader.start()
	queue.put([event()])
	reader.join(10)
	assert versions == [seen + 1]


def test_another_program_may_read_the_queue(queue, tmp_path):
	queue.put([event()])
	other = EventQueue(tmp_path / "queue.sqlite3")
	assert other.counts()["queued"] == 1
	queue.put([event(2)])
	assert other.counts()["queued"] == 2
	other.close()


def test_counts_say_why_they_cannot(tmp_path):
	with pytest.raises(sqlite3.Error):
		EventQueue(tmp_path / "missing" / "q").counts()
