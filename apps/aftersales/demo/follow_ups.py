"""Demo follow-ups and surveys: a month of calls in both languages, plans, answers on the telephone and through links."""

import random
from datetime import timedelta

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, now_datetime, nowdate

from aftersales.aftersales import surveys
from aftersales.demo.base import read
from aftersales.demo.tickets import AGENTS
from aftersales.setup.records import ensure

DOCTYPE = "Follow-up"
TEMPLATE = "Service Satisfaction"
COMPLAINT_TYPE = "Late Service"
ENGINEER = "technician@aftersales.example"
RESULTS = ("Very Satisfied", "Satisfied", "Satisfied", "Satisfied", "Neutral", "Dissatisfied")
PAST, AHEAD = 18, 10


def load() -> None:
	"""Make the demo follow-ups, unless the site has some; see aftersales.demo.load."""
	if frappe.db.exists(DOCTYPE, {"docstatus": 0}):
		return
	data, chance = read("follow_ups"), random.Random(20263)
	complain_of_low_scores()
	make_plans(data["plans"])
	tickets = completed_tickets()
	chance.shuffle(tickets)
	for number, ticket in enumerate(tickets[:PAST]):
		make_past(chance, data["said"], ticket, days_ago=number % 30)
	for number, ticket in enumerate(tickets[PAST : PAST + AHEAD]):
		planned(ticket, add_days(nowdate(), number % 6 - 2), data)
	make_awaiting_feedback(tickets[PAST + AHEAD :], data)
	make_link_answers(chance, data["said"], tickets[-8:])


def complain_of_low_scores() -> None:
	"""Let a low score open a complaint, as an administrator would set it."""
	template = frappe.get_doc("Survey Template", TEMPLATE)
	if not template.complaint_type and frappe.db.exists("Complaint Type", COMPLAINT_TYPE):
		template.complaint_type = COMPLAINT_TYPE
		template.save(ignore_permissions=True)


def make_plans(rows: list[dict]) -> None:
	"""Make the demo plans; they start today, so that the scheduler does not follow up a whole year."""
	for row in rows:
		assignees = [{"user": user} for user in AGENTS.values()]
		ensure({"doctype": "Follow-up Plan", "start_date": nowdate(), "assignees": assignees, **row})


def completed_tickets() -> list[frappe._dict]:
	"""Return tickets with a customer that can be followed up, in a fixed order."""
	return frappe.get_all(
		"Service Ticket",
		filters={"completed": 1, "customer": ("is", "set"), "status": ("!=", "Audited")},
		fields=["name", "customer", "customer_name"],
		order_by="name desc",
	)


def is_chinese(ticket: frappe._dict) -> bool:
	"""Whether the customer writes Chinese."""
	return not (ticket.customer_name or "").isascii()


def planned(ticket: frappe._dict, due_date: str, data: dict) -> Document:
	"""Make an open follow-up of a ticket."""
	zh = is_chinese(ticket)
	return frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"customer": ticket.customer,
			"source_doctype": "Service Ticket",
			"source_name": ticket.name,
			"due_date": due_date,
			"planned_for": AGENTS[zh],
			"reason": data["reason"]["zh" if zh else "en"],
			"mode": "Telephone",
			"purpose": "After-sales Follow-up",
			"survey_template": TEMPLATE,
		}
	).insert(ignore_permissions=True)


def make_past(chance: random.Random, said: list[dict], ticket: frappe._dict, days_ago: int) -> None:
	"""Make a follow-up that was handled some days ago, with its survey."""
	zh = is_chinese(ticket)
	words = chance.choice([row for row in said if row["zh"] == zh])
	at = now_datetime() - timedelta(days=days_ago, hours=chance.randint(0, 5), minutes=5)
	satisfied = chance.choice(RESULTS)
	doc = planned(ticket, at.date(), {"reason": {"zh": words["reason"], "en": words["reason"]}})
	doc.update(
		{
			"satisfied": satisfied,
			"result": words["result"],
			"opinion": words["opinion"],
			"customer_real": "Yes",
		}
	)
	doc.survey_answers = frappe.as_json(answers(chance, satisfied, words["result"]))
	if "Dissatisfied" in satisfied:
		doc.dissatisfaction_handling = words["handling"]
	doc.flags.ignore_permissions = True
	doc.save()
	doc = apply_workflow(doc, "Handle")
	back = {"followed_up_on": at, "followed_up_by": AGENTS[zh], "creation": at, "modified": at}
	frappe.db.set_value(DOCTYPE, doc.name, back, update_modified=False)
	taken = {"answered_on": at, "taken_by": AGENTS[zh], "creation": at}
	frappe.db.set_value("Survey Response", doc.survey_response, taken, update_modified=False)


def answers(chance: random.Random, satisfied: str, text: str) -> dict:
	"""Return answers to the demo survey that fit a satisfaction."""
	score = {"Very Satisfied": 5, "Satisfied": 4, "Neutral": 3}.get(satisfied, 1)
	questions = frappe.get_cached_doc("Survey Template", TEMPLATE).questions
	values = {
		"Score": lambda: str(min(5, max(1, score + chance.choice((0, 0, 0, 1, -1)))) if score > 2 else score),
		"Choice": lambda: {5: "Yes", 4: "Yes", 3: "Partly"}.get(score, "No"),
		"NPS": lambda: str(min(10, score * 2 + chance.choice((0, 0, 1)))),
		"Text": lambda: text,
	}
	return {row.name: values[row.kind]() for row in questions}


def make_awaiting_feedback(tickets: list[frappe._dict], data: dict) -> None:
	"""Make two follow-ups on which the engineer's word is awaited."""
	for ticket in tickets[:2]:
		doc = planned(ticket, nowdate(), data)
		doc.update(
			{"feedback_person": ENGINEER, "result": data["asks"]["zh" if is_chinese(ticket) else "en"]}
		)
		doc.survey_declined = 1
		doc.flags.ignore_permissions = True
		doc.save()
		apply_workflow(doc, "Complete Call")


def make_link_answers(chance: random.Random, said: list[dict], tickets: list[frappe._dict]) -> None:
	"""Let some customers answer through their links."""
	for days, ticket in enumerate(tickets):
		words = chance.choice([row for row in said if row["zh"] == is_chinese(ticket)])
		url = surveys.new_link(TEMPLATE, "Service Ticket", ticket.name, ticket.customer)
		response = surveys.answer_link(
			url.split("t=")[1], answers(chance, chance.choice(RESULTS), words["result"])
		)
		at = now_datetime() - timedelta(days=days * 3, hours=2)
		frappe.db.set_value(
			"Survey Response", response.name, {"answered_on": at, "creation": at}, update_modified=False
		)
