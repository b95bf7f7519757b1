"""Several people at once, in processes of their own: tickets are spread over a group, register numbers are all different."""

import os
import subprocess
import sys
from pathlib import Path

import frappe
import pytest

from aftersales.testing import factories

BENCH, SITE = os.environ.get("AFTERSALES_BENCH"), os.environ.get("AFTERSALES_TEST_SITE")
CONNECT = f"""
import sys, frappe
frappe.init("{SITE}", sites_path="."); frappe.connect(); frappe.flags.mute_emails = True
# everybody is connected before anybody begins
print("ready", flush=True); sys.stdin.readline()
"""
MAKE_TICKETS = """
for number in range(4):
	frappe.set_user("Administrator")
	frappe.get_doc(doctype="Service Ticket", record_type="Suggestion", customer_name="parallel work", person_in_charge="Guest").insert()
	frappe.db.commit()
"""
ENTER_LINES = """
from aftersales.aftersales.work.register import save_lines
frappe.set_user("Administrator")
line = dict(code=sys.argv[1], symptom="parallel work", measure="x", customer="")
for number in range(3):
	for name in save_lines([line] * 5, "2003-02-01", "Administrator")["tickets"]:
		print(name)
	frappe.db.commit()
"""


def at_once(script: str, processes: int, *arguments: str) -> list[str]:
	"""Run a script in several processes that begin together, and return the lines that they print."""
	running = [
		subprocess.Popen(
			[sys.executable, "-c", CONNECT + script, *arguments],
			cwd=Path(BENCH) / "sites",
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
		)
		for _number in range(processes)
	]
	for process in running:
		assert process.stdout.readline() == "ready\n", process.stderr.read()[-2000:]
	for process in running:
		process.stdin.write("go\n")
		process.stdin.flush()
	lines = []
	for process in running:
		output, errors = process.communicate(timeout=180)
		assert process.returncode == 0, errors[-2000:]
		lines += output.splitlines()
	return lines


def remove(doctype: str, filters: dict) -> None:
	for name in frappe.get_all(doctype, filters=filters, pluck="name"):
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)


@pytest.fixture
def committed():
	"""What other processes shall see has to be committed; here it is taken away again."""
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")
	remove("Service Ticket", {"customer_name": "parallel work"})
	remove("Service Ticket", {"question": "parallel work"})
	remove("Agent Group", {"description": "parallel work"})
	remove("Product", {"product_name": "parallel work"})
	frappe.db.delete("User", {"last_name": "parallel work"})
	frappe.db.delete("Has Role", {"parent": ("like", "parallel-work-%")})
	frappe.db.delete("Series", {"name": "RE0302"})
	frappe.db.delete("ToDo", {"allocated_to": ("like", "parallel-work-%")})
	frappe.db.delete("Notification Log", {"for_user": ("like", "parallel-work-%")})
	frappe.db.commit()


def make_agents(number: int) -> list[str]:
	agents = []
	for place in range(number):
		user = frappe.get_doc(
			{
				"doctype": "User",
				"name": f"parallel-work-{place}@test.example",
				"email": f"parallel-work-{place}@test.example",
				"first_name": f"Agent {place}",
				"last_name": "parallel work",
				"full_name": f"Agent {place}",
				"enabled": 1,
				"user_type": "System User",
				"roles": [{"role": "Service Agent"}],
			}
		)
		user.set_parent_in_children()
		user.db_insert()
		for row in user.roles:
			row.db_insert()
		agents.append(user.name)
	return agents


def test_simultaneous_tickets_do_not_all_go_to_one_person(committed):
	"""S9.03: whoever is chosen counts at once for those who choose at the same time."""
	agents = make_agents(3)
	factories.make_agent_group(
		*agents,
		assigns_tickets=1,
		only_on_shift=0,
		priority=99,
		record_types="Suggestion",
		description="parallel work",
	)
	frappe.db.commit()
	at_once(MAKE_TICKETS, 3)
	frappe.db.rollback()
	tickets = frappe.get_all(
		"Service Ticket", filters={"customer_name": "parallel work"}, pluck="person_in_charge"
	)
	assert {user: tickets.count(user) for user in agents} == dict.fromkeys(agents, 4)


def test_two_clerks_get_different_numbers(committed):
	"""S23.06: also in the first moment of a month, when there is no counter yet."""
	product = factories.make_product(product_name="parallel work").name
	frappe.db.commit()
	numbers = at_once(ENTER_LINES, 2, product)
	assert sorted(numbers, key=lambda name: int(name[6:])) == [f"RE0302{n}" for n in range(1, 31)]
