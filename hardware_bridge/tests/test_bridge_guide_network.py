"""The guide's page of network devices, followed: its simulators, its configurations, its commands, a bridge and a site."""

import subprocess
import time

import pytest
from test_bridge_ports import free_port
from test_bridge_simulated_devices import BLOCK, ELSEWHERE, GUIDE, Box

from aftersales_bridge.config import load

PAGES = [GUIDE / name for name in ("devices-network.md", "devices-network.zh-CN.md")]
NUMBER = "13812345678"


def recipes(page):
	"""Configuration, shell lines and simulator's commands of each device of a page."""
	blocks = [(kind, text.strip()) for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))]
	return [
		(section, shell.splitlines(), typed.splitlines())
		for (first, section), (second, shell), (third, typed) in zip(blocks, blocks[1:], blocks[2:])
		if (first, second, third) == ("toml", "sh", "") and "[[device]]" in section
	]


def kind_of(recipe):
	return recipe[1][-1].split()[2]


def test_every_kind_in_both_languages():
	english, chinese = (recipes(page) for page in PAGES)
	assert english == chinese
	assert {kind_of(recipe) for recipe in english} == ELSEWHERE


@pytest.mark.parametrize("recipe", recipes(PAGES[0]), ids=kind_of)
def test_following_the_page(recipe, site, bridge, make_config, tmp_path):
	section, shell, typed = recipe
	config = make_config(site.url)
	config.write_text(config.read_text().split("[[device]]")[0] + section.replace("/tmp/try", str(tmp_path)))
	(device,) = load(config).devices
	taken, port = device.port.split("://127.0.0.1:")[1].split("/")[0], str(free_port())
	config.write_text(config.read_text().replace(f":{taken}", f":{port}"))
	*before, start = (
		line.replace("/tmp/try", str(tmp_path)).replace(f":{taken}", f":{port}") for line in shell
	)
	for line in before:
		subprocess.run(line, shell=True, check=True)
	box = Box(tmp_path, start.split()[1:])
	try:
		box.wait()
		command = bridge(config)
		deadline = time.monotonic() + 15
		while f"{device.id}: working on" not in command.text():
			assert time.monotonic() < deadline, command.text()
			time.sleep(0.05)
		for count, line in enumerate(typed, 1):
			# The site is to see the call; its length is for the eye.
			box(line.partition(" answer=")[0])
			site.wait_for(
				lambda s, n=count: len({e["call_uuid"] for e in s.order if e["number_raw"] == NUMBER}) == n
			)
	finally:
		box.command.kill()
	assert {event["line"] for event in site.order if event["call_uuid"]} == {
		str(n) for n in range(1, count + 1)
	}
