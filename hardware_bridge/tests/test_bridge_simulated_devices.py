"""Simulated devices on every kind of wire, through a running bridge to a site."""

import shutil
import socket
import time

import pytest
from bridge_testing import Command

from aftersales_bridge.schema import ConfigError
from aftersales_bridge.simulator.sound import MDMF, caller_id

NUMBERS = {
	"fsk": "13800000001",
	"whozz": "13800000002",
	"hayes-raw": "13800000003",
	"gsm": "13800000004",
	"whozz_udp": "13800000005",
	"avaya": "13800000006",
	"kx_tda_telnet": "13800000007",
	"pipe": "13800000008",
}


def free_port(kind):
	with socket.socket(socket.AF_INET, kind) as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


def can_hear():
	try:
		caller_id(MDMF, [(2, b"1")])
	except ConfigError:
		return False
	return bool(shutil.which("multimon-ng"))


class Box:
	"""A running ``simulate KIND``."""

	def __init__(self, folder, kind, option, where):
		self.kind = kind
		self.where = (f"--{option}", where, "--control", folder / f"{kind}.control")
		self.control = folder / f"{kind}.control"
		self.command = Command(
			folder / f"{kind}.log", "simulate", kind, *self.where, "--rings", 2, "--cadence", 0.5
		)

	def __call__(self, text):
		with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
			connection.settimeout(20)
			connection.connect(str(self.control))
			connection.sendall(text.encode() + b"\n")
			answer = connection.makefile().readline()
		assert '"ok": true' in answer, answer


@pytest.fixture
def boxes(tmp_path):
	started = {}

	def start(kind, option, where):
		started[kind] = Box(tmp_path, kind, option, where)
		return started[kind]

	yield start
	for box in started.values():
		box.command.kill()


def test_a_call_on_every_kind_of_wire(site, bridge, boxes, make_config, tmp_path):
	udp, listen, connect = (free_port(kind) for kind in (socket.SOCK_DGRAM, *[socket.SOCK_STREAM] * 2))
	devices = {
		"fsk": ("link", tmp_path / "fsk", 'adapter = "fsk"\nport = "{where}"\nline = "fsk"'),
		"whozz": ("link", tmp_path / "whozz", 'adapter = "whozz"\nport = "{where}"\nline = "w"'),
		"hayes-raw": ("link", tmp_path / "raw", 'adapter = "hayes"\nport = "{where}"\nline = "raw"\ncaller_id = "raw"'),
		"gsm": ("link", tmp_path / "gsm", 'adapter = "hayes"\nport = "{where}"\nline = "gsm"\ncaller_id = "gsm"'),
		"whozz_udp": ("to", f"127.0.0.1:{udp}", 'adapter = "whozz_udp"\nport = "udp://{where}"\nline = "u"'),
		"avaya": ("to", f"127.0.0.1:{listen}", 'adapter = "smdr"\ndialect = "avaya"\nport = "tcp-listen://{where}"\nline = "a"'),
		"kx_tda_telnet": (
			"listen", f"127.0.0.1:{connect}",
			'adapter = "smdr"\ndialect = "kx_tda"\nuser = "SMDR"\nport = "tcp://{where}"\nline = "k"',
		),
	}  # fmt: skip
	if can_hear():
		devices["pipe"] = (
			"link", tmp_path / "sound",
			'adapter = "pipe"\nport = "pipe:multimon-ng -q -t raw -a CLIPFSK -a DTMF {where}"\nline = "pipe"',
		)  # fmt: skip
	config = make_config(site.url)
	text = config.read_text().split("[[device]]")[0]
	running = {}
	for kind, (option, where, section) in devices.items():
		running[kind] = boxes(kind, option, where)
		text += f'[[device]]\nid = "{kind}"\n{section.format(where=where)}\n'
	config.write_text(text)
	deadline = time.monotonic() + 20
	for box in running.values():
		while not box.control.exists():
			assert time.monotonic() < deadline and box.command.process.poll() is None, box.command.text()
			time.sleep(0.02)
	command = bridge(config)
	single = {"fsk", "raw", "gsm"} | ({"pipe"} & set(devices))
	site.wait_for(lambda s: {e["line"] for e in s.kinds("device_up")} >= single, 20)
	deadline = time.monotonic() + 20
	while any(f"{kind}: working on" not in command.text() for kind in running):
		assert time.monotonic() < deadline, command.text()
		time.sleep(0.05)
	for kind, box in running.items():
		box(f"ring {NUMBERS[kind]} ZHANG SAN rings=2")
	wanted = {NUMBERS[kind] for kind in running}
	site.wait_for(lambda s: {e["number_raw"] for e in s.order} >= wanted, 20)
	by_number = {event["number_raw"]: event for event in site.order if event["number_raw"]}
	for kind in running:
		event = by_number[NUMBERS[kind]]
		assert event["source_id"] == kind
		assert event["live"] is (kind not in ("avaya", "kx_tda_telnet"))
	assert "Traceback" not in command.text()


def test_pulling_the_plug_of_a_box(site, bridge, boxes, make_config, tmp_path):
	"""The port vanishes in the middle of a call; after it is back the next call is read."""
	box = boxes("whozz", "link", tmp_path / "whozz")
	config = make_config(site.url)
	text = config.read_text().split("[[device]]")[0]
	config.write_text(
		f'{text}[[device]]\nid = "box"\nadapter = "whozz"\nport = "{tmp_path / "whozz"}"\nset_clock = false\n'
	)
	while not box.control.exists():
		assert box.command.process.poll() is None, box.command.text()
		time.sleep(0.02)
	command = bridge(config)
	deadline = time.monotonic() + 15
	while "box: working on" not in command.text():
		assert time.monotonic() < deadline, command.text()
		time.sleep(0.05)
	box("ring 13812345678 line=03 rings=100")
	site.wait_for(lambda s: any(e["number_raw"] == "13812345678" for e in s.order))
	box("unplug")
	site.wait_for(lambda s: s.kinds("device_down"))
	box("plug")
	# No device_up of its own for a box whose lines are known: it comes with the line.
	site.wait_for(lambda s: [e["kind"] for e in s.order if e["line"] == "03"].count("device_up") == 2)
	box("ring 13887654321 line=03 answer=0 talk=1")
	site.wait_for(lambda s: any(e["kind"] == "ended" for e in s.order))
	calls = {e["call_uuid"]: e for e in site.order if e["call_uuid"]}
	assert [e["number_raw"] for e in calls.values()] == ["13812345678", "13887654321"]
