"""A real modem engine on a pseudo terminal, the bridge in its own process, a site over HTTP."""

import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time

import pytest
import serial
from bridge_testing import TOKEN, Command, Site

from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.simulator.spandsp import Modem

NUMBERS = [f"138{n:08d}" for n in range(100)]


def test_a_call_from_ring_to_end(site, make_config, telephone, bridge):
	phone = telephone()
	running = bridge(make_config(site.url, phone.ports, 'country = "26"\nring_timeout_s = 2.0'))
	site.wait_for(lambda s: s.kinds("device_up"))
	answer = phone("ring 13812345678 ZHANG SAN rings=1")
	site.wait_for(lambda s: s.kinds("ring_end"))
	assert [e["kind"] for e in site.order] == ["device_up", "ringing", "caller_id", "ring_end"]
	ringing, named, end = site.order[1:]
	assert ringing["number_raw"] == "13812345678" and ringing["line"] == "1" and ringing["live"] is True
	assert named["name_raw"] == "ZHANG SAN" and named["seq"] == 2
	assert end["seq"] == 3 and end["ring_count"] == 1 and end["cause"] == "silence"
	assert re.fullmatch(r"\d{4} \d{4}", ringing["device_time_raw"])
	assert answer["number_ns"] <= answer["now_ns"]
	assert abs(answer["number_ns"] / 1e9 - time.time()) < 60
	phone("ring withheld rings=1")
	site.wait_for(lambda s: len(s.kinds("ringing")) == 2)
	assert site.kinds("ringing")[1]["presentation"] == "restricted"
	phone("ring unavailable rings=1")
	site.wait_for(lambda s: len(s.calls()) == 2 or len(s.kinds("ring_end")) == 2)
	site.wait_for(lambda s: len(s.kinds("ring_end")) == 2)
	phone("ring none rings=1")
	site.wait_for(lambda s: len(s.kinds("ringing")) == 3)
	assert site.kinds("ringing")[2]["number_raw"] is None and site.kinds("ringing")[2]["ring_count"] == 1
	assert running.terminate() == 0
	log = running.text()
	assert "stopped" in log and "Traceback" not in log
	assert "line 1: ringing 138******78" in log
	assert "13812345678" not in log
	for secret in TOKEN.split(":"):
		assert secret not in log


def test_eight_lines_ring_at_once(site, make_config, telephone, bridge):
	phone = telephone(8)
	bridge(make_config(site.url, phone.ports))
	for line in range(1, 9):
		phone(f"@{line} wait")
	threads = [threading.Thread(target=phone, args=(f"@{n} ring {NUMBERS[n]}",)) for n in range(1, 9)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	site.wait_for(lambda s: len(s.kinds("ringing")) == 8)
	assert {(e["line"], e["number_raw"]) for e in site.kinds("ringing")} == {
		(str(n), NUMBERS[n]) for n in range(1, 9)
	}


def test_pulled_plug_and_back(site, make_config, telephone, bridge):
	phone = telephone(1, "--cadence", "0.5", "--rings", "60")
	running = bridge(make_config(site.url, phone.ports))
	phone("wait")
	phone("ring 13812345678")
	site.wait_for(lambda s: s.kinds("ringing"))
	phone("unplug")
	site.wait_for(lambda s: s.kinds("device_down"))
	phone("plug")
	site.wait_for(lambda s: len(s.kinds("device_up")) == 2)
	phone("hangup")
	# The same call rang before and after: it is one call, and a new number is a second one.
	phone("wait")
	phone("ring 02161234567")
	site.wait_for(lambda s: len(s.kinds("ringing")) == 2)
	assert [e["number_raw"] for e in site.kinds("ringing")] == ["13812345678", "02161234567"]
	assert len(site.kinds("device_down")) == 1
	assert "unplugged" in site.kinds("device_down")[0]["cause"]
	assert "Traceback" not in running.text()


def test_a_device_that_floods_keeps_no_other_from_being_heard(site, make_config, telephone, bridge):
	phone = telephone()
	path = make_config(site.url, phone.ports)
	for number, text in enumerate(("RING", "x" * 300, "CLIPFSK: CS CID=13800000000"), start=2):
		path.write_text(
			path.read_text()
			+ f"[[device]]\nid = 'mad-{number}'\nadapter = 'pipe'\nport = 'pipe:yes \"{text}\"'\nline = 'mad-{number}'\n"
		)
	running = bridge(path)
	phone("wait")
	site.wait_for(lambda s: len(s.kinds("device_up")) == 4)
	time.sleep(1.0)
	before = time.monotonic()
	phone("ring 13812345678")
	site.wait_for(lambda s: any(e["number_raw"] == "13812345678" for e in s.order))
	assert time.monotonic() - before < 10
	assert len(site.order) < 1000
	assert running.terminate() == 0
	assert "floods held up" in running.text()


def test_noise_and_a_port_that_is_there_later(site, make_config, telephone, bridge, tmp_path):
	running = bridge(make_config(site.url, [tmp_path / "modem"]))
	site.wait_for(lambda s: s.kinds("device_down"))
	phone = telephone()
	phone("wait")
	for _ in range(20):
		phone("noise 500")
	time.sleep(0.1)
	phone("ring 13812345678")
	site.wait_for(lambda s: any(e["number_raw"] == "13812345678" for e in s.order))
	assert "Traceback" not in running.text()


def test_nothing_is_lost_while_the_site_is_away(make_config, telephone, bridge, tmp_path):
	first = Site()
	phone = telephone(3)
	running = bridge(make_config(first.url, phone.ports))
	for line in (1, 2, 3):
		phone(f"@{line} wait")
	first.wait_for(lambda s: len(s.kinds("device_up")) == 3)
	port = first.port
	first.close()
	for line in (1, 2, 3):
		phone(f"@{line} ring {NUMBERS[line]} rings=1")
	queue = EventQueue(tmp_path / "data" / "queue.sqlite3")
	deadline = time.monotonic() + 10
	while queue.counts()["queued"] < 3:
		assert time.monotonic() < deadline
		time.sleep(0.05)
	queue.close()
	second = Site(port)
	try:
		second.wait_for(lambda s: len(s.kinds("ringing")) == 3, 30)
		assert {e["number_raw"] for e in second.kinds("ringing")} == set(NUMBERS[1:4])
	finally:
		second.close()
	assert running.terminate() == 0


def test_killed_at_any_moment(site, make_config, telephone, bridge, tmp_path):
	"""kill -9 of the bridge from the first byte of a call to its delivery, and again while it starts: no call is lost
	and none is told twice."""
	lines, rounds, chance = 6, 4, random.Random(20261121)
	phone = telephone(lines, "--cadence", "0.5", "--rings", "5000")
	config = make_config(site.url, phone.ports, "ring_timeout_s = 3.0")

	def lossy(s, request):
		# Every third answer is lost on its way back, after the site has stored the events.
		s.script.append(lossy)
		if len(s.received) % 3:
			return "honest"
		s.store(request["events"])
		return None

	site.script = [lossy]
	running = bridge(config)
	for round_ in range(1, rounds + 1):
		for line in range(1, lines + 1):
			phone(f"@{line} wait")
		for line in range(1, lines + 1):
			phone(f"@{line} ring {NUMBERS[round_ * lines + line]}")
			if line == lines // 2:
				time.sleep(chance.random() * 0.02)
		for pause in (chance.random() * 0.03, chance.random() * 1.5):
			time.sleep(pause)
			running.kill()
			for line in range(1, lines + 1):
				phone(f"@{line} unplug")
				phone(f"@{line} plug")
			running = bridge(config)
		site.wait_for(lambda s, n=round_: len(s.kinds("ringing")) == n * lines, 30)
		for line in range(1, lines + 1):
			phone(f"@{line} hangup")
		site.wait_for(lambda s, n=round_: len(s.kinds("ring_end")) == n * lines, 30)
	calls = site.calls()
	assert len(calls) == lines * rounds
	by_call = {call: [e for e in site.order if e["call_uuid"] == call] for call in calls}
	for events in by_call.values():
		assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
		assert [e["kind"] for e in events if e["kind"] == "ringing"] == ["ringing"]
		assert events[-1]["kind"] == "ring_end"
	assert len({e["event_id"] for e in site.order}) == len(site.order)
	told = [e["number_raw"] for e in site.kinds("ring_end")]
	for number in set(told) - {None}:
		assert told.count(number) == 1
	assert running.terminate() == 0
	queue = EventQueue(tmp_path / "data" / "queue.sqlite3")
	assert queue.counts()["dead"] == 0
	queue.close()


def test_a_second_bridge_is_turned_away(site, make_config, telephone, bridge, tmp_path):
	phone = telephone()
	config = make_config(site.url, phone.ports)
	bridge(config)
	phone("wait")
	second = Command(tmp_path / "second.log", "run", "--config", config)
	assert second.process.wait(10) == 2
	assert "another bridge is running here" in second.text()


def test_check(site, make_config, telephone, tmp_path, bridge):
	phone = telephone()
	config = make_config(site.url, phone.ports)

	def check():
		command = Command(tmp_path / "check.log", "check", "--config", config)
		code = command.process.wait(40)
		text = command.text()
		command.log.unlink()
		assert TOKEN.split(":")[1] not in text
		return code, text

	code, text = check()
	assert code == 0, text
	assert "will be made by the first run" in text and not (tmp_path / "data").exists()
	assert "voice modem or GSM terminal; it says 'www.soft-switch.org'" in text
	assert "line 1" in text and "is Hotline on the site" in text
	running = bridge(config)
	phone("wait")
	site.wait_for(lambda s: s.kinds("device_up"))
	code, text = check()
	assert code == 0 and "the running bridge holds the port" in text
	running.terminate()
	with serial.Serial(str(phone.link), exclusive=True):
		code, text = check()
	assert code == 1 and "another program uses the port; stop it" in text
	phone("unplug")
	(tmp_path / "token").write_text("wrong:token")
	code, text = check()
	assert code == 1
	assert "the port does not exist; plug the device in" in text and "HTTP 401" in text
	site.close()
	code, text = check()
	assert code == 1 and "Connection refused" in text


def test_check_of_a_port_without_a_modem(site, make_config, tmp_path):
	master, slave = os.openpty()
	try:
		command = Command(
			tmp_path / "check.log", "check", "--config", make_config(site.url, [os.ttyname(slave)])
		)
		assert command.process.wait(40) == 1
		assert "is this the modem's port, baud right, and no other program using it?" in command.text()
	finally:
		os.close(master)
		os.close(slave)


def test_queue_command(site, make_config, telephone, bridge, tmp_path):
	phone = telephone()
	config = make_config(site.url, phone.ports)

	def refuse(s, request):
		s.reject = {e["event_id"]: "not today" for e in request["events"] if e["kind"] == "ringing"}
		s.script.append(refuse)
		return "honest"

	site.script = [refuse]
	running = bridge(config)
	phone("wait")
	phone("ring 13812345678")
	site.wait_for(lambda s: s.reject)
	running.terminate()

	def queue(*options):
		command = Command(tmp_path / "queue.log", "queue", "--config", config, *options)
		code = command.process.wait(20)
		text = command.text()
		command.log.unlink()
		return code, text

	code, text = queue()
	assert code == 0 and "undeliverable 1" in text and "not today" in text and "13812345678" not in text
	code, text = queue("--json")
	assert json.loads(text)["counts"]["dead"] == 1
	assert queue("--requeue", "nothing")[0] == 1
	site.script, site.reject = [], {}
	assert queue("--requeue", "all") == (
		0,
		"1 event(s) queued again; a running bridge sends them within half a minute\n",
	)
	bridge(config)
	site.wait_for(lambda s: s.kinds("ringing"))


def test_simulator_rings_by_itself(telephone, site, make_config, bridge):
	phone = telephone(
		2,
		"--call",
		"13812345678,ZHANG SAN",
		"--call",
		"02161234567",
		"--every",
		"0.1",
		"--count",
		"4",
		"--rings",
		"1",
	)
	bridge(make_config(site.url, phone.ports))
	site.wait_for(lambda s: len({(e["line"], e["number_raw"]) for e in s.kinds("ringing")}) == 2)
	assert {e["line"] for e in site.kinds("ringing")} == {"1", "2"}


@pytest.mark.parametrize(
	("command", "message"),
	[
		("ring", "write ring NUMBER"),
		("ring abc", "is no number"),
		("@3 ring 1", "must be a number from 1 to 1"),
		("dance", "write ring NUMBER"),
		("noise -1", "must be a number from"),
		("ring 1 rings=0", "must be a number from"),
	],
)
def test_simulator_refuses_what_it_does_not_know(command, message, telephone):
	phone = telephone()
	with pytest.raises(AssertionError, match=message):
		phone(command)
	assert phone("status")["plugged"]


def test_simulator_cleans_up(telephone, tmp_path):
	phone = telephone()
	assert phone.command.terminate() == 0
	assert not phone.link.is_symlink() and not phone.control.exists()
	send = Command(tmp_path / "send.log", "simulate", "--link", phone.link, "--send", "status")
	assert send.process.wait(10) == 2
	assert "no simulator answers" in send.text()


def test_a_modem_behind_a_serial_server(site, make_config, bridge):
	"""socket:// instead of a device file: the same modem engine over TCP, gone when the connection breaks."""
	with socket.create_server(("127.0.0.1", 0)) as server:
		server.settimeout(20)
		bridge(make_config(site.url, [f"socket://127.0.0.1:{server.getsockname()[1]}"]))
		for round_ in (1, 2):
			connection, _ = server.accept()
			with connection:
				connection.settimeout(20)
				modem = Modem(connection.sendall)
				while not modem.caller_id_on:
					modem.receive(connection.recv(100))
				site.wait_for(lambda s, n=round_: len(s.kinds("device_up")) == n)
				modem.call(NUMBERS[round_], None)
				modem.ring()
				site.wait_for(lambda s, n=round_: len(s.kinds("ringing")) == n)
			modem.close()
			site.wait_for(lambda s, n=round_: len(s.kinds("device_down")) == n)
	assert [e["number_raw"] for e in site.kinds("ringing")] == NUMBERS[1:3]


def test_simulator_listens_to_standard_input(tmp_path):
	command = [sys.executable, "-m", "aftersales_bridge", "simulate", "--link", str(tmp_path / "modem")]
	done = subprocess.run(command, input="ring withheld\nquit\n", capture_output=True, text=True, timeout=20)
	answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
	assert done.returncode == 0, done.stderr
	assert [answer["ok"] for answer in answers] == [True, True]
	# Nobody has switched caller ID on, so this modem shows none.
	assert answers[0]["number"] == "withheld" and answers[0]["number_ns"] is None
