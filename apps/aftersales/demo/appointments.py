"""Demo appointments: three plans, and four weeks of appointments in all states around today."""

import random
from datetime import date, timedelta

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import getdate, today

from aftersales.demo.base import customer_called, read
from aftersales.field_service import appointments
from aftersales.field_service.appointment_windows import free_windows, windows_between
from aftersales.setup.records import ensure

DOCTYPE = "Service Appointment"
PLAN = "Appointment Plan"
PLANNED_FOR = "technician@aftersales.example"
CHANNELS = ("Desk", "Telephone", "Portal", "Message")
# Days from today -> what becomes of an appointment of that day.
PAST = {-12: "Done", -9: "Done", -7: "No Show", -5: "Done", -2: "Done", -1: "Cancelled"}
AHEAD = (1, 1, 2, 2, 3, 4, 6, 8, 9, 13)
STEPS = {"Done": ("Confirm", "Finish"), "No Show": ("Confirm", "Did Not Come")}


def load() -> None:
	"""Make the demo appointments, unless the site has some; see aftersales.demo.load."""
	if frappe.db.exists(DOCTYPE, {"docstatus": 0}):
		return
	data, chance = read("appointments"), random.Random(20265)
	for row in data["plans"]:
		ensure({"doctype": PLAN, **row})
	plans = [frappe.get_doc(PLAN, row["plan_name"]) for row in data["plans"]]
	people = ["张三", "Emily Clarke", "李四", "王五", "James Carter", "孙琳"]
	for number, (days, outcome) in enumerate(PAST.items()):
		plan = plans[number % 2]
		doc = make(chance, plan, day_with_window(plan, days), people[number % len(people)], data)
		finish(doc, outcome, data)
	for number, days in enumerate(AHEAD):
		plan = plans[number % len(plans)]
		doc = make(chance, plan, day_with_window(plan, days), people[number % len(people)], data)
		if number % 3 == 1:
			apply_workflow(doc, "Confirm")
		elif number == 3:
			move(doc, plan, data["moves"][0])


def day_with_window(plan: Document, days: int) -> date:
	"""Return the day so many days from today, or the first one after it on which the plan has windows."""
	day = getdate(today()) + timedelta(days=days)
	return windows_between(plan, day, day + timedelta(days=7))[0].day


def make(chance: random.Random, plan: Document, day: date, name: str, data: dict) -> Document:
	"""Make an appointment in one of the windows of a day."""
	window = chance.choice(windows_between(plan, day, day))
	return frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"plan": plan.name,
			"appointment_kind": plan.appointment_kind,
			"appointment_date": day,
			"from_time": timedelta(seconds=window.start),
			"purpose": chance.choice(data["said"][plan.appointment_kind]),
			"customer": customer_called(name),
			"channel": chance.choice(CHANNELS),
			"planned_for": PLANNED_FOR if plan.appointment_kind == "On-site Visit" else None,
		}
	).insert(ignore_permissions=True)


def finish(doc: Document, outcome: str, data: dict) -> None:
	"""Bring an appointment of the past to its end."""
	if outcome == "Cancelled":
		appointments.cancel(doc.name, data["reasons"][0])
		return
	for action in STEPS[outcome]:
		doc = apply_workflow(doc, action)


def move(doc: Document, plan: Document, reason: str) -> None:
	"""Move an appointment to the next free window after its day."""
	first = getdate(doc.appointment_date) + timedelta(days=1)
	window = next(window for window in free_windows(plan, first, first + timedelta(days=9)) if window.free)
	appointments.move(doc.name, str(window.day), str(timedelta(seconds=window.start)), reason=reason)
