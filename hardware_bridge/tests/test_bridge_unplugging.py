"""Cables pulled out at any byte: socat stands between device and bridge, and is killed."""

import os
import random
import shutil
import socket
import subprocess
import time

import pytest
from test_bridge_ports import free_port
from test_bridge_simulators import digits, until, working

pytestmark = pytest.mark.skipif(not shutil.which("socat"), reason="needs socat (apt-get install socat)")
RECORD = b"%02d     11/21     03:30 PM    %15s           ACME LTD       \r\n"


class Cable:
	"""A socat between two ends."""

	def __init__(self, *ends, appears):
		self.ends, self.appears = ends, appears
		self.plug()

	def plug(self):
		self.process = subprocess.Popen(["socat", *self.ends], stderr=subprocess.DEVNULL)
		deadline = time.monotonic() + 10
		while not self.appears():
			assert time.monotonic() < deadline and self.process.poll() is None
			time.sleep(0.02)

	def pull(self):
		self.process.kill()
		self.process.wait()


def device(path, port):
	text = path.read_text().split("[[device]]")[0]
	path.write_text(f'{text}[[device]]\nid = "box"\nadapter = "tci"\nport = "{port}"\nsilence_s = 5.0\n')
	return path


def test_a_serial_cable(site, make_config, bridge, tmp_path):
	near, far = tmp_path / "near", tmp_path / "far"
	cable = Cable(
		f"pty,raw,echo=0,link={near}",
		f"pty,raw,echo=0,link={far}",
		appears=lambda: near.exists() and far.exists(),
	)
	chance = random.Random(8)
	try:
		running = bridge(device(make_config(site.url), near))
		for turn in range(3):
			until(lambda t=turn: len(working(running)) == t + 1, running, 30)
			record = RECORD % (turn + 1, b"0216123450%d" % turn)
			with far.open("wb", buffering=0) as line:
				line.write(record[: chance.randrange(1, len(record) - 2)])
			time.sleep(0.1)
			cable.pull()
			for end in (near, far):
				if os.path.lexists(end):
					end.unlink()
			until(lambda t=turn: running.text().count("not usable") == t + 1, running, 30)
			cable.plug()
		until(lambda: len(working(running)) == 4, running, 30)
		with far.open("wb", buffering=0) as line:
			line.write(RECORD % (1, b"13812345678"))
		site.wait_for(lambda s: any(digits(e["number_raw"]) == "13812345678" for e in s.order))
		numbers = {e["number_raw"] for e in site.order if e["number_raw"]}
		assert numbers == {"13812345678"}, "half a record must make no number"
		assert "Traceback" not in running.text()
	finally:
		cable.pull()


def test_a_serial_server_in_the_network(site, make_config, bridge, tmp_path):
	far, number = tmp_path / "far", free_port()

	ends = (f"TCP-LISTEN:{number},bind=127.0.0.1,reuseaddr", f"pty,raw,echo=0,link={far}")
	cable = Cable(*ends, appears=lambda: _bound(number))
	try:
		running = bridge(device(make_config(site.url), f"tcp://127.0.0.1:{number}"))
		until(lambda: working(running) and far.exists(), running)
		with far.open("wb", buffering=0) as line:
			line.write(b"01     11/21     03:3")
		time.sleep(0.1)
		cable.pull()
		until(lambda: "not usable" in running.text(), running)
		if os.path.lexists(far):
			far.unlink()
		cable.plug()
		until(lambda: len(working(running)) == 2 and far.exists(), running, 30)
		with far.open("wb", buffering=0) as line:
			line.write(RECORD % (2, b"PRIVATE") + RECORD % (1, b"13812345678"))
		site.wait_for(lambda s: any(digits(e["number_raw"]) == "13812345678" for e in s.order))
		assert {e["presentation"] for e in site.kinds("ringing")} == {"restricted", "allowed"}
	finally:
		cable.pull()


def _bound(number):
	"""Whether somebody listens on the port, without a connection that socat would take for the bridge's."""
	with socket.socket() as probe:
		probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		try:
			probe.bind(("127.0.0.1", number))
		except OSError:
			return True
	return False
