"""From the last byte of the number on the serial line to the caller's file on the agent's screen.

The whole way is real: a modem implementation on a pseudo terminal, the bridge that reads and queues, HTTP into the
site, database, Redis, realtime server, Chromium. Simulator, bridge, site and browser run on one machine, so one clock
(CLOCK_REALTIME) serves both ends:

- start: the simulator notes the time when the modem hands over the piece that ends the number's line;
- end: the page notes the time of the first frame after the pop-up with the caller's name was put into the document
  (a callback of requestAnimationFrame, and behind it a message, which runs when that frame has been painted).

Run it beside `make start`:  make benchmark ARGS="serial_to_popup --calls 50"
"""

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path

from tests.browser.desk import AGENT, Desk, chromium, dismiss_all
from tests.browser.line import TelephoneLine

# Customers of the demo data. Two calls in a row differ, since a plain modem cannot tell when one ended.
CALLERS = ("13812345678", "13812340010", "13912340011", "13712340013")
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
			requestAnimationFrame(() => {
				const channel = new MessageChannel();
				channel.port1.onmessage = () => window.popups.push({
					added, painted: performance.timeOrigin + performance.now(),
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


def measure(url: str, calls: int) -> dict[str, list[float]]:
	"""Ring `calls` times. Returns milliseconds: `added` (in the document) and `painted` (on the screen) per call."""
	result: dict[str, list[float]] = {"added": [], "painted": []}
	with tempfile.TemporaryDirectory() as folder, chromium() as browser:
		place = Path(folder)
		desk = Desk(browser, url, place)
		desk.log_in(AGENT)
		page = desk.open("/app/service-ticket")
		page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")
		dismiss_all(page)
		page.evaluate(WATCH)
		with TelephoneLine(url, place, place) as line:
			for number in range(calls + WARM_UP):
				known = page.evaluate("popups.length")
				rung = line.ring(CALLERS[number % len(CALLERS)])
				page.wait_for_function("known => popups.length > known", arg=known, timeout=15_000)
				if number >= WARM_UP:
					shown = page.evaluate("popups[popups.length - 1]")
					for end, values in result.items():
						values.append(shown[end] - rung["number_ns"] / 1e6)
				line.hang_up()
				dismiss_all(page)
	return result


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
	parser.add_argument("--json", action="store_true", help="print JSON")
	arguments = parser.parse_args()
	result = measure(site_url(), max(1, arguments.calls))
	figures = {
		end: {
			"p50": percentile(values, 0.5),
			"p95": percentile(values, 0.95),
			"max": max(values),
		}
		for end, values in result.items()
	}
	if arguments.json:
		print(json.dumps({"calls": arguments.calls, "milliseconds": figures}))
		return
	print("Last byte of the number on the line → pop-up with the caller's name")
	print(
		f"{arguments.calls} calls, {os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}"
	)
	for end, label in (("added", "in the document"), ("painted", "painted")):
		row = figures[end]
		print(f"  {label:<16} p50 {row['p50']:6.1f} ms   p95 {row['p95']:6.1f} ms   max {row['max']:6.1f} ms")


if __name__ == "__main__":
	main()
