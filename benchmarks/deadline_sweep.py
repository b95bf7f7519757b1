"""How fast deadlines are swept: fills a site with open ones, sweeps, removes them again.

    make benchmark ARGS="deadline_sweep --site aftersales.localhost --rows 100000"

The rows belong to 200 handlers in ten departments and to no document; their deadlines are spread over two working months. Three
sweeps are measured, each in a transaction that is rolled back: one with nothing due, one as the scheduler finds it every five
minutes in a busy hour, and the one after two months without a scheduler, when every row is warned of, overdue and escalated. Notices,
e-mails (if the site can send any) and realtime events are part of it. "of CPU" is what Python itself used; the rest is the database,
and whatever else the machine does.
"""

import argparse
import random
import time
from datetime import datetime, timedelta
from unittest.mock import patch

import frappe

PREFIX = "sweep-benchmark"
DEPARTMENT = "Sweep Benchmark"
HANDLERS, DEPARTMENTS = 200, 10
WORKING_TIME = "Sweep Benchmark"
START = datetime(2026, 3, 2, 8, 30)


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--rows", type=int, default=100_000)
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		prepare(arguments.rows)
		measure()
	finally:
		frappe.db.rollback()
		clean_up()


def prepare(rows: int) -> None:
	"""Make the people, a working time and the rows, committed."""
	clean_up()
	make_people()
	frappe.get_doc(
		doctype="Working Time",
		working_time_name=WORKING_TIME,
		windows=[
			{"weekday": "Monday to Friday", "from_time": start, "to_time": end}
			for start, end in (("08:30", "12:00"), ("13:30", "17:30"))
		],
	).insert()
	from aftersales.aftersales.deadlines.calendars import calendar_of
	from aftersales.aftersales.deadlines.rows import INSERT_FIELDS
	from aftersales.aftersales.deadlines.working_time import add_working_time

	calendar, r = calendar_of(WORKING_TIME), random.Random(5)
	fields = [field for field in INSERT_FIELDS if field != "allowed_seconds"]
	began = time.perf_counter()
	values = []
	for number in range(rows):
		due = add_working_time(calendar, START, r.randrange(3600, 40 * 27_000))
		warn = due - timedelta(hours=1)
		handler = r.randrange(HANDLERS)
		values.append(
			(
				f"{PREFIX}-{number:07}",
				*(START, START, "Administrator", "Administrator"),
				*("ToDo", f"{PREFIX}-{number}", "Resolution"),
				*(user(handler), f"{DEPARTMENT} {handler % DEPARTMENTS}", WORKING_TIME),
				*(START, due, warn, warn, "Running", 0),
			)
		)
	print(f"{rows:,} deadlines reckoned in {time.perf_counter() - began:.1f} s")
	frappe.db.bulk_insert("Service Deadline", fields, values, chunk_size=5_000)
	frappe.db.commit()


def user(number: int) -> str:
	return f"{PREFIX}-{number}@test.example"


def make_people() -> None:
	"""Handlers, each tenth of them the superior of the next nine, in departments with a head."""
	now = frappe.utils.now()
	base = (now, now, "Administrator", "Administrator")
	columns = ["name", "creation", "modified", "owner", "modified_by"]
	names = [user(number) for number in range(HANDLERS)]
	frappe.db.bulk_insert(
		"User",
		[*columns, "email", "first_name", "full_name", "enabled", "user_type", "language"],
		[(name, *base, name, name, name, 1, "System User", "en") for name in names],
	)
	for number in range(DEPARTMENTS):
		frappe.get_doc(
			doctype="Service Department", department_name=f"{DEPARTMENT} {number}", head=names[number]
		).insert()
	frappe.db.bulk_insert(
		"Service Staff",
		[*columns, "user", "full_name", "department", "reports_to", "enabled"],
		[
			(
				name,
				*base,
				name,
				name,
				f"{DEPARTMENT} {number % DEPARTMENTS}",
				names[number // 10] if number else None,
				1,
			)
			for number, name in enumerate(names)
		],
	)


def measure() -> None:
	from aftersales.aftersales.deadlines import sweep

	print(f"{'':34}{'due':>10}{'seconds':>10}{'of CPU':>10}{'statements':>12}")
	for label, moment in (
		("nothing due", START - timedelta(days=1)),
		("five minutes of a busy hour", START + timedelta(hours=1, minutes=5)),
		("the first day", START + timedelta(hours=14)),
		("after two months without sweeps", START + timedelta(days=70)),
	):
		with (
			patch.object(sweep, "now_datetime", return_value=moment),
			patch.object(frappe.db, "sql", wraps=frappe.db.sql) as statements,
		):
			began, worked = time.perf_counter(), time.process_time()
			due = sweep.sweep()
			seconds, worked = time.perf_counter() - began, time.process_time() - worked
		frappe.db.rollback()
		print(f"{label:34}{due:>10,}{seconds:>10.2f}{worked:>10.2f}{statements.call_count:>12,}")


def clean_up() -> None:
	people = ("like", f"{PREFIX}-%@test.example")
	frappe.db.delete("Service Deadline", {"name": ("like", f"{PREFIX}-%")})
	frappe.db.delete("Service Staff", {"name": people})
	for name in frappe.get_all("Service Department", {"name": ("like", f"{DEPARTMENT} %")}, pluck="name"):
		frappe.delete_doc("Service Department", name, force=True, delete_permanently=True)
	frappe.delete_doc("Working Time", WORKING_TIME, force=True, ignore_missing=True, delete_permanently=True)
	frappe.db.delete("User", {"name": people})
	frappe.db.commit()


if __name__ == "__main__":
	main()
