"""Several people at once, in processes of their own: one bay, one clock, one action of a phone."""

import json

import frappe
import pytest

from aftersales.testing import factories, field
from aftersales.testing.parts import make_spare_part
from tests.test_work_in_parallel import at_once, remove

MARK = "parallel workshop"
USER = "parallel-technician@test.example"
# Each process begins with another order, and tries them all.
PLACE = """
import os
from aftersales.field_service.workshop_board import place
frappe.set_user("Administrator")
bay, *orders = sys.argv[1:]
first = os.getpid() % len(orders)
for order in orders[first:] + orders[:first]:
	try:
		place(order, bay)
		frappe.db.commit()
		print("placed", order)
	except Exception as error:
		frappe.db.rollback()
		print(type(error).__name__)
"""
START = """
from aftersales.field_service.workshop_board import start_work
frappe.set_user("Administrator")
technician, *orders = sys.argv[1:]
for order in orders:
	try:
		start_work(order, technician)
		frappe.db.commit()
		print("started")
	except Exception as error:
		frappe.db.rollback()
		print(type(error).__name__)
"""
ACT = """
from aftersales.field_service.phone_actions import act
user, order, key, part = sys.argv[1:]
frappe.set_user(user)
done = act(key, order, "part-added", None, frappe.as_json({"spare_part": part, "qty": 1}))
frappe.db.commit()
print(done["repeated"])
"""


@pytest.fixture
def committed():
	"""What other processes shall see has to be committed; here it is taken away again."""
	made: list = []
	yield made
	frappe.db.rollback()
	frappe.set_user("Administrator")
	orders = frappe.get_all("Service Order", {"customer_name": MARK}, pluck="name")
	for doctype in ("Job Time", "Technician Action"):
		remove(doctype, {"service_order": ("in", orders or [""])})
	remove("Service Order", {"name": ("in", orders or [""])})
	# Without the events of User, see `insert_plain_user`.
	frappe.db.delete("Has Role", {"parent": USER})
	frappe.db.delete("User", {"name": USER})
	for doc in reversed(made):
		frappe.delete_doc(doc.doctype, doc.name, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.db.commit()


def orders_of_workshop(number: int) -> list[str]:
	return [field.make_workshop_order("Receive", customer_name=MARK).name for _number in range(number)]


def test_one_order_gets_into_the_bay(committed):
	committed.append(bay := field.make_service_bay())
	orders = orders_of_workshop(3)
	frappe.db.commit()
	lines = at_once(PLACE, 3, bay.name, *orders)
	frappe.db.rollback()
	inside = frappe.get_all("Service Order", {"bay": bay.name}, pluck="name")
	assert len(inside) == 1
	assert {line for line in lines if line.startswith("placed")} == {f"placed {inside[0]}"}
	assert set(lines) == {f"placed {inside[0]}", "BayTakenError"}


def test_one_clock_runs_for_a_technician(committed):
	committed.append(technician := field.make_technician())
	orders = orders_of_workshop(2)
	frappe.db.commit()
	lines = at_once(START, 3, technician.name, *orders)
	frappe.db.rollback()
	assert sorted(lines) == ["AtWorkError"] * 5 + ["started"]
	assert frappe.db.count("Job Time", {"technician": technician.name}) == 1


def test_an_action_that_is_posted_twice_at_once_happens_once(committed):
	user = factories.insert_plain_user(USER, "Service Technician")
	committed.append(factories.make_staff(user.name))
	committed.append(technician := field.make_technician(user.name))
	committed.append(part := make_spare_part())
	order = field.make_service_order(customer_name=MARK, technician=technician.name)
	frappe.db.commit()
	lines = at_once(ACT, 3, user.name, order.name, frappe.generate_hash(length=32), part.name)
	frappe.db.rollback()
	assert sorted(lines) == ["False", "True", "True"], json.dumps(lines)
	assert frappe.db.count("Service Order Part", {"parent": order.name}) == 1
