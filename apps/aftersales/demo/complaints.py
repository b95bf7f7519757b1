"""Demo complaints and suggestions in all states: each takes its real steps, then its times are set back."""

from datetime import timedelta

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import get_datetime, now_datetime

from aftersales.aftersales import complaints
from aftersales.demo.base import read
from aftersales.demo.tickets import AGENTS, customers_by_language
from aftersales.setup.records import ensure

DOCTYPE = "Customer Complaint"
HANDLER = "handler@aftersales.example"
MANAGER = "manager@aftersales.example"
AUDITOR = "auditor@aftersales.example"
HEADS = {
	"Quality Inspection": "head.quality@aftersales.example",
	"Warehousing and Distribution": "head.logistics@aftersales.example",
	"Sales": "head.logistics@aftersales.example",
}
# How far each state is along the way; Not Upheld leaves it after the review.
WAY = (
	"Registered",
	"In Review",
	"In Handling",
	"Handled",
	"Feedback Given",
	"Closed",
	"Audited",
)
TIMES = ("creation", "modified", "received_on", "handled_on", "feedback_on", "closed_on")
ROW_TIMES = ("received_at", "decided_at")


def load() -> None:
	"""Make the demo complaints, unless the site has them; see aftersales.demo.load."""
	make_heads()
	cases = read("complaint_cases")
	if frappe.db.exists(DOCTYPE, {"reason": cases[0]["reason"]}):
		return
	customers = {zh: customers_by_language(zh) for zh in (True, False)}
	user, muted = frappe.session.user, frappe.flags.mute_emails
	frappe.flags.mute_emails = True
	try:
		for number, case in enumerate(cases):
			of_language = customers[case["zh"]]
			make_complaint(case, of_language[number % len(of_language)])
	finally:
		frappe.set_user(user)
		frappe.flags.mute_emails = muted


def make_heads() -> None:
	"""Give the departments of the routes a head, where they have none."""
	for department, head in HEADS.items():
		ensure({"doctype": "Service Department", "department_name": department})
		if not frappe.db.get_value("Service Department", department, "head"):
			doc = frappe.get_doc("Service Department", department)
			doc.head = head
			doc.save(ignore_permissions=True)


def make_complaint(case: dict, customer: str) -> Document:
	"""Insert one complaint, take it to its state and set it back in time.

	:param case: row of complaint_cases.json.
	:param customer: name of the Service Customer.
	"""
	agent = AGENTS[case["zh"]]
	frappe.set_user(agent)
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"complaint_type": case["type"],
			"customer": customer,
			"product": case["product"],
			"reason": case["reason"],
			"customer_request": case.get("request"),
			"channel": case.get("channel", "Phone"),
			# Nothing is sent from the demo by itself.
			"preferred_channel": "Phone",
		}
	).insert()
	if case["type"] == "Praise" or (doc.kind == "Suggestion" and case["state"] == "Closed"):
		apply_workflow(doc, "Close")
	else:
		take_steps(doc.name, case, agent)
	set_back(doc.name, case)
	return doc


def take_steps(name: str, case: dict, agent: str) -> None:
	"""Take the complaint to its state, each step as who is meant to take it."""
	if case["state"] == "Not Upheld":
		step(name, agent, "Send to Department")
		step(name, head_of(name), "Do Not Uphold", opinion=case["opinion"])
		return
	target = WAY.index(case["state"])
	if target >= 1:
		step(name, agent, "Send to Department")
	if target >= 2:
		uphold(name, case)
	if target >= 3:
		step(
			name,
			HANDLER,
			"Finish Handling",
			result=case["result"],
			root_cause=case.get("cause"),
			corrective_action=case.get("action"),
			compensation=case.get("compensation"),
			compensation_amount=case.get("amount", 0),
		)
	if target >= 4:
		step(name, agent, "Give Feedback", feedback_channel="Phone", feedback_note=case["told"])
	if target >= 5:
		step(name, agent, "Close", satisfaction=case["satisfaction"])
	if target >= 6:
		step(name, AUDITOR, "Audit")


def uphold(name: str, case: dict) -> None:
	"""Let the departments of the route review one after the other."""
	while following := frappe.db.get_value(DOCTYPE, name, "next_department"):
		frappe.set_user(head_of(name))
		complaints.pass_on(name, following, case["opinion"])
	step(name, head_of(name), "Uphold", handler=HANDLER, opinion=case["opinion"])


def head_of(name: str) -> str:
	"""Return the head of the department that has the complaint."""
	return frappe.db.get_value(DOCTYPE, name, "reviewer")


def step(name: str, user: str, action: str, **values) -> None:
	"""Take one step as a user."""
	frappe.set_user(user)
	complaints.act(name, action, values)


def set_back(name: str, case: dict) -> None:
	"""Move the complaint's times into the past, straight in the table: documents always start now."""
	doc = frappe.get_doc(DOCTYPE, name)
	delta = timedelta(days=case["days"], hours=2)
	values = {field: get_datetime(doc.get(field)) - delta for field in TIMES if doc.get(field)}
	if doc.handled_on:
		hours = case.get("hours", 6)
		values["handled_on"] = min(values["received_on"] + timedelta(hours=hours), now_datetime())
		values.update({"hours_taken": hours, "handled_late": int(bool(case.get("late")))})
		for later, field in enumerate(("feedback_on", "closed_on"), start=1):
			if field in values:
				values[field] = min(values["handled_on"] + timedelta(hours=later), now_datetime())
	if case.get("level"):
		values.update({"level": case["level"], "escalated_to": MANAGER})
	if case.get("late") and doc.due_at:
		values["due_at"] = now_datetime() - timedelta(hours=5)
		frappe.db.set_value(
			"Service Deadline",
			{"reference_doctype": DOCTYPE, "reference_name": name, "state": "Running"},
			{"due_at": values["due_at"], "next_event_at": values["due_at"]},
		)
	frappe.db.set_value(DOCTYPE, name, values, update_modified=False)
	for row in doc.reviews:
		times = {field: get_datetime(row.get(field)) - delta for field in ROW_TIMES if row.get(field)}
		frappe.db.set_value("Complaint Review", row.name, times, update_modified=False)
