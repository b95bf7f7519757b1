"""Demo of the service network: qualifications, accounts, applications, an exam with marks, last month's assessments."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_months, get_first_day, getdate, now_datetime, today

from aftersales.demo.base import read
from aftersales.service_network import assessments
from aftersales.setup.records import ensure

OUTLET, ACCOUNT, SETTING = "Service Outlet", "Outlet Bank Account", "Monthly Assessment"
BRANCH = "branch@aftersales.example"
EXAMINEES = {"outlet@aftersales.example": 85.7, "centre@aftersales.example": 57.1}


def load() -> None:
	"""Make the demo data of the network that is missing; see aftersales.demo.load."""
	data = read("network")
	for row in data["qualification_types"]:
		ensure({"doctype": "Qualification Type", **row})
	for outlet, papers in data["qualifications"].items():
		complete_outlet(outlet, papers)
		enter_account(outlet, *data["accounts"][outlet])
	for row in data["applications"]:
		if not frappe.db.exists("Outlet Application", {"outlet_name": row["outlet_name"]}):
			apply(dict(row))
	if not frappe.db.exists("Outlet Exam", data["exam"]["exam_title"]):
		take_exam(frappe.get_doc({"doctype": "Outlet Exam", **data["exam"]}).insert(ignore_permissions=True))
	assess()


def enter_account(outlet: str, holder: str, bank: str, number: str) -> None:
	"""Enter the bank data of an outlet that has none yet."""
	if not frappe.db.exists(ACCOUNT, {"outlet": outlet}):
		values = {"account_holder": holder, "bank_name": bank, "bank_account": number}
		frappe.new_doc(ACCOUNT, outlet=outlet, **values).insert(ignore_permissions=True)


def complete_outlet(outlet: str, papers: list[dict]) -> None:
	"""Enter the qualifications and the contract of an outlet that has none yet."""
	doc = frappe.get_doc(OUTLET, outlet)
	if doc.qualifications:
		return
	for row in papers:
		until = add_days(today(), row.pop("valid_in"))
		doc.append("qualifications", {**row, "issued_on": add_days(until, -1095), "valid_until": until})
	doc.account_state = "Opened"
	doc.contract_from, doc.contract_until = add_days(today(), -200), add_days(today(), 530)
	doc.save(ignore_permissions=True)


def apply(row: dict) -> None:
	"""Let the branch write an application, and take the row's steps."""
	actions = row.pop("actions")
	doc = frappe.get_doc({"doctype": "Outlet Application", **row}).insert(ignore_permissions=True)
	doc.db_set("owner", BRANCH)
	doc.reload()
	for action in actions:
		doc = apply_workflow(doc, action)


def take_exam(exam) -> None:
	"""Enter what the people of two outlets reached in last month's exam."""
	day = add_days(get_first_day(add_months(getdate(today()), -1)), 14)
	for user, mark in EXAMINEES.items():
		outlet = frappe.db.get_value("Service Staff", user, "outlet")
		attempt = frappe.new_doc(
			"Outlet Exam Attempt",
			exam=exam.name,
			user=user,
			examinee_name=frappe.utils.get_fullname(user),
			outlet=outlet,
			attempt_no=1,
			pass_mark=exam.pass_mark,
			mark=mark,
			passed=int(mark >= exam.pass_mark),
			state="Handed In",
		)
		attempt.started_at = attempt.ends_at = attempt.finished_at = f"{day} {now_datetime():%H:%M:%S}"
		attempt.insert(ignore_permissions=True)


def assess() -> None:
	"""Assess this month and the last by the setting that the app brings."""
	if not frappe.db.get_value("Outlet Assessment Setting", SETTING, "enabled"):
		frappe.db.set_value("Outlet Assessment Setting", SETTING, "enabled", 1)
	for month in (-1, 0):
		first = get_first_day(add_months(getdate(today()), month))
		if not frappe.db.exists("Outlet Assessment", {"month": first}):
			assessments.compute_month(first)
