"""The guide's recipes fit: each configuration is accepted and reads what the simulator beside it sends."""

import re
import shlex
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from bridge_testing import Command
from transcript_testing import play, told

from aftersales_bridge import cli
from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.config import load
from aftersales_bridge.schema import ConfigError
from aftersales_bridge.simulator import device_names, make_device
from aftersales_bridge.simulator.control import Plan
from aftersales_bridge.simulator.player import Habits, Player
from aftersales_bridge.simulator.spandsp import load as load_spandsp

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "telephony"
PAGES = (GUIDE / "devices-serial.md", GUIDE / "devices-serial.zh-CN.md")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
#: kinds that the other page of devices is about
ELSEWHERE = {"ncid", "ami", "sip", "usbbox", "webhook"}


def recipes(page):
	"""(configuration, simulator's command line, command) of each device of a page."""
	blocks = [(kind, text.strip()) for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))]
	found = []
	for (first, section), (second, start), (third, ring) in zip(blocks, blocks[1:], blocks[2:]):
		if first == "toml" and "[[device]]" in section:
			assert (second, third) == ("sh", ""), f"{page.name}: what follows {section[:40]!r}?"
			found.append((section, shlex.split(start.removeprefix("aftersales-bridge ")), ring))
	return found


RECIPES = recipes(PAGES[0])


class Box:
	"""A running simulator."""

	def __init__(self, folder, arguments):
		self.kind = arguments[1]
		self.control = folder / f"{self.kind}.control"
		self.command = Command(
			folder / f"{self.kind}.log",
			*arguments, "--control", self.control, "--rings", 2, "--cadence", 0.5,
		)  # fmt: skip

	def wait(self):
		deadline = time.monotonic() + 30
		while not self.control.exists():
			assert time.monotonic() < deadline and self.command.process.poll() is None, self.command.text()
			time.sleep(0.02)

	def __call__(self, text):
		with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
			connection.settimeout(20)
			connection.connect(str(self.control))
			connection.sendall(text.encode() + b"\n")
			answer = connection.makefile().readline()
		assert '"ok": true' in answer, answer


@pytest.fixture
def boxes(tmp_path):
	started = []

	def start(arguments):
		started.append(Box(tmp_path, arguments))
		return started[-1]

	yield start
	for box in started:
		box.command.kill()


def test_the_guide_has_every_kind_in_both_languages():
	english, chinese = (recipes(page) for page in PAGES)
	assert english == chinese
	assert {arguments[1] for _, arguments, _ in english} == {"modem", *device_names()} - ELSEWHERE


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe[1][1])
def test_following_the_guide(recipe, make_config, tmp_path):
	"""The section is a valid device, the command line starts its simulator, and the typed call is decoded."""
	section, command, ring = recipe
	config = make_config("http://127.0.0.1:1")
	config.write_text(config.read_text().split("[[device]]")[0] + section)
	(device,) = load(config).devices
	arguments = cli._parser().parse_args(command)
	where, _ = cli._simulated_place(arguments)
	assert where.removeprefix("127.0.0.1") in device.port, "simulator and bridge must meet"
	if arguments.kind == "modem":
		return
	simulated = make_device(arguments.kind)
	player = Player(simulated, where, tmp_path / "control", Habits(4, 5.0), Plan([]))
	call = player._call(shlex.split(ring)[1:])
	script = simulated.call(call) if arguments.kind != "pipe" else heard(simulated, call)
	decoder = ADAPTERS[device.adapter](device.id, device.line, device.options)
	events = told(play(decoder, script))
	assert {event.get("number_raw") for event in events} >= {call.number}
	assert {event.get("line", "1") for event in events} == {"1"}


def heard(simulated, call):
	"""What multimon-ng prints of the simulated line's sound."""
	try:
		load_spandsp()
	except ConfigError:
		pytest.skip("libspandsp2 is not installed")
	if not shutil.which("multimon-ng"):
		pytest.skip("multimon-ng is not installed")
	((_, sound),) = simulated.call(call)
	command = ["multimon-ng", "-q", "-t", "raw", "-a", "CLIPFSK", "-a", "DTMF", "-"]
	return [(0.0, subprocess.run(command, input=sound, capture_output=True, timeout=30).stdout)]


def test_pulling_the_plug_of_a_box(site, bridge, boxes, make_config, tmp_path):
	"""The port vanishes in the middle of a call; after it is back the next call is read."""
	box = boxes(["simulate", "whozz", "--link", tmp_path / "whozz"])
	config = make_config(site.url)
	text = config.read_text().split("[[device]]")[0]
	config.write_text(
		f'{text}[[device]]\nid = "box"\nadapter = "whozz"\nport = "{tmp_path / "whozz"}"\nset_clock = false\n'
	)
	box.wait()
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
