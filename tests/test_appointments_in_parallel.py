"""Several people take the last places of a window at once, in processes of their own; each place goes to one (S4.07)."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import getdate, today

from aftersales.testing.appointments import make_appointment_plan
from tests.test_work_in_parallel import at_once, remove

TRY = """
from aftersales.field_service import appointments
frappe.set_user("Administrator")
plan, day = sys.argv[1:3]

def make():
	frappe.get_doc(doctype="Service Appointment", plan=plan, purpose="parallel", customer_name="parallel appointment",
		appointment_date=day, from_time="14:00:00", to_time="16:00:00").insert()

def attempt(take):
	try:
		take()
		frappe.db.commit()
		print("taken")
	except frappe.ValidationError as error:
		frappe.db.rollback()
		print(type(error).__name__)
"""
TAKE = (
	TRY
	+ """
for number in range(3):
	attempt(make)
"""
)
# Each process moves all, so that they meet on the same appointments too; one that another process moved stays where it is.
MOVE_AND_TAKE = (
	TRY
	+ """
names = frappe.get_all("Service Appointment", {"plan": plan, "from_time": "09:00:00"}, pluck="name", order_by="name")
frappe.db.commit()
for name in names:
	attempt(make)
	attempt(lambda: appointments.move(name, day, "14:00:00"))
"""
)


@pytest.fixture
def plan():
	"""A plan with four places in the afternoon, which other processes see."""
	windows = [
		{"weekday": "Every Day", "from_time": "09:00", "to_time": "11:00", "places": 9},
		{"weekday": "Every Day", "from_time": "14:00", "to_time": "16:00", "places": 4},
	]
	made = make_appointment_plan(plan_name="parallel appointments", windows=windows)
	frappe.db.commit()
	yield made
	frappe.db.rollback()
	frappe.set_user("Administrator")
	remove("Service Appointment", {"plan": made.name})
	remove("Appointment Plan", {"name": made.name})
	frappe.db.commit()


def held(plan, day) -> int:
	frappe.db.rollback()
	filters = {"plan": plan.name, "appointment_date": day, "from_time": "14:00:00"}
	return frappe.db.count("Service Appointment", filters)


def test_the_last_places_go_to_as_many_people(plan):
	day = getdate(today()) + timedelta(days=5)
	lines = at_once(TAKE, 3, plan.name, str(day), "make")
	assert sorted(lines) == ["WindowFullError"] * 5 + ["taken"] * 4
	assert held(plan, day) == 4


def test_also_when_some_move_and_others_make(plan):
	day = getdate(today()) + timedelta(days=5)
	for _number in range(3):
		frappe.get_doc(
			doctype="Service Appointment",
			plan=plan.name,
			purpose="parallel",
			customer_name="parallel appointment",
			appointment_date=day,
			from_time="09:00:00",
			to_time="11:00:00",
		).insert()
	frappe.db.commit()
	lines = at_once(MOVE_AND_TAKE, 3, plan.name, str(day))
	assert lines.count("taken") == 4
	assert set(lines) <= {"taken", "WindowFullError", "MoveNotPossibleError"}
	assert held(plan, day) == 4
