"""How fast the customer page of a customer with a long history is: fills one in, measures in process, removes it again.

    make benchmark ARGS="customer_file --site aftersales.localhost --rows 10000"

Printed are milliseconds for the calls that the page makes as an agent: what stands above (`overview`, with counts per kind), the
first page of the history and the last one.
"""

import argparse
import statistics
import time

import frappe

CUSTOMER = "BM-CUSTOMER"
USER = "customer-benchmark@test.example"


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--rows", type=int, default=10_000)
	parser.add_argument("--calls", type=int, default=100)
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		frappe.set_user(prepare(arguments.rows))
		measure(arguments.calls)
	finally:
		frappe.set_user("Administrator")
		clean_up()


def prepare(rows: int) -> str:
	"""Make an agent, a customer, and a history of tickets and calls, committed; returns the agent."""
	from aftersales.testing import factories

	clean_up()
	agent = factories.make_user("Service Agent", email=USER).name
	factories.make_customer(own_number=CUSTOMER, customer_name="Benchmark Customer")
	moments = [
		f"{2016 + i * 10 // rows}-{1 + i % 12:02}-{1 + i % 28:02} 10:00:{i % 60:02}" for i in range(rows)
	]
	half = rows // 2
	fields = ["name", "creation", "modified", "owner", "customer"]
	tickets = [
		(f"BM-T-{i:07}", m, m, "Administrator", CUSTOMER, "问题" * 40, "Closed", "Enquiry", 1)
		for i, m in enumerate(moments[:half])
	]
	frappe.db.bulk_insert(
		"Service Ticket",
		[*fields, "question", "status", "record_type", "completed"],
		tickets,
		chunk_size=5_000,
	)
	calls = [
		(f"BM-C-{i:07}", m, m, "Administrator", CUSTOMER, "Ended", f"bm-{i}")
		for i, m in enumerate(moments[half:])
	]
	frappe.db.bulk_insert("Service Call", [*fields, "state", "call_uuid"], calls, chunk_size=5_000)
	frappe.db.commit()
	return agent


def measure(calls: int) -> None:
	from aftersales.aftersales.customer_file import overview, timeline

	last = None
	pages = 0
	while page := timeline(CUSTOMER, cursor=last):
		pages += 1
		if not page["next"]:
			break
		last = page["next"]
	print(f"{pages} pages of history")
	print(f"{'':20}{'p50':>8}{'p95':>8}{'max':>8}  ms")
	for label, ask in (
		("overview", lambda: overview(CUSTOMER)),
		("first page", lambda: timeline(CUSTOMER)),
		("last page", lambda: timeline(CUSTOMER, cursor=last)),
	):
		times = []
		for _call in range(calls):
			start = time.perf_counter()
			ask()
			times.append((time.perf_counter() - start) * 1000)
		cuts = statistics.quantiles(times, n=20)
		print(f"{label:20}{cuts[9]:8.1f}{cuts[18]:8.1f}{max(times):8.1f}")


def clean_up() -> None:
	for doctype in ("Service Ticket", "Service Call"):
		frappe.db.delete(doctype, {"customer": CUSTOMER})
	for doctype, name in (("Service Customer", CUSTOMER), ("User", USER)):
		if frappe.db.exists(doctype, name):
			frappe.delete_doc(doctype, name, force=True, delete_permanently=True)
	frappe.db.commit()


if __name__ == "__main__":
	main()
