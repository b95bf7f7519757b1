"""Heartbeat, dialling and figures of a running bridge."""

import json
import time
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
from bridge_testing import TOKEN

from aftersales_bridge import __version__
from aftersales_bridge.adapters.base import Adapter, DialError
from aftersales_bridge.calls import RingTracker
from aftersales_bridge.client import Refused, SiteClient
from aftersales_bridge.config import Device, load, read_token
from aftersales_bridge.device import DeviceWorker
from aftersales_bridge.dialler import Dialler
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.events import Event, Signal
from aftersales_bridge.heartbeat import Heartbeat, skew_of
from aftersales_bridge.metrics import Metrics, render
from aftersales_bridge.ports.serial_port import KEYS
from aftersales_bridge.schema import ConfigError, read_table
from aftersales_bridge.sender import Sender
from aftersales_bridge.status import Status


class Dialling(Adapter):
	"""A device that dials everything but 999."""

	name, title, can_dial = "dialling", "a test's own", True

	def __init__(self, source_id, line, options):
		super().__init__(source_id, line, options)
		self.calls = RingTracker(line)

	def feed(self, data, now):
		self.bad.add("unknown lines", data)
		return []

	def dial(self, port, request, now):
		if request.number == "999":
			raise DialError("no dial tone")
		port.write(f"ATDT{request.number};{request.extension}\r".encode())
		call = f"out-{request.id}"
		return [Signal("ringing", request.line, call, direction="out", dial_request=request.id)]


@pytest.fixture
def parts(site, make_config, tmp_path, monkeypatch):
	"""A bridge's parts around one device on a loop, which echoes what is written to it."""
	monkeypatch.setitem(
		__import__("aftersales_bridge.adapters", fromlist=["ADAPTERS"]).ADAPTERS, "dialling", Dialling
	)
	config = load(make_config(site.url))
	client = SiteClient(config, read_token(config.token_file))
	queue = EventQueue(tmp_path / "queue.sqlite3")
	sender = Sender(queue, client)
	device = Device("modem-1", "dialling", "loop://", "1", {}, read_table({}, KEYS, ""))
	worker = DeviceWorker(device, "front-desk", queue)
	status = Status("front-desk", queue, sender, [worker])
	yield client, queue, sender, worker, status
	for thread in (worker, sender):
		thread.stop()
		if thread.is_alive():
			thread.join(5)
	queue.close()


def until(condition):
	deadline = time.monotonic() + 10
	while not condition():
		assert time.monotonic() < deadline
		time.sleep(0.02)


def kinds(queue):
	return [json.loads(event.body) for event in queue.next_batch(100)]


def test_heartbeat_tells_everything(parts, site):
	client, queue, _, worker, status = parts
	worker.start()
	until(lambda: worker.state().up)
	queue.put([Event.stamp(Signal("ringing", "1", "c"), "b", "m", "hayes")])
	worker._adapter.bad.add("half lines", count=3)
	site.server_time = datetime.now(timezone.utc).isoformat()
	assert Heartbeat(client, status).beat() == 60
	(told,) = site.heartbeats
	assert told["version"] == __version__ and told["boot_id"] and told["host"]
	assert told["queue"]["queued"] == 2 and told["queue"]["dead"] == 0 and told["queue"]["free_bytes"] > 0
	(device,) = told["devices"]
	assert (device["id"], device["adapter"], device["lines"]) == ("modem-1", "dialling", ["1"])
	assert (device["state"], device["bad_frames"], device["error"]) == ("up", 3, None)
	assert datetime.fromisoformat(device["since"].replace("Z", "+00:00")) <= datetime.now(timezone.utc)
	assert abs(status.skew_s) < 2


def test_clocks_are_compared(parts, site, caplog):
	client, _, _, _, status = parts
	site.server_time = (datetime.now(timezone.utc) - timedelta(seconds=90)).isoformat()
	beat = Heartbeat(client, status)
	beat.beat()
	beat.beat()
	assert 88 < status.skew_s < 92
	assert [r.getMessage() for r in caplog.records] == [
		"this computer's clock is 90 s ahead of the site's; switch time synchronisation (NTP) on"
	]
	assert skew_of("yesterday", 0.1) is None and skew_of(None, 0.1) is None
	assert skew_of("2026-11-21T07:30:00", 0.1) is None


def test_a_site_without_heartbeat_is_left_in_peace(parts, site, monkeypatch):
	client, _, _, _, status = parts
	site._answer = lambda *_: (404, {}, {"exc_type": "DoesNotExistError"})
	assert Heartbeat(client, status).beat() == 60
	site._answer = lambda *_: (200, {}, {"message": {"interval_s": 0.001}})
	assert Heartbeat(client, status).beat() == 5
	site._answer = lambda *_: (200, {}, {"message": {"interval_s": True}})
	assert Heartbeat(client, status).beat() == 60


def test_numbers_are_dialled_and_what_cannot_be_is_told(parts, site):
	client, queue, _, worker, _ = parts
	worker.start()
	until(lambda: worker.state().up)
	wanted = {"line": "1", "extension": None, "expires_in_s": 30}
	site.dial_requests = [
		{**wanted, "dial_request": "D1", "number": "138 1234-5678"},
		{**wanted, "dial_request": "D2", "number": "999"},
		{**wanted, "dial_request": "D3", "number": "1;ATH"},
		{**wanted, "dial_request": "D4", "number": "10086", "line": "7"},
		{**wanted, "dial_request": "D5", "number": "10086", "expires_in_s": 0},
		{**wanted, "dial_request": "D6", "number": "10086", "extension": "11\r\nAction: Logoff"},
	]
	dialler = Dialler(client, queue, [worker], "front-desk", 1.0)
	assert dialler.poll() == 1.0
	until(lambda: len(kinds(queue)) == 7)
	told = {event["dial_request"]: event for event in kinds(queue)[1:]}
	assert (told["D1"]["kind"], told["D1"]["direction"]) == ("ringing", "out")
	assert (told["D2"]["kind"], told["D2"]["cause"]) == ("dial_failed", "no dial tone")
	assert told["D3"]["cause"] == "the number holds characters that cannot be dialled"
	assert told["D4"]["cause"] == "no device that can dial serves the line 7"
	assert told["D5"]["cause"] == "it came too late"
	assert told["D6"]["cause"] == "the extension holds characters that are none"
	assert all(event["call_uuid"] for event in told.values())
	assert dialler.poll() == 1.0 and len(kinds(queue)) == 7


def test_a_lost_device_dials_nothing_later(parts, site):
	client, queue, _, worker, _ = parts
	worker._device = Device("modem-1", "dialling", "/dev/nonexistent", "1", {}, read_table({}, KEYS, ""))
	site.dial_requests = [{"line": "1", "dial_request": "D1", "number": "10086"}]
	Dialler(client, queue, [worker], "front-desk", 1.0).poll()
	worker.start()
	until(lambda: len(kinds(queue)) == 2)
	down, failed = sorted(kinds(queue), key=lambda event: event["kind"])
	assert down["kind"] == "device_down" and failed["kind"] == "dial_failed"
	assert "the device is not usable" in failed["cause"]


def test_the_dialler_backs_off(parts, site):
	client, queue, _, worker, _ = parts
	dialler = Dialler(client, queue, [worker], "front-desk", 1.0)
	site._answer = lambda *_: (503, {"Retry-After": "9"}, {})
	assert dialler.poll() == 9
	site._answer = lambda *_: (502, {}, {})
	assert all(1 <= dialler.poll() <= 30 for _ in range(20))
	site._answer = lambda *_: (403, {}, {})
	assert dialler.poll() == 60
	site._answer = lambda *_: (200, {}, {"message": []})
	assert dialler.poll() == 1.0


def test_figures_for_prometheus(parts, site):
	_, queue, sender, worker, status = parts
	worker.start()
	until(lambda: worker.state().up)
	worker._adapter.bad.add('odd "reason"\\\n', count=2)
	sender.start()
	site.wait_for(lambda s: s.stored)
	until(lambda: queue.counts()["sent"] == 1)
	metrics = Metrics("127.0.0.1:0", status)
	metrics.start()
	try:
		with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
			assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
			text = answer.read().decode()
		with pytest.raises(urllib.error.HTTPError):
			urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/")
	finally:
		metrics.stop()
	lines = text.splitlines()
	assert f'aftersales_bridge_info{{bridge="front-desk",version="{__version__}"}} 1' in lines
	assert 'aftersales_bridge_queue_events{state="sent"} 1' in lines
	assert "aftersales_bridge_delivery_sent_total 1" in lines
	assert 'aftersales_bridge_device_up{device="modem-1",adapter="dialling"} 1' in lines
	assert r'reason="odd \"reason\"\\\n"} 2' in text
	# Every sample has a help and a type, and nothing else stands there.
	names = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
	for line in lines:
		if not line.startswith("#"):
			assert line.split("{")[0].split(" ")[0] in names
			float(line.rsplit(" ", 1)[1])
	assert TOKEN.split(":")[1] not in text


def test_figures_while_the_queue_is_broken(parts, monkeypatch):
	_, queue, _, _, status = parts
	queue.path = queue.path.parent / "gone" / "queue.sqlite3"
	assert "aftersales_bridge_queue_readable 0\n" in render(status)
	assert status.for_site()["queue"] == {"error": None}


def test_metrics_keep_to_this_computer(make_config, site, parts):
	path = make_config(site.url)
	for listen, good in (
		("127.0.0.1:9110", True),
		("[::1]:9110", True),
		("0.0.0.0:9110", False),
		("9110", False),
	):
		path.write_text(path.read_text().split("[metrics]")[0] + f'[metrics]\nlisten = "{listen}"\n')
		if good:
			assert load(path).metrics_listen == listen
		else:
			with pytest.raises(ConfigError, match="must be a loopback address"):
				load(path)
	metrics = Metrics("127.0.0.1:0", parts[-1])
	with pytest.raises(ConfigError, match=r"cannot be used .*in use"):
		Metrics(f"127.0.0.1:{metrics.port}", parts[-1])
	metrics._server.server_close()


def test_recordings_are_sent_as_a_form(parts, site, tmp_path):
	client = parts[0]
	path = tmp_path / "a.wav"
	path.write_bytes(b"RIFF" + b"\r\n--" * 50_000)
	seen = []

	def serve(handler):
		seen.append(
			(handler.path, handler.headers, handler.rfile.read(int(handler.headers["Content-Length"])))
		)
		handler.send_response(*([200] if len(seen) == 1 else [417]))
		data = json.dumps({"message": {"file": "F1"}}).encode()
		handler.send_header("Content-Length", str(len(data)))
		handler.end_headers()
		handler.wfile.write(data)

	site._serve = serve
	assert client.upload_recording("c-1", path, "ab" * 32, 'a"\r\n.wav', 12) == {"file": "F1"}
	with pytest.raises(Refused):
		client.upload_recording("c-1", path, "ab" * 32, "a.wav", None)
	url, headers, body = seen[0]
	assert url.endswith("aftersales.telephony.bridge_api.upload_recording")
	assert headers["Authorization"] == f"token {TOKEN}"
	from email import message_from_bytes

	form = message_from_bytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
	fields = {part.get_param("name", header="content-disposition"): part for part in form.get_payload()}
	assert fields["call_uuid"].get_payload() == "c-1" and fields["seconds"].get_payload() == "12"
	assert fields["recording"].get_filename() == "a___.wav"
	assert body.count(path.read_bytes()) == 1
	assert (
		"seconds"
		not in message_from_bytes(f"Content-Type: {seen[1][1]['Content-Type']}\r\n\r\n".encode() + seen[1][2])
		.as_string()
		.split("recording")[0]
	)


def test_a_running_bridge_sends_its_heartbeat(site, make_config, bridge, telephone):
	phone = telephone()
	running = bridge(make_config(site.url, phone.ports))
	site.wait_for(lambda s: s.heartbeats)
	(device,) = site.heartbeats[0]["devices"]
	assert device["state"] == "up" and device["lines"] == ["1"]
	site.wait_for(lambda s: "take_dial_requests" in s.paths)  # a modem can dial
	assert running.terminate() == 0
