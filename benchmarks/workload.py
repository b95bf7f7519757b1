"""What the daily work costs on a site that `at_size` has filled: milliseconds over HTTP and statements for each operation.

    make benchmark ARGS="at_size --site aftersales.localhost --tickets 1000000"
    make benchmark ARGS="workload --site aftersales.localhost"

One gunicorn with two workers of four threads serves the site, as production does. Each operation is asked for by the person
whose it is (an agent, a manager, a customer in the portal), with other values each time, over one kept connection. Statements
are counted in process, on a second call. New tickets are made through the REST interface by 1, 4 and 8 clients at once
and, without HTTP, in process; they are taken away afterwards.
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
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import frappe

from benchmarks.at_size import COMPLAINTS, PREFIX, Sizes

PASSWORD = "measured-2026"
AGENT, MANAGER, CUSTOMER = (f"{who}@workload.example" for who in ("agent", "manager", "customer"))
ROLES = {AGENT: ["Service Agent"], MANAGER: ["Service Manager", "Finance Clerk", "Parts Planner"]}
MADE = "made by the workload"
LIST_FIELDS = ["name", "customer_name", "product_name", "status", "urgency", "creation", "modified"]


@dataclass
class Operation:
	"""A request that is repeated: who sends it, to which method, with which values for a throw of the dice."""

	label: str
	user: str
	method: str
	values: Callable[[random.Random], dict]
	most: int = 200


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--calls", type=int, default=100, help="requests of each kind at most")
	parser.add_argument("--only", help="operations whose name contains this")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	tickets = frappe.db.count("Service Ticket", {"name": ("like", f"{PREFIX}-%")})
	if not tickets:
		raise SystemExit("There is nothing to measure here: fill the site with at_size first.")
	print(f"{tickets:,} tickets")
	make_people()
	chosen = [one for one in operations(tickets) if (arguments.only or "") in one.label]
	try:
		with served() as port:
			measure(arguments.site, port, chosen, arguments.calls)
			if not arguments.only:
				create(arguments.site, port)
	finally:
		clean_up()


# Who asks for what


def make_people() -> None:
	from frappe.utils.password import update_password

	from aftersales.testing import factories

	clean_up()
	for user, roles in ROLES.items():
		factories.make_user(*roles, email=user)
		update_password(user, PASSWORD)
	access = factories.make_portal_access(email=CUSTOMER, customer=f"{PREFIX}-CU-00000007")
	update_password(access.email, PASSWORD)
	frappe.db.commit()


def operations(tickets: int) -> list[Operation]:
	sizes = Sizes(tickets)

	def ticket(r: random.Random) -> str:
		return f"{PREFIX}-T-{r.randint(1, tickets):08}"

	def customer(r: random.Random) -> str:
		return f"{PREFIX}-CU-{r.randint(1, sizes.customers):08}"

	def listed(*filters: list, **more: str) -> dict:
		return {
			"doctype": "Service Ticket",
			"fields": json.dumps(LIST_FIELDS),
			"filters": json.dumps([["Service Ticket", *one] for one in filters]),
			"order_by": "`tabService Ticket`.modified desc",
			"page_length": 20,
			**more,
		}

	ends = frappe.utils.today()
	month = frappe.utils.add_months(ends, -1)
	year = frappe.utils.add_months(ends, -12)
	reportview = "frappe.desk.reportview.get"
	return [
		Operation("a request that does nothing", AGENT, "frappe.ping", lambda r: {}),
		Operation("list, newest changed", AGENT, reportview, lambda r: listed()),
		Operation("list by state", AGENT, reportview, lambda r: listed(["status", "=", "In Progress"])),
		Operation("list by customer", AGENT, reportview, lambda r: listed(["customer", "=", customer(r)])),
		Operation(
			"list by creation date",
			AGENT,
			reportview,
			lambda r: listed(["creation_date", "between", [month, ends]]),
		),
		Operation(
			"form of a ticket",
			AGENT,
			"frappe.desk.form.load.getdoc",
			lambda r: {"doctype": "Service Ticket", "name": ticket(r)},
		),
		Operation(
			"form of a service order",
			MANAGER,
			"frappe.desk.form.load.getdoc",
			lambda r: {
				"doctype": "Service Order",
				"name": f"{PREFIX}-SO-{r.randint(1, tickets * 2 // 5):08}",
			},
		),
		Operation("console: queue", AGENT, "aftersales.aftersales.console.get_queue", lambda r: {}),
		Operation(
			"console: record",
			AGENT,
			"aftersales.aftersales.console.get_record",
			lambda r: {"doctype": "Service Ticket", "name": ticket(r)},
		),
		Operation(
			"panel: same product",
			AGENT,
			"aftersales.aftersales.context.same_product",
			lambda r: {"ticket": ticket(r)},
		),
		Operation(
			"panel: same customer",
			AGENT,
			"aftersales.aftersales.context.same_customer",
			lambda r: {"ticket": ticket(r)},
		),
		Operation(
			"quick search: number of a caller",
			AGENT,
			"aftersales.aftersales.quick_search.search",
			lambda r: {"text": f"139{r.randint(1, sizes.customers):08}"},
		),
		Operation(
			"word search in tickets",
			AGENT,
			"aftersales.knowledge.search_all.search_records",
			lambda r: {"text": r.choice(COMPLAINTS), "limit": 10, "collection": "Service Ticket"},
		),
		Operation(
			"FAQ search",
			AGENT,
			"aftersales.knowledge.search.search_faqs",
			lambda r: {"text": r.choice(COMPLAINTS), "limit": 10},
		),
		*(report(title, MANAGER, filters) for title, filters in reports(month, year, ends).items()),
		*cards(),
		Operation(
			"portal: own tickets",
			CUSTOMER,
			"",
			lambda r: {"path": "/service/tickets"},
		),
	]


def report(title: str, user: str, filters: dict) -> Operation:
	values = {"report_name": title, "filters": json.dumps(filters), "ignore_prepared_report": "true"}
	return Operation(f"report {title}", user, "frappe.desk.query_report.run", lambda r: values, most=10)


def reports(month: str, year: str, ends: str) -> dict[str, dict]:
	"""Reports of a month, and one of a year, with the filters that people begin with."""
	days = {"from_date": month, "to_date": ends}
	titles = [
		"Record Statistics",
		"Complaint Statistics",
		"Follow-up Statistics",
		"Order Monitor",
		"After-sales Statistics",
		"Repair Reports and Fees",
		"Operator Workload",
		"Part Movements",
		"Stock Capital",
		"Service-item Statistics",
		"Purchase Statistics",
		"Outlet Fees",
		"Points and Gifts",
	]
	known = set(frappe.get_all("Report", {"name": ("in", titles)}, pluck="name"))
	found = {title: days for title in titles if title in known}
	return found


def cards() -> list[Operation]:
	"""Every number card and chart of the dashboards, each by its own way."""
	found = []
	for dashboard in frappe.get_all("Dashboard", {"module": "Aftersales"}, pluck="name"):
		doc = frappe.get_doc("Dashboard", dashboard)
		for row in doc.cards:
			card = frappe.get_doc("Number Card", row.card)
			if card.type == "Custom":
				values = {"filters": card.filters_json or "{}"}
				found.append(Operation(f"card {card.name}", MANAGER, card.method, lambda r, v=values: v, 20))
			elif card.type == "Document Type":
				values = {"doc": card.as_json(), "filters": card.filters_json or "[]"}
				method = "frappe.desk.doctype.number_card.number_card.get_result"
				found.append(Operation(f"card {card.name}", MANAGER, method, lambda r, v=values: v, 20))
	return found


# Measuring


@contextlib.contextmanager
def served() -> Iterator[int]:
	"""Serve the bench's sites as production does, on a free port of this machine."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4"]
	process = subprocess.Popen(
		[*command, "-t", "300", "--keep-alive", "300", "frappe.app:application"],
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


class Client:
	"""One browser's connection, logged in."""

	def __init__(self, site: str, port: int, user: str):
		self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
		self.headers = {"Host": site, "Accept": "application/json"}
		form = {"Content-Type": "application/x-www-form-urlencoded"}
		_took, answer = self.ask("POST", "/api/method/login", urlencode({"usr": user, "pwd": PASSWORD}), form)
		cookies = [value.split(";")[0] for name, value in answer if name.lower() == "set-cookie"]
		self.headers["Cookie"] = "; ".join(cookies)

	def ask(
		self, verb: str, path: str, body: str | None = None, headers: dict | None = None
	) -> tuple[float, list]:
		"""Return milliseconds and headers of one request.

		:raises RuntimeError: it was not answered with 200.
		"""
		start = time.perf_counter()
		self.connection.request(verb, path, body, {**self.headers, **(headers or {})})
		answer = self.connection.getresponse()
		content = answer.read()
		took = (time.perf_counter() - start) * 1000
		if answer.status != 200:
			raise RuntimeError(f"{path[:120]}: {answer.status} {content[-400:]!r}")
		return took, answer.getheaders()

	def run(self, operation: Operation, r: random.Random) -> float:
		values = operation.values(r)
		path = values.get("path") or f"/api/method/{operation.method}?{urlencode(values)}"
		return self.ask("GET", path)[0]


def measure(site: str, port: int, chosen: list[Operation], calls: int) -> None:
	clients = {user: Client(site, port, user) for user in {one.user for one in chosen}}
	print(f"{'':42}{'p50':>9}{'p95':>9}{'max':>9}  ms  {'statements':>10}")
	for operation in chosen:
		client, r = clients[operation.user], random.Random(1)
		try:
			client.run(operation, r)
			client.run(operation, r)  # the other worker has its caches to fill as well
			times = [client.run(operation, r) for _call in range(max(min(calls, operation.most), 3))]
		except RuntimeError as error:
			print(f"{operation.label:42} failed: {error}", flush=True)
			continue
		cuts = statistics.quantiles(times, n=20)
		asked = statements(operation) if operation.method else ""
		print(
			f"{operation.label:42}{cuts[9]:9.1f}{cuts[18]:9.1f}{max(times):9.1f}      {asked:>10}", flush=True
		)


def statements(operation: Operation) -> int:
	"""Return how many statements the database is asked by one call in process; the first fills caches."""
	r, asked, sql = random.Random(2), [], frappe.db.__class__.sql

	def counted(database, *arguments, **options):
		asked.append(arguments)
		return sql(database, *arguments, **options)

	frappe.set_user(operation.user)
	frappe.db.__class__.sql = counted
	try:
		for _time in range(2):
			asked.clear()
			frappe.local.form_dict = frappe._dict(operation.values(r))
			frappe.local.response = frappe._dict(docs=[])
			frappe.call(operation.method, **frappe.local.form_dict)
	finally:
		frappe.db.__class__.sql = sql
		frappe.db.rollback()
		frappe.set_user("Administrator")
	return len(asked)


# New tickets


def create(site: str, port: int) -> None:
	"""Print how many tickets a second several clients and one process make."""
	body = json.dumps(
		{"record_type": "Repair", "question": MADE, "customer_name": MADE, "contact_phone": "13999999999"}
	)
	for clients in (1, 4, 8):
		everybody = [Client(site, port, AGENT) for _client in range(clients)]
		each = max(100 // clients, 10)

		def work(client: Client, each: int = each) -> None:
			for _number in range(each):
				client.ask(
					"POST", "/api/resource/Service%20Ticket", body, {"Content-Type": "application/json"}
				)

		everybody[0].ask("POST", "/api/resource/Service%20Ticket", body, {"Content-Type": "application/json"})
		threads = [threading.Thread(target=work, args=(client,)) for client in everybody]
		began = time.perf_counter()
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		took = time.perf_counter() - began
		print(f"new tickets over REST, {clients} at once: {each * clients / took:.1f} a second", flush=True)
	began = time.perf_counter()
	for _number in range(100):
		frappe.get_doc({"doctype": "Service Ticket", **json.loads(body)}).insert()
		frappe.db.commit()
	print(f"new tickets in process: {100 / (time.perf_counter() - began):.1f} a second", flush=True)


def clean_up() -> None:
	"""Take people and tickets of the workload away."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	names = frappe.get_all("Service Ticket", {"customer_name": MADE}, pluck="name")
	for doctype, field in (("Service Ticket", "name"), ("Service Deadline", "reference_name")):
		if names:
			frappe.db.delete(doctype, {field: ("in", names)})
	# A site's last user with a role may not be deleted as a document.
	for doctype, field in (("Portal Access", "email"), ("User", "name"), ("Has Role", "parent")):
		frappe.db.delete(doctype, {field: ("in", (*ROLES, CUSTOMER))})
	frappe.db.commit()


if __name__ == "__main__":
	main()
