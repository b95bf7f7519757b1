"""What the daily operations of a site cost: the same ones at each size, to be compared with each other and with their budgets.

    make benchmark ARGS="at_size --site aftersales.localhost --tickets 100000"
    make benchmark ARGS="workload --site aftersales.localhost --calls 50"

Printed are milliseconds per operation (p50, p95) and the statements that it sends to the database. Operations marked "HTTP" are
whole requests of one signed-in agent over a kept connection, answered by two web processes of four threads; the others are measured in process. Last come tickets per second,
created by one, four and eight people at once, and taken away again.
"""

import argparse
import json
import random
import statistics
import threading
import time
from collections.abc import Callable
from unittest.mock import patch

import frappe
from frappe.utils import add_days, now, nowdate

from benchmarks.at_size import MARK, PASSWORD, USER
from benchmarks.search_http import Client, served

AGENT = USER.format(1)
LIST = "frappe.desk.reportview.get"
COLUMNS = (
	"name",
	"status",
	"customer_name",
	"record_type",
	"product_name",
	"person_in_charge_name",
	"modified",
)
CREATED = "workload benchmark"
REPORTS = {
	"Record Statistics": {"mode": "Record Type", "period": "Range"},
	"Complaint Statistics": {},
	"Purchase Statistics": {},
	"Part Movements": {"mode": "Warehouse"},
	"Calls by Agent": {},
}
DASHBOARDS = ("Agent Dashboard", "Outlet Dashboard", "Finance Dashboard", "Management Dashboard")


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--calls", type=int, default=50, help="of each operation")
	parser.add_argument(
		"--seconds", type=int, default=10, help="for which tickets are created by each number of people"
	)
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user(AGENT)
	tickets = frappe.db.count("Service Ticket", {"name": ("like", f"{MARK}%")})
	if not tickets:
		raise SystemExit("Fill the site with at_size first.")
	print(f"{tickets:,} tickets\n{'':44}{'p50':>8}{'p95':>8}{'max':>8}  ms   statements")
	with served(workers=2, threads=4) as port:
		client = WorkClient(arguments.site, port)
		over_http(client, tickets, arguments.calls)
		in_process(tickets, arguments.calls)
		dashboards(client, max(arguments.calls // 5, 5))
		for people in (1, 4, 8):
			create(arguments.site, port, people, arguments.seconds)


class WorkClient(Client):
	"""One person's connection, signed in as the benchmark's agent."""

	def __init__(self, site: str, port: int):
		with patch.multiple("benchmarks.search_http", AGENT=AGENT, PASSWORD=PASSWORD):
			super().__init__(site, port)

	def post(self, values: dict) -> None:
		"""Create a document through the REST interface.

		:raises RuntimeError: it was not answered with 200.
		"""
		headers = {**self.headers, "Content-Type": "application/json"}
		self.connection.request(
			"POST", "/api/resource/Service Ticket".replace(" ", "%20"), json.dumps(values), headers
		)
		answer = self.connection.getresponse()
		body = answer.read()
		if answer.status != 200:
			raise RuntimeError(f"{answer.status} {body[:300]!r}")


def over_http(client: WorkClient, tickets: int, calls: int) -> None:
	"""Measure what an agent's browser asks for."""
	r = random.Random(1)

	def ticket() -> str:
		return f"{MARK}ST-{r.randint(1, tickets):08}"

	def customer() -> str:
		return f"{MARK}CUS-{r.randint(1, max(tickets // 5, 20)):08}"

	period = {"from_date": add_days(nowdate(), -30), "to_date": nowdate()}
	operations = [
		("a request that does nothing", "frappe.ping", dict),
		("list, newest changed first", LIST, lambda: listed([])),
		("list by state", LIST, lambda: listed([["status", "=", "In Progress"]])),
		("list by customer", LIST, lambda: listed([["customer", "=", customer()]])),
		("form", "frappe.desk.form.load.getdoc", lambda: {"doctype": "Service Ticket", "name": ticket()}),
		("console: queue", "aftersales.aftersales.console.get_queue", dict),
		(
			"console: record",
			"aftersales.aftersales.console.get_record",
			lambda: {"doctype": "Service Ticket", "name": ticket()},
		),
		(
			"console: same customer",
			"aftersales.aftersales.context.same_customer",
			lambda: {"ticket": ticket()},
		),
		("console: same product", "aftersales.aftersales.context.same_product", lambda: {"ticket": ticket()}),
		(
			"search by number",
			"aftersales.knowledge.search_all.search_records",
			lambda: {"text": ticket(), "limit": 10},
		),
		*(
			(
				f"report {name}",
				"frappe.desk.query_report.run",
				lambda name=name, filters=filters: {
					"report_name": name,
					"filters": json.dumps({**period, **filters}),
					"ignore_prepared_report": "true",
				},
			)
			for name, filters in REPORTS.items()
		),
	]
	for label, method, make in operations:
		for _warm in range(3):
			client.get(method, make())
		times = [client.get(method, make()) for _call in range(calls)]
		report(
			f"{label} (HTTP)",
			times,
			statements(lambda method=method, make=make: ask(method, make())),
		)


def listed(filters: list) -> dict:
	"""Return what the list view asks for."""
	return {
		"doctype": "Service Ticket",
		"fields": json.dumps([f"`tabService Ticket`.`{column}`" for column in COLUMNS]),
		"filters": json.dumps([["Service Ticket", *one] for one in filters]),
		"order_by": "`tabService Ticket`.`modified` desc",
		"start": 0,
		"page_length": 20,
		"view": "List",
	}


def in_process(tickets: int, calls: int) -> None:
	"""Measure what has no request of its own."""
	from aftersales.portal.scope import Scope
	from aftersales.portal.tickets import page_of
	from aftersales.telephony.caller import lookup

	r = random.Random(2)
	customers = max(tickets // 5, 20)
	place = {"country_code": "CN", "area_code": "0411"}
	portal = [
		Scope(user="nobody@test.example", full=(f"{MARK}CUS-{r.randint(1, customers):08}",))
		for _time in range(calls)
	]
	timed("caller look-up", [lambda: lookup(f"139{r.randint(1, customers):08}", place)] * calls)
	timed("portal: own tickets", [lambda scope=scope: page_of(scope) for scope in portal])


def timed(label: str, operations: list[Callable]) -> None:
	operations[0]()
	times = []
	for operation in operations:
		began = time.perf_counter()
		operation()
		times.append((time.perf_counter() - began) * 1000)
	report(label, times, statements(operations[0]))


def dashboards(client: WorkClient, calls: int) -> None:
	"""Measure each card and chart of the dashboards, and print the slowest of each, and all of them together."""
	for name in DASHBOARDS:
		together, slowest = [], ("", [0.0], 0)
		for label, method, values in parts_of(name):
			client.get(method, values)
			times = [client.get(method, values) for _call in range(calls)]
			together.append(statistics.median(times))
			if statistics.median(times) > statistics.median(slowest[1]):
				slowest = (
					label,
					times,
					statements(lambda method=method, values=values: ask(method, values)),
				)
		report(f"{name}: {slowest[0]}"[:43], slowest[1], slowest[2])
		print(f"{f'{name}, all {len(together)} together':44}{sum(together):8.1f}")


def parts_of(workspace: str) -> list[tuple[str, str, dict]]:
	"""Return name, method and values of the requests of a dashboard."""
	from aftersales.aftersales.figures import desk

	parts = []
	page = frappe.get_doc("Workspace", workspace)
	for row in page.number_cards:
		card = frappe.get_doc("Number Card", row.number_card_name)
		if card.type == "Custom":
			parts.append((card.name, card.method, {"filters": card.filters_json}))
			continue
		filters = json.loads(card.filters_json) + [
			[*found[:3], dynamic(found[3])] for found in json.loads(card.dynamic_filters_json or "[]")
		]
		method = "frappe.desk.doctype.number_card.number_card.get_result"
		parts.append(
			(card.name, method, {"doc": frappe.as_json(card, indent=None), "filters": json.dumps(filters)})
		)
	for row in page.charts:
		chart = frappe.get_doc("Dashboard Chart", row.chart_name)
		method = "frappe.desk.doctype.dashboard_chart.dashboard_chart.get"
		if chart.chart_type == "Custom":
			method = f"{desk.__name__}.chart"
		parts.append((chart.name, method, {"chart_name": chart.name, "refresh": 1}))
	return parts


def dynamic(expression: str) -> str:
	"""Return what the browser makes of an expression in a card's filters."""
	if "session.user" in expression:
		return AGENT
	return now() if "now_datetime" in expression else nowdate()


def create(site: str, port: int, people: int, seconds: int) -> None:
	"""Let people create tickets at the same time, and print how many they made in a second."""
	from aftersales.aftersales.figures.marks import touch

	made, wrong = [], []
	end = time.perf_counter() + seconds

	def work(client: WorkClient) -> None:
		count = 0
		try:
			while time.perf_counter() < end:
				client.post({"record_type": "Enquiry", "customer_name": CREATED, "question": "Does it fit?"})
				count += 1
		except Exception as error:
			wrong.append(error)
		made.append(count)

	clients = [WorkClient(site, port) for _person in range(people)]
	end = time.perf_counter() + seconds
	threads = [threading.Thread(target=work, args=(client,)) for client in clients]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	if wrong:
		raise wrong[0]
	print(f"{f'tickets created by {people} at once (HTTP)':44}{sum(made) / seconds:8.1f} per second")
	frappe.db.rollback()
	while names := frappe.get_all("Service Ticket", {"customer_name": CREATED}, pluck="name", limit=1_000):
		frappe.db.delete("Service Deadline", {"reference_name": ("in", names)})
		frappe.db.delete("Service Ticket", {"name": ("in", names)})
		touch("Service Ticket", nowdate())
		frappe.db.commit()


def statements(operation: Callable) -> int:
	"""Return how many statements an operation sends."""
	with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
		operation()
	return sql.call_count


def ask(method: str, values: dict) -> None:
	"""Do in process what a request does."""
	frappe.local.form_dict = frappe._dict(values)
	frappe.local.response = frappe._dict(docs=[])
	frappe.call(method, **values)


def report(label: str, times: list[float], sent: int) -> None:
	cuts = statistics.quantiles(times, n=20)
	print(f"{label:44}{cuts[9]:8.1f}{cuts[18]:8.1f}{max(times):8.1f}       {sent}", flush=True)


if __name__ == "__main__":
	main()
