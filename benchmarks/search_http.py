"""How fast records are found over HTTP: fills a site with FAQs and tickets, serves it with gunicorn, measures as an agent.

    make benchmark ARGS="search_http --site aftersales.localhost --faqs 100000 --tickets 1000000"

The rows are written in large statements, past the documents, and the site's own indexes are built anew with them; use a site
that is there for measuring. Everything is removed afterwards, unless `--keep` is given: then the next run only measures.
Printed are milliseconds of whole requests over one kept connection, with rights, index, ten rows and marks.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import frappe

from benchmarks.faq_search import CHINESE, ENGLISH, swap

CATEGORY = "Benchmark FAQs"
SERIES = "BMT-"
AGENT = "search-benchmark@test.example"
PASSWORD = "measured-2026"
BATCH = 50_000
FAQ_METHOD = "aftersales.knowledge.search.search_faqs"
TICKET_METHOD = "aftersales.knowledge.search_all.search_records"


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--faqs", type=int, default=100_000)
	parser.add_argument("--tickets", type=int, default=1_000_000)
	parser.add_argument("--calls", type=int, default=200, help="requests per kind of search")
	parser.add_argument("--keep", action="store_true", help="leave rows and indexes for another run")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		prepare(arguments.faqs, arguments.tickets)
		with served() as port:
			measure(arguments.site, port, arguments.calls, arguments.tickets)
	finally:
		if not arguments.keep:
			clean_up()


def prepare(faqs: int, tickets: int) -> None:
	"""Write the rows that are missing, and index those that were written; a run with --keep before saves both."""
	from aftersales.knowledge import upkeep
	from aftersales.testing import factories

	if not frappe.db.exists("FAQ Category", CATEGORY):
		factories.make_faq_category(category_name=CATEGORY)
	make_agent()
	written = {
		"FAQ": fill("FAQ", faqs, faq_row, {"faq_category": CATEGORY}),
		"Service Ticket": fill("Service Ticket", tickets, ticket_row, {"name": ("like", f"{SERIES}%")}),
	}
	for kind, rows in written.items():
		if not rows:
			continue
		began = time.perf_counter()
		upkeep.index_of(kind).rebuild()
		folder = upkeep.index_of(kind).generation()
		size = sum(path.stat().st_size for path in folder.iterdir())
		print(f"index of {kind}: {time.perf_counter() - began:.0f} s, {size / 1e6:.0f} MB", flush=True)


def make_agent() -> None:
	from frappe.utils.password import update_password

	from aftersales.testing import factories

	factories.make_user("Service Agent", email=AGENT)
	update_password(AGENT, PASSWORD)
	frappe.db.commit()


def fill(doctype: str, rows: int, make: Callable[..., dict], known: dict) -> int:
	"""Write rows in large statements, committed one by one; what is there already stays. Returns how many were missing."""
	there = frappe.db.count(doctype, known)
	began = time.perf_counter()
	r = random.Random(f"{doctype} {there}")
	words = [text(r, 8) for _ in range(2_000)]
	long_words = [text(r, 22) for _ in range(2_000)]
	now = frappe.utils.now()
	for start in range(there, rows, BATCH):
		values = [
			make(number, r, words, long_words, now) for number in range(start, min(start + BATCH, rows))
		]
		frappe.db.bulk_insert(
			doctype, list(values[0]), [tuple(row.values()) for row in values], chunk_size=5_000
		)
		frappe.db.commit()
	missing = max(rows - there, 0)
	print(f"{missing} rows of {doctype}: {time.perf_counter() - began:.0f} s", flush=True)
	return missing


def text(r: random.Random, most: int) -> str:
	words = r.choices(CHINESE, k=r.randint(most // 2, most))
	return "".join(words) + " " + " ".join(r.choices(ENGLISH, k=max(1, len(words) // 4)))


def faq_row(number: int, r: random.Random, words: list[str], long_words: list[str], now: str) -> dict:
	return {
		"name": f"BM-FAQ-{number:07}",
		**dict.fromkeys(("creation", "modified", "published_on"), now),
		**dict.fromkeys(("owner", "modified_by"), "Administrator"),
		"question": r.choice(words),
		"answer": f"<p>{r.choice(long_words)} {r.choice(long_words)}</p>",
		"keywords": r.choice(ENGLISH),
		"product_codes": f"BM-{r.randrange(2000):05}",
		"faq_category": CATEGORY,
		"audience": r.choice(("Internal", "Customers", "Public")),
		"published": 1,
		"status": "Published",
		"kind": "General",
		"used_count": r.randrange(50),
	}


def ticket_row(number: int, r: random.Random, words: list[str], long_words: list[str], now: str) -> dict:
	return {
		"name": f"{SERIES}{number:08}",
		**dict.fromkeys(("creation", "modified"), now),
		**dict.fromkeys(("owner", "modified_by"), "Administrator"),
		"record_type": r.choice(("Enquiry", "Repair")),
		"question": r.choice(words),
		"handling": r.choice(long_words),
		"customer_name": f"{r.choice(CHINESE)}{r.randrange(100_000)}",
		"lot_no": f"SN-{number:08}",
		"contact_phone": f"139{number:08}",
		"status": "Closed",
		"completed": int(r.random() < 0.97),
		"creation_date": now[:10],
	}


@contextlib.contextmanager
def served(workers: int = 1, threads: int = 1) -> Iterator[int]:
	"""Serve the bench's sites with gunicorn, as production does, on a free port of this machine."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-t", "120"]
	command += ["-w", str(workers), "-k", "gthread", "--threads", str(threads)]
	process = subprocess.Popen(
		[*command, "frappe.app:application"],
		env={**os.environ, "SITES_PATH": "."},
		stdout=subprocess.DEVNULL,
		stderr=subprocess.DEVNULL,
	)
	try:
		for _attempt in range(300):
			with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
				break
			time.sleep(0.1)
		yield port
	finally:
		process.terminate()
		process.wait(30)


def measure(site: str, port: int, calls: int, tickets: int) -> None:
	kinds = (
		("FAQ: one word", FAQ_METHOD, {}, lambda r: r.choice(CHINESE)),
		("FAQ: two words", FAQ_METHOD, {}, lambda r: f"{r.choice(CHINESE)} {r.choice(CHINESE)}"),
		("FAQ: sentence", FAQ_METHOD, {}, lambda r: "".join(r.sample(CHINESE, 4)) + "怎么办"),
		("FAQ: English, begun", FAQ_METHOD, {}, lambda r: f"{r.choice(ENGLISH)} {r.choice(ENGLISH)[:3]}"),
		(
			"FAQ: typing mistake",
			FAQ_METHOD,
			{},
			lambda r: swap(r.choice([w for w in ENGLISH if len(w) > 5]), r),
		),
		("FAQ: product code", FAQ_METHOD, {}, lambda r: f"BM-{r.randrange(2000):05}"),
		("tickets: one word", TICKET_METHOD, {"collection": "Service Ticket"}, lambda r: r.choice(CHINESE)),
		(
			"tickets: three words",
			TICKET_METHOD,
			{"collection": "Service Ticket"},
			lambda r: " ".join(r.sample(CHINESE, 3)),
		),
		(
			"tickets: lot number",
			TICKET_METHOD,
			{"collection": "Service Ticket"},
			lambda r: f"sn {r.randrange(max(tickets, 1)):08}",
		),
		("all collections", TICKET_METHOD, {}, lambda r: f"{r.choice(CHINESE)} {r.choice(CHINESE)}"),
	)
	client = Client(site, port)
	print(f"{'':24}{'p50':>8}{'p95':>8}{'max':>8}  ms over HTTP")
	client.get("frappe.ping", {})
	ping = [client.get("frappe.ping", {}) for _call in range(calls)]
	report("a request without search", ping)
	for label, method, options, make in kinds:
		r = random.Random(1)
		for _warm in range(5):
			client.get(method, {"text": make(r), "limit": 10, **options})
		report(
			label, [client.get(method, {"text": make(r), "limit": 10, **options}) for _call in range(calls)]
		)


def report(label: str, times: list[float]) -> None:
	cuts = statistics.quantiles(times, n=20)
	print(f"{label:24}{cuts[9]:8.1f}{cuts[18]:8.1f}{max(times):8.1f}", flush=True)


class Client:
	"""One browser's connection, logged in."""

	def __init__(self, site: str, port: int):
		self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
		self.headers = {"Host": site}
		body = urlencode({"usr": AGENT, "pwd": PASSWORD})
		form = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
		self.connection.request("POST", "/api/method/login", body, form)
		answer = self.connection.getresponse()
		answer.read()
		cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
		self.headers["Cookie"] = "; ".join(cookies)

	def get(self, method: str, values: dict) -> float:
		"""Return the milliseconds of one request.

		:raises RuntimeError: it was not answered with 200.
		"""
		start = time.perf_counter()
		self.connection.request("GET", f"/api/method/{method}?{urlencode(values)}", headers=self.headers)
		answer = self.connection.getresponse()
		body = answer.read()
		took = (time.perf_counter() - start) * 1000
		if answer.status != 200:
			raise RuntimeError(f"{method}: {answer.status} {body[:300]!r}")
		json.loads(body)
		return took


def clean_up() -> None:
	"""Take the rows away in pieces, and let the indexes forget them."""
	from aftersales.knowledge import upkeep

	frappe.set_user("Administrator")
	frappe.db.rollback()
	for doctype, condition in (
		("FAQ", {"faq_category": CATEGORY}),
		("Service Ticket", {"name": ("like", f"{SERIES}%")}),
	):
		while names := frappe.get_all(doctype, condition, pluck="name", limit=20_000):
			frappe.db.delete(doctype, {"name": ("in", names)})
			frappe.db.commit()
	for doctype, name in (("FAQ Category", CATEGORY), ("User", AGENT)):
		frappe.delete_doc(doctype, name, force=True, delete_permanently=True, ignore_missing=True)
	frappe.db.commit()
	for kind in ("FAQ", "Service Ticket"):
		upkeep.index_of(kind).rebuild()


if __name__ == "__main__":
	main()
