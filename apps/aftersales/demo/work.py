"""Demo data of work: who reports to whom, groups, shifts, assignments, records, opportunities, register, notes."""

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, today

from aftersales.aftersales.work.patterns import WEEKDAYS
from aftersales.demo.base import read
from aftersales.setup.records import ensure


def load() -> None:
	"""Make the demo data of work that is missing; see aftersales.demo.load."""
	data = read("work")
	for row in data["staff"]:
		ensure({"doctype": "Service Staff", "trained_on": "2024-01-15", "max_open_tasks": 30, **row})
	for row in data["groups"]:
		ensure({"doctype": "Agent Group", **row, "members": users(row["members"])})
	make_once("Shift", "shift_name", data["shifts"], shift)
	make_once("Work Assignment", "subject", data["assignments"], assignment)
	make_once("Work Record", "work_done", data["records"], record)
	make_once("Sales Opportunity", "opportunity_title", data["opportunities"], opportunity)
	make_once("Service Ticket", "question", data["register"], register_line)
	for row in data["notes"]:
		if not frappe.db.exists("Note", {"title": row["title"]}):
			frappe.get_doc(doctype="Note", public=1, **row).insert(ignore_permissions=True)
	make_once("System Notice", "notice_title", data["notices"], notice)


def make_once(doctype: str, field: str, rows: list[dict], values_of) -> None:
	"""Insert rows whose `field` no document has yet, then write what a new document cannot start with.

	:param values_of: returns a row's values, and those that are written straight to the table afterwards: a document
	        starts in the first state of its workflow.
	"""
	for row in rows:
		values, later = values_of(dict(row))
		if frappe.db.exists(doctype, {field: values[field]}):
			continue
		doc = frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
		if later:
			frappe.db.set_value(doctype, doc.name, later, update_modified=False)


def users(names: list[str]) -> list[dict]:
	"""Return rows of a table of members."""
	return [{"user": name} for name in names]


def shift(row: dict) -> tuple[dict, dict]:
	"""A shift on workdays, or on Saturday and Sunday, from the beginning of last month."""
	weekend = row.pop("weekend", False)
	days = {day: int((number >= 5) == weekend) for number, day in enumerate(WEEKDAYS)}
	first = add_days(today(), -30)
	return {**row, **days, "from_date": first, "members": users(row["members"])}, {}


def assignment(row: dict) -> tuple[dict, dict]:
	"""An assignment with its state and progress."""
	later = {key: row.pop(key) for key in ("status", "stage", "progress")}
	due = add_to_date(
		now_datetime().replace(hour=17, minute=0, second=0, microsecond=0), days=row.pop("due_days")
	)
	if later["stage"] in ("Done", "Closed"):
		later |= {"due_on": due, "done_on": add_to_date(due, hours=-3)}
	else:
		row["due_on"] = due
	return row, later


def record(row: dict) -> tuple[dict, dict]:
	"""A work record about one of the tickets, the same one on every site."""
	day = add_days(today(), -row.pop("days"))
	ticket = frappe.get_all(
		"Service Ticket",
		filters={"creation_date": ("<=", day), "customer": ("is", "set")},
		order_by="creation_date desc, name desc",
		limit=1,
		pluck="name",
	)
	reference = {"reference_doctype": "Service Ticket", "reference_name": ticket[0]} if ticket else {}
	return {**row, **reference, "work_date": day}, {}


def opportunity(row: dict) -> tuple[dict, dict]:
	"""An opportunity with its state."""
	later = {key: row.pop(key) for key in ("status", "stage")}
	if days := row.pop("next_days", None):
		row["next_date"] = add_days(today(), days)
	return {**row, "customer": customer(row["customer"]), "salesperson": "sales@aftersales.example"}, later


def register_line(row: dict) -> tuple[dict, dict]:
	"""A ticket as the register's quick entry makes it."""
	return {
		"naming_series": "RE.YY.MM.#",
		"record_type": "Repair",
		"product": row["code"],
		"question": row["symptom"],
		"handling": row["measure"],
		"customer": customer(row["customer"]),
		"person_in_charge": "agent.zh@aftersales.example",
	}, {}


def notice(row: dict) -> tuple[dict, dict]:
	"""A notice that is still to come."""
	now = now_datetime().replace(second=0, microsecond=0)
	start, end = row.pop("from_days"), row.pop("until_days")
	return {**row, "show_from": add_to_date(now, days=start), "show_until": add_to_date(now, days=end)}, {}


def customer(number: int) -> str:
	"""Return a demo customer by their place in the file."""
	phone = read("customers")[number]["phone"]
	return frappe.db.get_value("Service Customer", {"phone": phone})
