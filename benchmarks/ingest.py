"""What it costs the site to store what bridges report, without web server and network: processor time and statements.

    make benchmark ARGS="ingest --site aftersales.localhost"

Each course is stored as the API does it, once its lines and customers are set up, commit and realtime messages included, and removed
at the end. Processor time is that of the Python process, which another load on the machine changes little; the database's own share
comes on top and shows in "elapsed". Courses:

- eight-lines: the number of a known customer arrives on eight lines in one batch, ten agents are told;
- one-call: ringing, number, answered, ended, each in a batch of its own; figures are for one event;
- ended: the ends of 25 calls in one batch, each live and shown;
- history: 25 calls of last week in a batch of 100 events, as after an outage.
"""

import argparse
import time
from unittest.mock import patch

import frappe

LINES, AGENTS = 8, 10
PREFIX = "ingest-benchmark"
STEPS = ("ringing", "caller_id", "answered", "ended")
WEEK_MS = 7 * 86_400_000


def main() -> None:
	"""Measure and print."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--rounds", type=int, default=20, help="how often each course is run (default 20)")
	parser.add_argument("--profile", metavar="COURSE", help="print the profile of one course instead")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		bridge = prepare()
		if arguments.profile:
			profile(COURSES[arguments.profile], bridge, arguments.rounds)
			return
		print(f"{'course':<14}{'events':>7}{'CPU ms':>9}{'elapsed':>9}{'a batch':>9}{'statements':>12}")
		for name, course in COURSES.items():
			show(name, course, bridge, arguments.rounds)
	finally:
		frappe.db.rollback()
		clean_up()


def show(name: str, course, bridge: str, rounds: int) -> None:
	"""Run a course and print the median of processor time and elapsed time per event and per batch, and its statements."""
	cpu, elapsed, statements, events = [], [], 0, 0
	for number in range(rounds + 2):
		begun, events, batches = (0.0, 0.0), 0, 0
		spent = [0.0, 0.0]
		counted = 0
		for batch, measured in course(f"{PREFIX}-{name}-{number}"):
			with patch.object(frappe.local.db, "sql", wraps=frappe.local.db.sql) as sql:
				begun = (time.process_time(), time.perf_counter())
				store(bridge, batch)
				ended = (time.process_time(), time.perf_counter())
			if measured:
				spent = [spent[0] + ended[0] - begun[0], spent[1] + ended[1] - begun[1]]
				counted, events, batches = counted + sql.call_count, events + len(batch), batches + 1
		# The first rounds fill the caches.
		if number > 1:
			cpu.append(spent[0] * 1000)
			elapsed.append(spent[1] * 1000)
			statements = counted
	middle = len(cpu) // 2
	cpu_ms, elapsed_ms = sorted(cpu)[middle], sorted(elapsed)[middle]
	print(
		f"{name:<14}{events:>7}{cpu_ms / events:>9.2f}{elapsed_ms / events:>9.2f}{cpu_ms / batches:>9.1f}{statements / events:>12.2f}"
	)


def profile(course, bridge: str, rounds: int) -> None:
	"""Print where the processor time of a course goes."""
	import cProfile
	import pstats

	profiler = cProfile.Profile(time.process_time)
	for number in range(rounds):
		for batch, measured in course(f"{PREFIX}-profile-{number}"):
			if measured and number > 1:
				profiler.enable()
			store(bridge, batch)
			profiler.disable()
	pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)


def store(bridge: str, batch: list[dict]) -> None:
	"""Store a batch as a request does, and see that nothing was refused."""
	from aftersales.telephony import ingest

	answers = ingest.store_batch(bridge, batch, None)
	frappe.db.commit()
	refused = [answer for answer in answers if answer["status"] != "accepted"]
	if refused:
		raise SystemExit(f"refused: {refused[0]}")


def event(call: str, seq: int, line: int, number: str, **fields) -> dict:
	"""One event of a call as a smart box reports it."""
	return {
		"schema": 1,
		"event_id": f"{call}-{seq}",
		"call_uuid": call,
		"seq": seq,
		"kind": STEPS[seq],
		"line": str(line % LINES + 1),
		"direction": "in",
		"number_raw": number,
		"presentation": "allowed",
		"name_raw": "CALLER",
		"age_ms": 20,
		"live": True,
		"ring_count": 1,
		"duration_s": 42 if STEPS[seq] == "ended" else None,
		"raw": [f"NMBR = {number}"],
		**fields,
	}


def known(number: int) -> str:
	return f"1380013{number:04}"


def eight_lines(key: str):
	"""Yield batches, each with whether it is measured."""
	yield [event(f"{key}-{line}", 1, line, known(line)) for line in range(LINES)], True


def one_call(key: str):
	for seq in range(len(STEPS)):
		yield [event(key, seq, 0, known(0) if seq else "")], True


def ended(key: str):
	calls = [f"{key}-{number}" for number in range(25)]
	for seq in range(1, len(STEPS)):
		batch = [event(call, seq, line, known(line)) for line, call in enumerate(calls)]
		yield batch, STEPS[seq] == "ended"


def history(key: str):
	yield (
		[
			event(f"{key}-{call}", seq, call, known(call), age_ms=WEEK_MS - call * 60_000 - seq * 5_000)
			for call in range(25)
			for seq in range(len(STEPS))
		],
		True,
	)


COURSES = {"eight-lines": eight_lines, "one-call": one_call, "ended": ended, "history": history}


def prepare() -> str:
	"""Make a bridge with eight lines, ten agents on each, and eight customers; committed."""
	clean_up()
	from aftersales.testing.factories import insert_plain_user, make_bridge, make_customer, make_phone_line

	account = insert_plain_user(f"{PREFIX}@test.example", "Aftersales Bridge").name
	agents = [
		insert_plain_user(f"{PREFIX}-{number}@test.example", "Service Agent").name for number in range(AGENTS)
	]
	bridge = make_bridge(bridge_id=PREFIX, user=account).name
	for line in range(LINES):
		make_phone_line(
			*agents, bridge=bridge, source_line=str(line + 1), line_title=f"{PREFIX}-{line}", area_code="021"
		)
		make_customer(phone=known(line), customer_name=f"{PREFIX}-{line}")
	frappe.db.commit()
	return bridge


def clean_up() -> None:
	"""Remove what `prepare` and the courses made."""
	mine = ("like", f"{PREFIX}%")
	bridges = frappe.get_all("Caller ID Bridge", {"user": mine}, pluck="name")
	for bridge in bridges:
		frappe.db.delete("Call Event", {"bridge": bridge})
		frappe.db.delete("Service Call", {"bridge": bridge})
		for line in frappe.get_all("Phone Line", {"bridge": bridge}, pluck="name"):
			frappe.delete_doc("Phone Line", line, force=True, delete_permanently=True)
		frappe.delete_doc("Caller ID Bridge", bridge, force=True, delete_permanently=True)
	for customer in frappe.get_all("Service Customer", {"customer_name": mine}, pluck="name"):
		frappe.delete_doc("Service Customer", customer, force=True, delete_permanently=True)
	frappe.db.delete("Version", {"ref_doctype": "Service Call", "docname": mine})
	frappe.db.delete("Has Role", {"parent": mine})
	frappe.db.delete("User", {"name": mine})
	frappe.db.commit()


if __name__ == "__main__":
	main()
