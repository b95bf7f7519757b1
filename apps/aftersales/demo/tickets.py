"""Demo tickets: a year of work in both languages, in all states, the same on every site but for the dates."""

import random
from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.model.naming import NamingSeries
from frappe.utils import get_datetime, now_datetime

from aftersales.demo.base import read
from aftersales.demo.faqs import draw

DOCTYPE = "Service Ticket"
SERIES = "ST-.YY.-.######"
COUNT = 150
RECENT = 60  # of them in the last 30 days
AGENTS = {True: "agent.zh@aftersales.example", False: "agent@aftersales.example"}
CHANNELS = ("Phone", "Phone", "Phone", "E-mail", "Web", "Chat", "Message")
URGENCIES = ("Normal", "Normal", "Normal", "Low", "High", "Critical")
SATISFACTION = ("Very Satisfied", "Satisfied", "Satisfied", "Neutral", "Dissatisfied")
# Age in days up to which these states are found, the likely ones more often
STATES_BY_AGE = (
	(1, ("New", "New", "In Progress")),
	(7, ("New", "In Progress", "In Progress", "Waiting for Customer", "Resolved")),
	(21, ("In Progress", "Waiting for Customer", "Resolved", "Closed", "Closed")),
	(60, ("Waiting for Customer", "Resolved", "Closed", "Closed", "Closed", "Audited")),
	(400, ("Closed", "Closed", "Audited")),
)
COMPLETED = ("Resolved", "Closed", "Audited")
# The caller of the demo line
KNOWN_CALLER = "13812345678"


def load() -> None:
	"""Make the demo tickets, unless the site has them; see aftersales.demo.load."""
	caller = frappe.db.get_value("Service Customer", {"phone": KNOWN_CALLER})
	if not caller or frappe.db.exists(DOCTYPE, {"customer": caller, "product": "A4001"}):
		return
	chance = random.Random(20260)
	cases = read("ticket_cases")
	customers = {zh: customers_by_language(zh) for zh in (True, False)}
	for number, created in enumerate(creation_times(chance), start=1):
		case = chance.choice(cases)
		make_ticket(chance, case, chance.choice(customers[case["zh"]]), created, number)
	make_tickets_of_known_caller(chance, cases, caller)
	NamingSeries(SERIES).update_counter(COUNT + 4)


def customers_by_language(zh: bool) -> list[str]:
	"""Return the demo customers who write Chinese, or the others, in a fixed order."""
	rows = read("customers")
	phones = [
		row["phone"] for row in rows if row["customer_name"].isascii() != zh and row["phone"] != KNOWN_CALLER
	]
	return frappe.get_all(
		"Service Customer", filters={"phone": ("in", phones)}, order_by="name", pluck="name"
	)


def creation_times(chance: random.Random) -> list[datetime]:
	"""Return times within working hours, oldest first, more of them lately."""
	days = [chance.randint(0, 29) for _ in range(RECENT)]
	days += [chance.randint(30, 364) for _ in range(COUNT - RECENT)]
	return sorted(time_of_day(chance, day) for day in days)


def time_of_day(chance: random.Random, days_ago: int) -> datetime:
	"""Return a time of that day between half past eight and six, never in the future."""
	day = now_datetime().replace(hour=8, minute=30, second=0, microsecond=0) - timedelta(days=days_ago)
	return min(day + timedelta(minutes=chance.randint(0, 570)), now_datetime() - timedelta(minutes=5))


def make_tickets_of_known_caller(chance: random.Random, cases: list[dict], caller: str) -> None:
	"""Give the customer who calls in the demo an open repair and some history."""
	open_case = cases[0]
	past = [case for case in cases if case["for"][0] in ("R104A", "R401A", "R103A") and case["zh"]]
	for offset, (case, days_ago) in enumerate(zip(past, (210, 96, 41), strict=True), start=1):
		make_ticket(chance, case, caller, time_of_day(chance, days_ago), COUNT + offset)
	created = min(time_of_day(chance, 2), now_datetime() - timedelta(hours=30))
	make_ticket(
		chance,
		open_case,
		caller,
		created,
		COUNT + 4,
		product="A4001",
		urgency="High",
		channel="Phone",
		status="In Progress",
	)


def make_ticket(
	chance: random.Random, case: dict, customer: str, created: datetime, number: int, **fixed: str
) -> Document:
	"""Insert one ticket and set it back to its time and state.

	:param case: row of ticket_cases.json.
	:param created: time at which it was taken.
	:param number: running number, from 1.
	:param fixed: values that are not left to chance; `status` among them.
	"""
	status = fixed.pop("status", None) or chance.choice(states_at(created))
	agent = AGENTS[case["zh"]]
	values = {
		"doctype": DOCTYPE,
		"own_number": f"ST-{created:%y}-{number:06d}",
		"record_type": case["type"],
		"customer": customer,
		"product": chance.choice(case["for"]),
		"channel": chance.choice(CHANNELS),
		"urgency": chance.choice(URGENCIES),
		"lot_no": f"L{created:%y%m}{chance.randint(10, 99)}" if case["type"] == "Complaint" else None,
		"question": case["question"],
		"person_in_charge": agent,
		"creation_date": created.date(),
		"acceptance_date": created.date(),
		**fixed,
	}
	if status != "New":
		values["handling"] = case["handling"]
		values["handling_log"] = handling_log(chance, case, created, agent)
	if case.get("picture") and (fixed or chance.random() < 0.4):
		values["pictures"] = [{"image": upload(case["picture"]), "caption": caption(case)}]
	ticket = frappe.get_doc(values).insert(ignore_permissions=True)
	set_back(chance, ticket, status, created, agent)
	return ticket


def states_at(created: datetime) -> tuple[str, ...]:
	"""Return the states that a ticket of that age is likely to be in."""
	age = (now_datetime() - created).days
	return next(states for days, states in STATES_BY_AGE if age <= days)


def handling_log(chance: random.Random, case: dict, created: datetime, agent: str) -> list[dict]:
	"""Return the entries with times after the creation and before now."""
	entries, at = [], created
	for text in case["log"]:
		at = min(at + timedelta(minutes=chance.randint(10, 1500)), now_datetime())
		entries.append({"entry": text, "entry_time": at, "user": agent})
	return entries


def upload(kind: str) -> str:
	"""Upload a drawn picture, as the form does before the first save, and return its address."""
	file = frappe.get_doc(doctype="File", file_name=f"{kind}.png", content=draw(kind), is_private=1)
	return file.insert(ignore_permissions=True).file_url


def caption(case: dict) -> str:
	"""Return what stands below the picture."""
	return "客户发来的照片" if case["zh"] else "Photo from the customer"


def set_back(chance: random.Random, ticket: Document, status: str, created: datetime, agent: str) -> None:
	"""Write the time and the state of a past ticket straight to the table.

	Documents always start now and in the first state, and five saves for each ticket would make the demo slow.
	"""
	last = max([created, *(get_datetime(row.entry_time) for row in ticket.handling_log)])
	values = {
		"creation": created,
		"modified": last,
		"owner": agent,
		"modified_by": agent,
		"modification_date": last.date(),
		"status": status,
	}
	if status in COMPLETED:
		completed = min(last + timedelta(hours=chance.randint(1, 60)), now_datetime())
		values.update(
			{
				"completed": 1,
				"completion_date": completed.date(),
				"modified": completed,
				"modification_date": completed.date(),
				"satisfaction": chance.choice(SATISFACTION),
			}
		)
	frappe.db.set_value(DOCTYPE, ticket.name, values, update_modified=False)
