"""Every kind of device as `simulate` offers it, with the settings of its example, at one running bridge."""

import json
import os
import shutil
import socket
import time
from pathlib import Path

import pytest
from bridge_testing import Command
from test_bridge_ports import free_port

from aftersales_bridge.simulator import DEVICES, device_names, make_device
from aftersales_bridge.simulator.player import Habits, Player
from aftersales_bridge.simulator.wires import WIRES

try:
	import tomllib
except ImportError:
	import tomli as tomllib

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NUMBER, NAME = "13812345678", "ACME LTD"
#: systems that print a call only when it is over
AFTERWARDS = {"kx_tda", "kx_tda_telnet", "avaya", "esi"}


def value(thing):
	"""A TOML value."""
	if isinstance(thing, dict):
		return "{ " + ", ".join(f"{json.dumps(k)} = {value(v)}" for k, v in thing.items()) + " }"
	if isinstance(thing, list):
		return "[" + ", ".join(map(value, thing)) + "]"
	return json.dumps(thing, ensure_ascii=False)


def settings(kind):
	"""The [[device]] section of the example for ``kind``."""
	name = kind.replace("_telnet", "")
	path = next(p for p in (EXAMPLES / f"{name}.toml", EXAMPLES / f"smdr-{name}.toml") if p.exists())
	section = tomllib.loads(path.read_text(encoding="utf-8"))["device"][0]
	if kind == "kx_tda":
		# Its serial port lets anybody in.
		section = {key: value for key, value in section.items() if key not in ("user", "password")}
	return section


class Simulated:
	"""A running `simulate KIND`, and the device section that reaches it."""

	def __init__(self, kind, folder):
		self.kind = kind
		wire, self.option = make_device(kind).wire, WIRES[make_device(kind).wire][1]
		number = free_port(socket.SOCK_DGRAM if wire == "udp" else socket.SOCK_STREAM)
		self.place = str(folder / kind) if self.option == "link" else f"127.0.0.1:{number}"
		port = {
			"pty": self.place,
			"fifo": f"pipe:multimon-ng -q -t raw -a CLIPFSK -a DTMF {self.place}",
			"udp": f"udp://{self.place}",
			"connect": f"tcp-listen://{self.place}",
			"listen": f"tcp://{self.place}",
			"http": f"http://{self.place}/secret-of-{kind}",
		}[wire]
		if wire == "http":
			self.place = port
		self.section = {**settings(kind), "id": kind, "port": port}
		if "secret_file" in self.section or kind == "ami":
			secret = folder / "ami-secret"
			secret.write_text("simulated\n")
			secret.chmod(0o600)
			self.section["secret_file"] = str(secret)
		# Lines of their own, so that all fit into one bridge.
		self.section["line"] = f"{kind}-"
		if "lines" in self.section:
			self.section["lines"] = {word: f"{kind}:{n}" for n, word in enumerate(self.section["lines"])}
		self.section.pop("allow", None)
		if "files_dir" in self.section:
			self.section["files_dir"] = str(folder / "received")
		self.control = folder / f"{kind}.c"
		self.command = Command(
			folder / f"{kind}.log",
			"simulate", kind, f"--{self.option}", self.place, "--control", self.control, "--cadence", "1",
		)  # fmt: skip

	def toml(self):
		return "[[device]]\n" + "".join(f"{key} = {value(v)}\n" for key, v in self.section.items())

	def __call__(self, text):
		with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
			connection.settimeout(20)
			connection.connect(str(self.control))
			connection.sendall(text.encode() + b"\n")
			return json.loads(connection.makefile().readline())


@pytest.fixture(scope="module")
def kinds():
	return [kind for kind in device_names() if kind != "pipe" or shutil.which("multimon-ng")]


def test_each_kind_of_device_rings_through(kinds, site, make_config, bridge, tmp_path):
	devices = []
	try:
		devices += [Simulated(kind, tmp_path) for kind in kinds]
		for device in devices:
			until(lambda d=device: d.control.exists(), device.command)
		path = make_config(site.url)
		head = path.read_text().split("[[device]]")[0]
		path.write_text(head + "".join(device.toml() for device in devices), encoding="utf-8")
		running = bridge(path)
		up = {device.kind for device in devices}
		until(lambda: up <= set(working(running)), running)
		for device in devices:
			until(lambda d=device: d("status")["connected"], device.command)
			answer = device(f'ring {NUMBER} "{NAME}" rings=1 answer=1 talk=1')
			assert answer["ok"], (device.kind, answer)
		wanted = {device.kind for device in devices}
		deadline = time.monotonic() + 30
		with site.changed:
			site.changed.wait_for(lambda: wanted <= heard(site), deadline - time.monotonic())
		assert heard(site) == wanted, running.text()
		for kind in wanted - AFTERWARDS:
			told = [
				e for e in site.order if e["source_id"] == kind and NUMBER[-8:] in digits(e["number_raw"])
			]
			assert all(event["live"] for event in told), kind
		assert "Traceback" not in running.text()
	finally:
		for device in devices:
			device.command.kill()


def until(condition, command, seconds=20):
	deadline = time.monotonic() + seconds
	while not condition():
		assert time.monotonic() < deadline and command.process.poll() is None, command.text()
		time.sleep(0.05)


def working(running):
	"""The devices that the bridge says it works with."""
	return [
		line.split("INFO ")[1].split(":")[0]
		for line in running.text().splitlines()
		if ": working on " in line
	]


def heard(site):
	"""The devices whose call has arrived, with its number."""
	return {e["source_id"] for e in site.order if NUMBER[-8:] in digits(e["number_raw"])}


def digits(text):
	return "".join(filter(str.isdigit, text or ""))


def test_every_device_can_be_made_and_has_an_example():
	for kind in DEVICES:
		device = make_device(kind)
		assert device.title and device.wire in WIRES and device.lines, kind
		assert settings(kind)["adapter"]


@pytest.mark.parametrize(
	("command", "message"),
	[
		("ring", "write ring NUMBER"),
		("ring nobody", "'nobody' is no number"),
		("ring 123 line=99", "'99' is no line of this device; it has 01, 02"),
		("ring 123 rings=0", "'0' must be a number from 1 to 1000"),
		("ring 123 answer=soon", "'soon' must be a number of seconds"),
		("noise much", "noise takes a number of bytes"),
		("dance", "write ring NUMBER"),
		('ring "123', "No closing quotation"),
	],
)
def test_commands_that_cannot_be_done(command, message, tmp_path, monkeypatch):
	from aftersales_bridge.simulator import player as module

	player = Player(
		make_device("whozz"), str(tmp_path / "box"), tmp_path / "c", Habits(2, 1.0), module.Plan([])
	)
	answers = []
	client = type(
		"C", (), {"commands": lambda self: [command], "answer": lambda self, a: answers.append(a)}
	)()
	player._commands(client)
	(answer,) = answers
	assert answer["ok"] is False and message in answer["error"]


def test_a_box_is_unplugged_and_makes_noise(tmp_path, site, make_config, bridge):
	box = Simulated("tci", tmp_path)
	try:
		until(lambda: box.control.exists() and os.path.exists(box.place), box.command)
		path = make_config(site.url)
		path.write_text(path.read_text().split("[[device]]")[0] + box.toml())
		running = bridge(path)
		until(lambda: working(running), running)
		assert box("noise 3000")["ok"]
		assert box("unplug")["connected"] is False
		until(lambda: "not usable" in running.text(), running)
		assert box("plug")["connected"] is True
		until(lambda: len(working(running)) == 2, running)
		assert box(f"ring {NUMBER} rings=1")["ok"]
		site.wait_for(lambda s: "tci" in heard(s))
		assert "Traceback" not in running.text()
		assert box("quit")["ok"]
		assert box.command.process.wait(5) == 0
		assert not os.path.lexists(box.place) and not box.control.exists()
	finally:
		box.command.kill()


def test_it_says_what_is_missing(tmp_path):
	for arguments, words in (
		(("whozz",), "say where with --link"),
		(("ncid",), "say where with --listen"),
		(("ncid", "--listen", "here"), "must be HOST:PORT"),
		(("webhook", "--to", "nowhere"), "must be the bridge's address, http://HOST:PORT/SECRET"),
		((), "say where with --link"),
	):
		command = Command(tmp_path / "log", "simulate", *arguments)
		assert command.process.wait(20) == 2
		assert words in command.text()
		command.log.unlink()
