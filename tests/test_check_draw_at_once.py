"""Several people draw the same sample at the same moment, each in a process of their own: one draw comes of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import frappe
import pytest

from aftersales.aftersales.checks import make_draw, verify_draw
from aftersales.testing import factories

PROCESSES = 4
PERIOD = ("2001-03-01", "2001-03-31")
DRAW = """
import sys, time
import frappe
site, plan, start, end, moment = sys.argv[1:]
frappe.init(site); frappe.connect()
frappe.flags.in_test = True
from aftersales.aftersales.checks import make_draw
time.sleep(max(0, float(moment) - time.time()))
made = make_draw(plan, start, end)
time.sleep(0.3)  # the others wait for this transaction
frappe.db.commit()
print("made", made)
"""


@pytest.fixture
def plan():
	"""A stored plan with ten tickets; everything is removed afterwards, for other processes must see it."""
	mark = factories.unique("At once")
	tickets = [
		factories.make_ticket(customer_name=mark, creation_date="2001-03-05").name for _number in range(10)
	]
	filters = frappe.as_json([["Service Ticket", "customer_name", "=", mark, False]])
	plan = factories.make_check_plan(filters=filters, method="Count", size=6).name
	frappe.db.commit()
	yield plan
	frappe.db.rollback()
	for doctype in ("Check Record", "Check Draw"):
		for name in frappe.get_all(doctype, filters={"plan": plan}, pluck="name"):
			frappe.delete_doc(doctype, name, force=True, delete_permanently=True)
	frappe.delete_doc("Check Plan", plan, force=True, delete_permanently=True)
	for name in tickets:
		frappe.delete_doc("Service Ticket", name, force=True, delete_permanently=True)
	frappe.db.commit()


def test_drawn_at_once_by_several(plan):
	sites = Path(os.environ["AFTERSALES_BENCH"]) / "sites"
	moment = str(time.time() + 6)
	processes = [
		subprocess.Popen(
			[sys.executable, "-c", DRAW, frappe.local.site, plan, *PERIOD, moment],
			cwd=sites,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
		)
		for _number in range(PROCESSES)
	]
	ends = [(process.communicate(timeout=120), process.returncode) for process in processes]
	assert [code for _output, code in ends] == [0] * PROCESSES, ends
	made = sorted(output.split("made ")[1].strip() for (output, _error), _code in ends)
	assert made == ["6"] + ["None"] * (PROCESSES - 1)
	frappe.db.rollback()  # see what the others committed
	assert frappe.db.count("Check Draw", {"plan": plan}) == 1
	assert frappe.db.count("Check Record", {"plan": plan}) == 6
	found = verify_draw(frappe.db.get_value("Check Draw", {"plan": plan}))
	assert found["intact"] and found["repeated"] and not found["without_record"]
	assert make_draw(plan, *PERIOD) is None
