"""From the modem to the site's database while everything on the way is killed: no call is lost, none shown twice.

A real modem engine rings, the real bridge reads it, a real web server and MariaDB store it. Needs AFTERSALES_BENCH and
AFTERSALES_TEST_SITE (`make test` sets both); the servers are private copies, so that nobody else notices.
"""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import redis

from tests.private_bench import AGENT, BRIDGE_ID, PrivateBench

BENCH, SITE = os.environ.get("AFTERSALES_BENCH"), os.environ.get("AFTERSALES_TEST_SITE")
HARDWARE_BRIDGE = Path(__file__).resolve().parent.parent / "hardware_bridge"
LINES = 4
# Each round rings every line, kills these at a random moment of it, and starts them again.
ROUNDS = (("web",), ("database",), ("bridge",), ("web", "database", "bridge"))
OVER = "state in ('Ended', 'Missed', 'Unknown')"

pytestmark = pytest.mark.skipif(
	not (BENCH and SITE), reason="needs AFTERSALES_BENCH and AFTERSALES_TEST_SITE; run it with `make test`"
)


class Telephones:
	"""Simulator and bridge as processes, with numbers of their own for every call."""

	def __init__(self, folder: Path, bench: PrivateBench):
		self.folder, self.bench = folder, bench
		self.modem = folder / "modem"
		self.queue = folder / "data" / "queue.sqlite3"
		self._processes: dict[str, subprocess.Popen] = {}

	def __enter__(self) -> "Telephones":
		devices = "".join(
			f'[[device]]\nid = "modem-{n}"\nadapter = "hayes"\nport = "{self.modem}{n}"\nline = "{n}"\nring_timeout_s = 3.0\n'
			for n in range(1, LINES + 1)
		)
		(self.folder / "bridge.toml").write_text(
			f'[bridge]\nid = "{BRIDGE_ID}"\ndata_dir = "data"\n'
			f'[site]\nurl = "{self.bench.url}"\ntoken_file = "{self.bench.token}"\ntimeout_s = 10\n{devices}'
		)
		self._start("simulate", "--link", self.modem, "--lines", LINES, "--cadence", "0.5", "--rings", "5000")
		limit = time.monotonic() + 20
		while not Path(f"{self.modem}.control").exists():
			assert time.monotonic() < limit, (self.folder / "simulate.log").read_text()
			time.sleep(0.05)
		self.start_bridge()
		self.wait_until_ready()
		return self

	def __exit__(self, *_exception) -> None:
		for process in self._processes.values():
			process.kill()
			process.wait()

	def start_bridge(self) -> None:
		self._start("run", "--config", self.folder / "bridge.toml")

	def kill_bridge(self) -> None:
		self._processes["run"].kill()
		self._processes["run"].wait()
		for line in range(1, LINES + 1):
			# The modem forgets that caller ID was on, as one without power does: the bridge must say it again.
			self.command(f"@{line} unplug")
			self.command(f"@{line} plug")

	def stop_bridge(self) -> int:
		self._processes["run"].send_signal(signal.SIGTERM)
		return self._processes["run"].wait(20)

	def wait_until_ready(self) -> None:
		for line in range(1, LINES + 1):
			self.command(f"@{line} wait 30")

	def command(self, text: str) -> dict:
		with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
			connection.settimeout(60)
			connection.connect(f"{self.modem}.control")
			connection.sendall(text.encode() + b"\n")
			answer = json.loads(connection.makefile("rb").readline())
		assert answer["ok"], answer
		return answer

	def _start(self, command: str, *options) -> None:
		with open(self.folder / f"{command}.log", "ab") as log:
			self._processes[command] = subprocess.Popen(
				[sys.executable, "-m", "aftersales_bridge", command, *map(str, options)],
				env={**os.environ, "PYTHONPATH": str(HARDWARE_BRIDGE)},
				stdin=subprocess.DEVNULL,
				stdout=log,
				stderr=subprocess.STDOUT,
			)


class PopUps:
	"""Listens to what the site tells browsers; counts each revision of each call."""

	def __init__(self, port: int):
		self.seen: Counter = Counter()
		self.told: set[str] = set()
		self._listener = redis.Redis(port=port).pubsub()
		self._listener.subscribe(events=self._hear)
		self._thread = self._listener.run_in_thread(sleep_time=0.2, daemon=True)

	def __enter__(self) -> "PopUps":
		return self

	def __exit__(self, *_exception) -> None:
		self._thread.stop()
		self._thread.join(10)

	def _hear(self, message: dict) -> None:
		news = json.loads(message["data"])
		if news["event"] == "aftersales_call":
			call = news["message"]
			self.seen[(news["room"], call["call"], call["revision"])] += 1
			self.told.add(call["call"])


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
	with PrivateBench(tmp_path_factory.mktemp("bench"), Path(BENCH), SITE, LINES) as running:
		yield running


def wait_for(condition, what: str, seconds: float = 60) -> None:
	limit = time.monotonic() + seconds
	while not condition():
		assert time.monotonic() < limit, what
		time.sleep(0.1)


def calls(bench: PrivateBench, where: str = "1=1") -> int:
	return int(
		bench.query(f"select count(*) from `tabService Call` where bridge = '{BRIDGE_ID}' and {where}")[0][0]
	)


def told_of(bench: PrivateBench) -> str:
	"""All events as the site has them, for a failure's message."""
	rows = bench.query(
		"select service_call, seq, kind, payload from `tabCall Event` order by source_line, happened_at, seq"
	)
	return "\n".join(" ".join(row) for row in rows)


def test_no_call_is_lost_and_none_shown_twice(bench, tmp_path):
	chance = random.Random(20261121)
	numbers, certain = 0, set()
	with PopUps(bench.redis_port) as pop_ups, Telephones(tmp_path, bench) as phones:
		for round_, victims in enumerate(ROUNDS):
			for line in range(1, LINES + 1):
				number = f"1390000{round_:02d}{line:02d}"
				phones.command(f"@{line} ring {number}")
				numbers += 1
				if "bridge" not in victims:
					certain.add(number)
			time.sleep(chance.random() * 0.15)
			for victim in victims:
				if victim == "bridge":
					phones.kill_bridge()
				else:
					bench.kill(victim)
			for victim in victims:
				if victim == "bridge":
					phones.start_bridge()
				else:
					bench.start(victim)
			phones.wait_until_ready()
			wait_for(lambda n=numbers: calls(bench) >= n, f"the calls of round {victims} to be stored")
			for line in range(1, LINES + 1):
				phones.command(f"@{line} hangup")
			wait_for(lambda n=numbers: calls(bench, OVER) >= n, f"the calls of round {victims} to end")
		assert phones.stop_bridge() == 0

	assert calls(bench) == numbers, told_of(bench)
	stored = dict(
		bench.query(
			f"select number_raw, count(*) from `tabService Call` where bridge = '{BRIDGE_ID}' and number_raw != '' group by 1"
		)
	)
	assert certain <= stored.keys()
	assert set(stored.values()) == {"1"}
	assert calls(bench, "ifnull(phone_line, '') = ''") == 0

	queue = sqlite3.connect(phones.queue)
	told = dict(queue.execute("select state, count(*) from event group by state").fetchall())
	assert told.keys() == {"sent"}
	kept = bench.query(
		f"select count(*), count(distinct name) from `tabCall Event` where bridge = '{BRIDGE_ID}'"
	)
	assert kept == [[str(told["sent"])] * 2]

	assert len(pop_ups.told) == numbers
	assert all(AGENT in room for room, _, _ in pop_ups.seen)
	assert max(pop_ups.seen.values()) == 1, "an agent was told the same news twice"
