"""A storm of telephone events: through the bridge's queue and the site's API, with the web server killed on the way.

    make benchmark ARGS="event_storm --events 100000"

The bridge's own queue (SQLite, a commit for every event) and sender run as they do in the bridge; the site is a copy of
the bench's on a MariaDB, a Redis and a web server of its own (tests/private_bench.py), which take nothing from anybody
and are killed with SIGKILL at even distances. Every call is four events: ringing, caller_id, answered, ended. What is
measured:

- queue: events per second committed to disk, one commit each, from as many threads as there are lines;
- delivery: events per second from the first batch to the last answer, all back-offs after the kills included, and the
  time of a batch of up to 100 events (p50, p95, p99) among those that were answered.

Afterwards the site's database is counted: every event once, every call once, each with its last state, and each line's
events stored in their order. Anything else ends with exit code 1. Run it with `--backlog` for events of last week, as
after an outage: nothing pops up then.
"""

import argparse
import itertools
import json
import os
import platform
import sys
import tempfile
import threading
import time
from pathlib import Path

from aftersales_bridge import clock
from aftersales_bridge.client import SiteClient
from aftersales_bridge.config import load, read_token
from aftersales_bridge.event_queue import EventQueue
from aftersales_bridge.events import Event, Signal
from aftersales_bridge.sender import Sender
from benchmarks.serial_to_popup import percentile
from tests.private_bench import BRIDGE_ID, PrivateBench

STEPS = ("ringing", "caller_id", "answered", "ended")
WEEK_MS = 7 * 86_400_000
CONFIG = """[bridge]
id = "{bridge}"
data_dir = "data"
[site]
url = "{url}"
token_file = "{token}"
[[device]]
id = "storm"
adapter = "hayes"
port = "/dev/null"
line = "1"
"""

OURS = f"bridge = '{BRIDGE_ID}'"
# The name of a Call Event is the event's id, so the same event cannot be there twice; its call would show it.
DISORDER = f"""
select count(*) from (
	select creation, lag(creation) over (
		partition by source_line order by cast(substring_index(service_call, '-', -1) as unsigned), seq
	) as before_it from `tabCall Event` where {OURS}
) as told where before_it > creation
"""


class Timed(SiteClient):
	"""A client that notes how long each answered batch took."""

	def __init__(self, *arguments):
		super().__init__(*arguments)
		self.batches: list[tuple[int, float]] = []

	def post_events(self, events: list[dict]) -> dict:
		"""See SiteClient.post_events."""
		started = time.perf_counter()
		answers = super().post_events(events)
		self.batches.append((len(events), time.perf_counter() - started))
		return answers


def calls_of(line: int, count: int, backlog: bool):
	"""Yield the events of `count` events' worth of calls on a line, as a smart box would report them."""
	for number in itertools.count():
		for seq, kind in enumerate(STEPS, start=1):
			if number * len(STEPS) + seq > count:
				return
			ended = kind == "ended"
			yield Signal(
				kind,
				str(line),
				f"storm-{line}-{number}",
				seq=seq,
				direction="in",
				number_raw=f"13{line:02d}{number:07d}",
				presentation="allowed",
				name_raw=f"CALLER {number}" if seq > 1 else None,
				duration_s=42 if ended else None,
				ring_count=2,
				occurred_at=clock.wall_ms() - WEEK_MS if backlog else None,
				raw=(f"NMBR = 13{line:02d}{number:07d}",),
			)


def shares(events: int, lines: int) -> list[int]:
	"""How many events each line has."""
	return [events // lines + (line < events % lines) for line in range(lines)]


def fill(queue: EventQueue, events: int, lines: int, backlog: bool) -> float:
	"""Put all events into the queue, a thread for each line; how many seconds it took."""

	def work(line: int, count: int) -> None:
		for signal in calls_of(line, count, backlog):
			queue.put([Event.stamp(signal, BRIDGE_ID, "storm", "storm")])

	threads = [
		threading.Thread(target=work, args=(line, count))
		for line, count in enumerate(shares(events, lines), start=1)
	]
	started = time.perf_counter()
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	return time.perf_counter() - started


def deliver(queue: EventQueue, client: Timed, bench: PrivateBench, events: int, kills: int) -> float:
	"""Run the sender until the queue is empty, killing the web server `kills` times; seconds it took."""
	sender = Sender(queue, client)
	marks = [events * number // (kills + 1) for number in range(1, kills + 1)]
	started = time.perf_counter()
	sender.start()
	# Five events a second is slower than any site that works.
	limit = started + 60 + events * 0.2
	while (sent := queue.counts()["sent"]) < events:
		if marks and sent >= marks[0]:
			marks.pop(0)
			bench.kill("web")
			bench.start("web")
			print(f"  web server killed at {sent} events", file=sys.stderr, flush=True)
		if queue.counts()["dead"] or time.perf_counter() > limit or not sender.is_alive():
			break
		time.sleep(0.1)
	took = time.perf_counter() - started
	sender.stop()
	sender.join(30)
	return took


def faults(bench: PrivateBench, queue: EventQueue, events: int, lines: int) -> list[str]:
	"""What is wrong with what the site has now; empty when nothing is."""

	def number(statement: str) -> int:
		return int(bench.query(statement)[0][0])

	calls = sum(-(-count // len(STEPS)) for count in shares(events, lines))
	whole = sum(count // len(STEPS) for count in shares(events, lines))
	found = {
		"events queued and not sent": (events, queue.counts()["sent"]),
		"events on the site": (events, number(f"select count(*) from `tabCall Event` where {OURS}")),
		"calls": (calls, number(f"select count(*) from `tabService Call` where {OURS}")),
		"ended calls": (
			whole,
			number(f"select count(*) from `tabService Call` where {OURS} and state = 'Ended'"),
		),
		"different numbers": (
			calls,
			number(f"select count(distinct number_raw) from `tabService Call` where {OURS}"),
		),
		"events stored before an earlier one of their line": (0, number(DISORDER)),
	}
	return [f"{what}: {is_} instead of {should}" for what, (should, is_) in found.items() if should != is_]


def main() -> None:
	"""Measure, count and print."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--events", type=int, default=20_000, help="how many events (default 20000)")
	parser.add_argument("--lines", type=int, default=8, help="on how many lines (default 8)")
	parser.add_argument(
		"--kills", type=int, default=10, help="how often the web server is killed (default 10)"
	)
	parser.add_argument("--backlog", action="store_true", help="events of last week, as after an outage")
	parser.add_argument("--json", action="store_true", help="print JSON")
	arguments = parser.parse_args()
	site = os.environ.get("AFTERSALES_TEST_SITE") or os.environ.get("AFTERSALES_JOURNEY_SITE")
	if not site:
		parser.error("needs AFTERSALES_BENCH and the name of a site to copy; run it with `make benchmark`")
	with tempfile.TemporaryDirectory() as folder:
		place = Path(folder)
		(place / "bench").mkdir()
		with PrivateBench(
			place / "bench", Path(os.environ["AFTERSALES_BENCH"]), site, arguments.lines
		) as bench:
			figures, wrong = storm(place, bench, arguments)
	if arguments.json:
		print(json.dumps({**figures, "faults": wrong}))
	else:
		show(figures, arguments)
		print("  none lost, none doubled, all in order" if not wrong else "\n".join(["  FAULTS:", *wrong]))
	raise SystemExit(1 if wrong else 0)


def storm(place: Path, bench: PrivateBench, arguments: argparse.Namespace) -> tuple[dict, list[str]]:
	"""One run: its figures and its faults."""
	path = place / "bridge.toml"
	path.write_text(CONFIG.format(bridge=BRIDGE_ID, url=bench.url, token=bench.token), encoding="utf-8")
	config = load(path)
	(place / "data").mkdir()
	queue = EventQueue(config.queue_file)
	client = Timed(config, read_token(config.token_file))
	queued = fill(queue, arguments.events, arguments.lines, arguments.backlog)
	took = deliver(queue, client, bench, arguments.events, arguments.kills)
	wrong = faults(bench, queue, arguments.events, arguments.lines)
	times = [seconds * 1000 for _, seconds in client.batches] or [0.0]
	figures = {
		"events": arguments.events,
		"lines": arguments.lines,
		"kills": arguments.kills,
		"queued_per_s": arguments.events / queued,
		"delivered_per_s": arguments.events / took,
		"delivery_s": took,
		"batches": len(times),
		"repeated": sum(count for count, _ in client.batches) - arguments.events,
		"batch_ms": {
			name: percentile(times, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
		},
		"queue_mb": sum(p.stat().st_size for p in config.data_dir.glob("queue.sqlite3*")) / 1e6,
	}
	queue.close()
	client.close()
	return figures, wrong


def show(figures: dict, arguments: argparse.Namespace) -> None:
	"""Print the figures for people."""
	kind = "of last week" if arguments.backlog else "of now"
	print(
		f"{figures['events']} events {kind} on {figures['lines']} lines, web server killed {figures['kills']} times"
	)
	print(f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}")
	print(
		f"  into the queue   {figures['queued_per_s']:8.0f} events/s, a commit each ({figures['queue_mb']:.0f} MB)"
	)
	print(
		f"  to the site      {figures['delivered_per_s']:8.0f} events/s, {figures['delivery_s']:.0f} s in all"
	)
	batch = figures["batch_ms"]
	print(
		f"  batch of 100     p50 {batch['p50']:.0f} ms   p95 {batch['p95']:.0f} ms   p99 {batch['p99']:.0f} ms"
	)


if __name__ == "__main__":
	main()
