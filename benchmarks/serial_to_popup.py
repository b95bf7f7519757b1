"""From the last byte of the number on the serial line to the caller's file on the agent's screen.

The whole way is real: a modem implementation on a pseudo terminal, the bridge that reads and queues, HTTP into the
site, database, Redis, realtime server, Chromium. Simulator, bridge, site and browser run on one machine, so one clock
(CLOCK_REALTIME) serves both ends:

- start: the simulator notes the time when the modem hands over the piece that ends the number's line;
- end: the page notes the time of the first frame after the pop-up with the caller's name was put into the document
  (a callback of requestAnimationFrame, and behind it a message, which runs when that frame has been painted).

With `--lines 8` eight lines ring at the same moment, again and again: eight numbers arrive within a few milliseconds, and each
pop-up counts on its own.

Run it beside `make start`:  make benchmark ARGS="serial_to_popup --calls 50"
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.browser.desk import AGENT, Desk, chromium, dismiss_all
from tests.browser.line import TelephoneLine

# Customers of the demo data, one more than lines. Two calls in a row on a line differ, since a plain modem cannot tell when one ended.
CALLERS = (
	"13812345678",
	"13812340010",
	"13912340011",
	"13712340013",
	"13612340014",
	"13512340015",
	"13412340016",
	"13312340017",
	"13212340018",
)
MOST_LINES = 8
WARM_UP = 3

WATCH = """
() => {
	window.popups = [];
	const seen = new WeakSet();
	const look = () => {
		for (const popup of document.querySelectorAll(".call-popup")) {
			if (seen.has(popup) || !popup.querySelector(".call-popup-identity")) continue;
			seen.add(popup);
			const added = performance.timeOrigin + performance.now();
			const number = popup.querySelector(".call-popup-number").textContent.replace(/\\D/g, "");
			requestAnimationFrame(() => {
				const channel = new MessageChannel();
				channel.port1.onmessage = () => window.popups.push({
					number, added, painted: performance.timeOrigin + performance.now(),
				});
				channel.port2.postMessage(0);
			});
		}
	};
	new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}
"""


def percentile(values: list[float], share: float) -> float:
	"""The smallest value that at least `share` (0-1) of all do not exceed (nearest rank)."""
	ordered = sorted(values)
	return ordered[max(0, -(-int(share * 100) * len(ordered) // 100) - 1)]


def measure(url: str, calls: int, lines: int) -> dict[str, list[float]]:
	"""Ring `calls` times on each of `lines` lines, all of them at once.

	Returns milliseconds: `added` (in the document) and `painted` (on the screen) per call.
	"""
	result: dict[str, list[float]] = {"added": [], "painted": []}
	sources = tuple(str(number) for number in range(1, lines + 1))
	make_lines(lines)
	with (
		tempfile.TemporaryDirectory() as folder,
		chromium() as browser,
		ThreadPoolExecutor(lines) as everybody,
	):
		place = Path(folder)
		desk = Desk(browser, url, place)
		desk.log_in(AGENT)
		page = desk.open("/app/service-ticket")
		page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")
		dismiss_all(page)
		page.evaluate(WATCH)
		with TelephoneLine(url, place, place, sources) as telephone:
			for number in range(calls + WARM_UP):
				callers = [CALLERS[(number + line) % len(CALLERS)] for line in range(lines)]
				page.evaluate("popups.length = 0")
				rung = list(everybody.map(telephone.ring, callers, range(1, lines + 1)))
				page.wait_for_function("lines => popups.length >= lines", arg=lines, timeout=15_000)
				if number >= WARM_UP:
					shown = {popup["number"]: popup for popup in page.evaluate("popups")}
					for caller, ring in zip(callers, rung, strict=True):
						for end, values in result.items():
							values.append(shown[caller][end] - ring["number_ns"] / 1e6)
				list(everybody.map(telephone.hang_up, range(1, lines + 1)))
				dismiss_all(page)
	return result


def make_lines(count: int) -> None:
	"""Let the demo's bridge have so many lines."""
	site = os.environ.get("AFTERSALES_JOURNEY_SITE", "aftersales.localhost")
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", site, "execute"]
	arguments = ["aftersales.demo.ringing.make_lines", "--kwargs", json.dumps({"count": count})]
	sites = Path(os.environ["AFTERSALES_BENCH"]) / "sites"
	subprocess.run([*command, *arguments], cwd=sites, check=True, capture_output=True, timeout=120)


def site_url() -> str:
	"""Address of the site to measure: AFTERSALES_JOURNEY_URL, else that of the bench."""
	named = os.environ.get("AFTERSALES_JOURNEY_URL")
	if named:
		return named.rstrip("/")
	settings = Path(os.environ["AFTERSALES_BENCH"], "sites", "common_site_config.json")
	return json.loads(settings.read_text(encoding="utf-8"))["host_name"]


def main() -> None:
	"""Measure and print."""
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--calls", type=int, default=30, help="how many calls to measure (default 30)")
	parser.add_argument(
		"--lines", type=int, default=1, choices=range(1, MOST_LINES + 1), help="how many lines ring at once"
	)
	parser.add_argument("--json", action="store_true", help="print JSON")
	arguments = parser.parse_args()
	result = measure(site_url(), max(1, arguments.calls), arguments.lines)
	figures = {
		end: {
			"p50": percentile(values, 0.5),
			"p95": percentile(values, 0.95),
			"p99": percentile(values, 0.99),
			"max": max(values),
		}
		for end, values in result.items()
	}
	if arguments.json:
		print(json.dumps({"calls": arguments.calls, "lines": arguments.lines, "milliseconds": figures}))
		return
	print("Last byte of the number on the line → pop-up with the caller's name")
	print(
		f"{arguments.calls} calls on {arguments.lines} lines at once, {os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}"
	)
	for end, label in (("added", "in the document"), ("painted", "painted")):
		row = figures[end]
		print(
			f"  {label:<16} p50 {row['p50']:6.1f} ms   p95 {row['p95']:6.1f} ms   p99 {row['p99']:6.1f} ms   max {row['max']:6.1f} ms"
		)


if __name__ == "__main__":
	main()
