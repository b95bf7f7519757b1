"""Demo checks: plans in both languages, drawn for their last period, with check forms in all states."""

import random

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import getdate, today

from aftersales.aftersales.checks import last_period, make_draw
from aftersales.demo.base import read

CHECKER = "leader@aftersales.example"
DEPUTY = "auditor@aftersales.example"
MANAGER = "manager@aftersales.example"
OBJECTIONS = {
	True: "客户当时要求改期，记录里有说明，请再核对。",
	False: "The customer asked for another date; please see the handling log.",
}
REMARKS = {True: "缺少说明，请补充。", False: "Not written down; please add it."}
NOTES = {
	True: "已与责任人沟通，下月复查。",
	False: "Discussed with the agent, to be looked at again next month.",
}
CONCLUSIONS = {True: "总体良好。", False: "Good on the whole."}


def load() -> None:
	"""Make the demo plans and draw their last period, unless the site has them; see aftersales.demo.load."""
	if not frappe.db.exists("User", CHECKER):
		return
	chance = random.Random(20263)
	for row in read("check_plans"):
		if frappe.db.exists("Check Plan", {"title": row["title"]}):
			continue
		plan = frappe.get_doc(
			{
				"doctype": "Check Plan",
				"reference_doctype": "Service Ticket",
				"date_field": "creation_date",
				"draw_automatically": 1,
				"checker": CHECKER,
				"deputy": DEPUTY,
				"seed": "demo",
				**row,
			}
		).insert(ignore_permissions=True)
		make_draw(plan.name, *last_period(plan.frequency, getdate(today())))
		fill(chance, plan.name, not row["title"].isascii())


def fill(chance: random.Random, plan: str, zh: bool) -> None:
	"""Take the check forms of a plan through their work: some stay open, most are checked, one is objected to, one audited."""
	names = frappe.get_all("Check Record", filters={"plan": plan}, order_by="name", pluck="name")
	for number, name in enumerate(names):
		if number % 4 == 3:
			continue
		try:
			check(chance, name, zh)
			if number == 1:
				object_to(name, zh)
			if number == 0:
				act(MANAGER, name, "Audit")
		finally:
			frappe.set_user("Administrator")


def check(chance: random.Random, name: str, zh: bool) -> None:
	"""Fill in a check form as its checker."""
	doc = frappe.get_doc("Check Record", name)
	frappe.set_user(doc.checker)
	doc.information_right = "Yes" if chance.random() < 0.95 else "No"
	doc.originals_complete = chance.choice(("Yes", "Yes", "Not applicable"))
	for row in doc.findings:
		row.finding = chance.choice(("OK", "OK", "OK", "OK", "OK", "Not OK", "Not applicable"))
		row.remark = REMARKS[zh] if row.finding == "Not OK" else None
	doc.conclusion = CONCLUSIONS[zh]
	if chance.random() < 0.4:
		doc.append("notes", {"note": NOTES[zh]})
	doc.save()
	act(doc.checker, name, "Complete Check")


def object_to(name: str, zh: bool) -> None:
	"""Let the person in charge object."""
	person = frappe.db.get_value("Check Record", name, "checked_person")
	frappe.set_user(person)
	frappe.get_doc("Check Record", name).update({"objection": OBJECTIONS[zh]}).save()
	act(person, name, "Object")


def act(user: str, name: str, action: str) -> None:
	"""Apply an action as a user."""
	frappe.set_user(user)
	apply_workflow(frappe.get_doc("Check Record", name), action)
