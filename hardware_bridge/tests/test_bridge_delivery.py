"""From the queue to a site over real HTTP, with everything that goes wrong on the way."""

import logging
import socket
import ssl
import subprocess
import time
from dataclasses import replace

import pytest
from bridge_testing import TOKEN

from aftersales_bridge import client as client_module
from aftersales_bridge import sender as sender_module
from aftersales_bridge.client import Lasting, Passing, Refused, SiteClient
from aftersales_bridge.config import load, read_token
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.events import Event, Signal
from aftersales_bridge.sender import Sender


def event(number=1, call=None):
	signal = Signal(
		"ringing", "1", call or f"call-{number}", number_raw="13812345678", presentation="allowed"
	)
	return Event.stamp(signal, "front-desk", "modem-1", "hayes")


def status(code, headers=None, body=None):
	return lambda site, request: (code, headers or {}, body or {"exc_type": f"Error{code}"})


@pytest.fixture
def quick(monkeypatch):
	"""Short waiting times: what is tested here is the order of things."""
	for name, value in {"BASE_S": 0.02, "CAP_S": 0.1, "SLOW_S": 0.2, "EAGER_S": 0.05}.items():
		monkeypatch.setattr(sender_module, name, value)


@pytest.fixture
def delivery(site, make_config, tmp_path):
	"""Make a client, a queue and a running sender towards the site, or towards ``url``."""
	made = []

	def start(url=None, token=TOKEN, run=True):
		config = load(make_config(url or site.url, token=token))
		client = SiteClient(config, read_token(config.token_file))
		queue = EventQueue(tmp_path / "queue.sqlite3")
		sender = Sender(queue, client)
		made.append((sender, queue))
		if run:
			sender.start()
		return queue, client, sender

	yield start
	for sender, queue in made:
		sender.stop()
		if sender.is_alive():
			sender.join(10)
		queue.close()


def settled(queue, count, seconds=10):
	deadline = time.monotonic() + seconds
	while queue.counts()["queued"] > count:
		assert time.monotonic() < deadline, queue.counts()
		time.sleep(0.01)


def test_events_arrive_in_order_in_batches_of_at_most_100(site, delivery):
	queue, _, sender = delivery(run=False)
	queue.put([event(n) for n in range(250)])
	sender.start()
	site.wait_for(lambda s: len(s.order) == 250)
	assert [e["call_uuid"] for e in site.order] == [f"call-{n}" for n in range(250)]
	assert [len(events) for _, events in site.received] == [100, 100, 50]
	settled(queue, 0)
	assert queue.counts()["sent"] == 250
	first = site.order[0]
	assert first["live"] is True and 0 <= first["age_ms"] < 60_000
	assert first["number_raw"] == "13812345678" and len(first["event_id"]) == 64


def test_a_new_call_does_not_wait_for_the_end_of_the_former(site, delivery):
	def end(number, age_s=0):
		item = Event.stamp(Signal("ring_end", "1", f"call-{number}", seq=2), "front-desk", "modem-1", "hayes")
		return replace(item, mono_ms=item.mono_ms - age_s * 1000)

	queue, _, sender = delivery(run=False)
	old = replace(event(1), mono_ms=event(1).mono_ms - 61_000)
	queue.put([old, end(1, 61), event(3), end(2), event(4), end(3)])
	sender.start()
	site.wait_for(lambda s: len(s.order) == 6)
	assert [len(events) for _, events in site.received] == [5, 1]
	queue.put([replace(event(5), mono_ms=old.mono_ms), end(5, 61)])
	site.wait_for(lambda s: len(s.order) == 8)
	assert [len(events) for _, events in site.received] == [5, 1, 2]


def test_lines_that_ring_at_once_do_not_wait_for_ends_on_the_others(site, delivery):
	"""A plain modem tells the end of a call by the ring of the next: eight lines that ring again bring eight ends."""

	def step(kind, line, call, seq=1):
		return Event.stamp(Signal(kind, line, call, seq=seq), "front-desk", f"modem-{line}", "hayes")

	queue, _, sender = delivery(run=False)
	rings = [step("ringing", line, f"new-{line}") for line in "12"]
	ends = [step("ring_end", line, f"old-{line}", 2) for line in "12"]
	# A call that went from line 3 to line 4 before it was answered: all of it goes, in its order.
	moved = [
		step("ringing", "3", "moved"),
		step("ring_end", "3", "moved", 2),
		step("answered", "4", "moved", 3),
	]
	last = step("ring_end", "4", "moved", 4)
	queue.put([rings[0], ends[0], moved[0], moved[1], rings[1], ends[1], moved[2], last])
	sender.start()
	site.wait_for(lambda s: len(s.order) == 8)
	sent = [item["event_id"] for item in site.order]
	assert sent[:5] == [item.event_id for item in (rings[0], moved[0], moved[1], rings[1], moved[2])]
	assert sent[5:] == [item.event_id for item in (ends[0], ends[1], last)]


def test_an_idle_sender_is_woken_at_once(site, delivery):
	queue, _, _ = delivery()
	for number in range(5):
		queue.put([event(number)])
		site.wait_for(lambda s, n=number: len(s.order) == n + 1, seconds=5)
	# Five idle waits of half a minute each would not fit into the time given above.
	assert len(site.received) == 5


@pytest.mark.parametrize("code", [408, 409, 425, 429, 500, 502, 503, 504])
def test_passing_troubles_are_retried(code, site, delivery, quick):
	site.script = [status(code), status(code)]
	queue, _, _ = delivery()
	queue.put([event()])
	site.wait_for(lambda s: s.stored)
	settled(queue, 0)
	assert len(site.received) == 3 and len(site.order) == 1


@pytest.mark.parametrize("code", [401, 403, 404])
def test_lasting_troubles_lose_nothing(code, site, delivery, quick):
	site.script = [status(code), status(code)]
	queue, _, _ = delivery()
	queue.put([event(1), event(2)])
	site.wait_for(lambda s: len(s.stored) == 2)
	assert [len(events) for _, events in site.received] == [2, 2, 2]


def test_retry_after_is_honoured(site, delivery, quick):
	site.script = [status(503, {"Retry-After": "1"})]
	queue, _, _ = delivery()
	queue.put([event(1)])
	site.wait_for(lambda s: s.received)
	queue.put([event(2)])  # a new call does not make it impatient
	site.wait_for(lambda s: len(s.stored) == 2)
	(first, _), (second, events) = site.received
	assert second - first >= 0.99 and len(events) == 2


def test_a_lost_answer_makes_a_repeat_but_no_second_event(site, delivery, quick):
	site.script = [lambda s, request: s.store(request["events"]) and None] * 2
	queue, _, _ = delivery()
	queue.put([event()])
	site.wait_for(lambda s: len(s.received) >= 3)
	settled(queue, 0)
	assert len(site.order) == 1
	assert queue.counts()["sent"] == 1


def test_one_rejected_event_is_set_aside_with_its_reason(site, delivery, caplog):
	events = [event(n) for n in range(3)]
	site.reject[events[1].event_id] = "Line of 13812345678 is unknown"
	queue, _, _ = delivery()
	with caplog.at_level(logging.DEBUG):
		queue.put(events)
		site.wait_for(lambda s: s.received)
		settled(queue, 0)
	assert queue.counts() == {"queued": 0, "sent": 2, "dead": 1, "unsaved": 0}
	assert queue.dead()[0]["reason"] == "Line of 13812345678 is unknown"
	assert "rejected by the site: Line of 138******78" in caplog.text
	assert "13812345678" not in caplog.text


def test_a_refused_batch_is_halved_until_the_culprit_stands_alone(site, delivery, quick):
	events = [event(n) for n in range(40)]
	culprit = events[17].event_id

	def judge(s, request):
		s.script.append(judge)
		if any(e["event_id"] == culprit for e in request["events"]):
			return 417, {}, {"_server_messages": '["{\\"message\\": \\"<b>Bad</b> event\\"}"]'}
		return "honest"

	site.script = [judge]
	queue, _, sender = delivery(run=False)
	queue.put(events)
	sender.start()
	settled(queue, 0)
	assert queue.counts() == {"queued": 0, "sent": 39, "dead": 1, "unsaved": 0}
	assert queue.dead()[0]["event_id"] == culprit
	assert queue.dead()[0]["reason"] == "HTTP 417: Bad event"
	expected = [f"call-{n}" for n in range(40) if n != 17]
	assert [e["call_uuid"] for e in site.order] == expected


def test_a_site_that_refuses_everything_is_ill_and_no_event_dies(site, delivery, quick):
	site.check_status = 417
	site.script = [status(417)] * 3
	queue, _, _ = delivery()
	queue.put([event()])
	site.wait_for(lambda s: s.stored)
	settled(queue, 0)
	assert queue.counts()["dead"] == 0


def test_one_event_that_crashes_the_site_does_not_hold_up_the_others(site, delivery, quick):
	bad, good = event(1), [event(n) for n in range(2, 6)]

	def judge(s, request):
		s.script.append(judge)
		crash = any(e["event_id"] == bad.event_id for e in request["events"])
		return (500, {}, {"exc_type": "KeyError"}) if crash else "honest"

	site.script = [judge]
	queue, _, sender = delivery(run=False)
	queue.put([bad, *good])
	sender.start()
	settled(queue, 0)
	assert [e["call_uuid"] for e in site.order] == [e.call_uuid for e in good]
	assert queue.dead()[0]["reason"] == "HTTP 500: KeyError (while other events pass)"


def test_a_site_that_always_crashes_gets_no_event_killed(site, delivery, quick):
	site.script = [status(500)] * 12
	queue, _, _ = delivery()
	queue.put([event(1), event(2)])
	site.wait_for(lambda s: len(s.stored) == 2)
	settled(queue, 0)
	assert queue.counts()["dead"] == 0


@pytest.mark.parametrize(
	"body", [b"<html>Welcome to the hotel's network</html>", b"[1]", {"message": None}, {}]
)
def test_a_captive_portal_is_no_site(body, site, delivery, quick):
	site.script = [status(200, body=body)] * 2
	queue, _, _ = delivery()
	queue.put([event()])
	site.wait_for(lambda s: s.stored)
	assert len(site.received) == 3


def test_events_the_site_forgot_to_answer_are_sent_again(site, delivery, quick):
	def forgetful(s, request):
		results = s.store(request["events"])[:1]
		return 200, {}, {"message": {"results": results}}

	site.script = [forgetful]
	queue, _, sender = delivery(run=False)
	queue.put([event(1), event(2), event(3)])
	sender.start()
	settled(queue, 0)
	assert [len(events) for _, events in site.received] == [3, 2]


def test_a_new_call_cuts_a_long_back_off_short(site, delivery, monkeypatch):
	monkeypatch.setattr(sender_module, "EAGER_S", 0.05)
	site.script = [status(502)]
	queue, _, sender = delivery(run=False)
	sender._uniform = lambda low, high: 600.0
	queue.put([event(1)])
	sender.start()
	site.wait_for(lambda s: s.received)
	time.sleep(0.3)
	assert len(site.received) == 1
	queue.put([event(2)])
	site.wait_for(lambda s: len(s.stored) == 2)


def test_back_off_is_jittered_between_zero_and_a_growing_cap(site, delivery):
	_, _, sender = delivery(run=False)
	asked = []
	sender._uniform = lambda low, high: asked.append((low, high)) or high
	for _ in range(10):
		sender._failed(Passing("x", 502))
	assert asked[:4] == [(0, 1.0), (0, 2.0), (0, 4.0), (0, 8.0)]
	assert asked[-1] == (0, 60.0)
	assert sender._failed(Passing("x", 429, retry_after=7.0)) == 7.0
	assert sender._failed(Lasting("x", 401)) == 60.0


def test_delivery_goes_on_from_memory_while_the_disk_is_full(site, delivery):
	queue, _, _ = delivery()
	queue.put([event(0)])
	site.wait_for(lambda s: s.stored)
	db = queue._connection()
	db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")
	for number in range(1, 100):
		queue.put([event(number)])
	site.wait_for(lambda s: len(s.stored) == 100)
	assert queue.error
	# Nothing goes round in circles although no mark can be written.
	time.sleep(1.5)
	assert len(site.order) == 100 and sum(len(events) for _, events in site.received) == 100


def test_a_slow_site_gets_less_at_a_time_until_it_is_well(site, delivery, quick):
	site.script = [status(504), status(504), status(503)]
	queue, _, sender = delivery(run=False)
	queue.put([event(number) for number in range(400)])
	sender.start()
	site.wait_for(lambda s: len(s.stored) == 400)
	settled(queue, 0)
	sizes = [len(events) for _, events in site.received]
	assert sizes[:7] == [100, 50, 25, 12, 24, 48, 96]
	assert sum(sizes[3:]) == 400 and max(sizes) == 100


def test_weeks_without_a_site_come_in_their_order(site, delivery, tmp_path):
	queue, _, sender = delivery(run=False)
	weeks = 21 * 86_400_000
	start = event(0).wall_ms - weeks
	told = []
	for number in range(1500):
		signal = Signal("ringing", str(number % 8), f"old-{number}", occurred_at=start + number * 1000)
		told.append(Event.stamp(signal, "front-desk", "modem-1", "hayes"))
		if number % 250 == 249:
			queue.put(told[-250:])
			# The bridge is restarted now and then in such a time.
			queue.close()
	queue.put([event(9999)])
	sender.start()
	site.wait_for(lambda s: len(s.stored) == 1501, 60)
	assert [e["event_id"] for e in site.order] == [e.event_id for e in told] + [event(9999).event_id]
	assert [e["live"] for e in site.order] == [False] * 1500 + [True]
	assert all(weeks - 2_000_000 < e["age_ms"] < weeks + 600_000 for e in site.order[:1500])
	settled(queue, 0)
	assert all(len(events) == 100 for _, events in site.received[:15])


def test_nobody_listens(make_config, tmp_path):
	with socket.socket() as closed:
		closed.bind(("127.0.0.1", 0))
		config = load(make_config(f"http://127.0.0.1:{closed.getsockname()[1]}"))
		with pytest.raises(Passing, match="no connection"):
			SiteClient(config, read_token(config.token_file)).check_bridge()


def test_certificates_are_verified(site, make_config, tmp_path):
	key, certificate = tmp_path / "key.pem", tmp_path / "own.pem"
	subprocess.run(
		[
			"openssl",
			"req",
			"-x509",
			"-newkey",
			"ec",
			"-pkeyopt",
			"ec_paramgen_curve:P-256",
			"-nodes",
			"-days",
			"2",
			"-keyout",
			key,
			"-out",
			certificate,
			"-subj",
			"/CN=own",
			"-addext",
			"subjectAltName=IP:127.0.0.1",
		],
		check=True,
		capture_output=True,
	)
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain(certificate, key)
	site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
	path = make_config(site.url.replace("http:", "https:"))
	config = load(path)
	with pytest.raises(Lasting, match="certificate is not trusted"):
		SiteClient(config, read_token(config.token_file)).check_bridge()
	path.write_text(path.read_text().replace("[site]", '[site]\nca_file = "own.pem"'))
	config = load(path)
	assert SiteClient(config, read_token(config.token_file)).check_bridge()["enabled"] is True


def test_answers_by_kind(site, delivery):
	_, client, _ = delivery(run=False)
	assert client.check_bridge()["lines"][0]["title"] == "Hotline"
	site.script = [status(301, {"Location": "https://elsewhere.example"}), status(413), status(403)]
	with pytest.raises(Lasting, match=r"the site is at https://elsewhere\.example; correct url"):
		client.post_events([event().wire()])
	with pytest.raises(Refused, match="413"):
		client.post_events([event().wire()])
	with pytest.raises(Lasting, match="403"):
		client.post_events([event().wire()])


def test_wrong_token_never_shows_itself(site, delivery, caplog, quick):
	caplog.set_level(logging.DEBUG)
	queue, client, _ = delivery(token="wrongkey:wrongsecret")
	queue.put([event()])
	site.wait_for(lambda s: s.paths)
	with pytest.raises(Lasting, match="401"):
		client.check_bridge()
	assert caplog.records
	assert "wrongsecret" not in caplog.text and "wrongkey" not in caplog.text
	assert "wrongsecret" not in repr(vars(client)["_bridge_id"])


def test_localhost_names_reach_this_machine_with_their_name(site, make_config):
	config = load(make_config(f"http://aftersales.localhost:{site.port}"))
	client = SiteClient(config, read_token(config.token_file))
	hosts = []
	site._answer = lambda handler, method, body: (
		hosts.append(handler.headers["Host"]),
		(200, {}, {"message": {"lines": [], "enabled": True}}),
	)[1]
	client.check_bridge()
	assert hosts == [f"aftersales.localhost:{site.port}"]


@pytest.mark.parametrize(
	("value", "seconds"),
	[("3", 3.0), ("0", 0.0), ("-5", 0.0), ("86400", 600.0), ("soon", None), ("", None), (None, None)],
)
def test_retry_after_values(value, seconds):
	assert client_module._retry_after(value) == seconds


def test_retry_after_as_a_date():
	from email.utils import formatdate

	assert 50 < client_module._retry_after(formatdate(time.time() + 60, usegmt=True)) <= 61
