"""Demo of fees and settlement: orders of the last two months, settlements at every stage, a paid one, expense plans, a closed month."""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_months, get_first_day, get_last_day, getdate, today

from aftersales.demo.base import read
from aftersales.service_network import fees


def load() -> None:
	"""Make the demo data of settlement that is missing; see aftersales.demo.load."""
	data = read("settlement")
	first = data["settlements"][0]
	if frappe.db.exists(
		"Settlement", {"outlet": first["outlet"], "period_from": month_ago(first["months_ago"])}
	):
		return
	user, people = frappe.session.user, data["people"]
	try:
		for row in data["orders"]:
			make_order(**row)
		for row in data["plans"]:
			make_plan(row, people)
		for row in data["settlements"]:
			make_settlement(row, people)
		close_month(people)
	finally:
		frappe.set_user(user)


def month_ago(months: int):
	"""Return the first day of a month before this one."""
	return getdate(get_first_day(add_months(getdate(today()), -months)))


def make_order(months_ago: int, day: int, lines: list, satisfied: str | None, **fields) -> None:
	"""Make an order that was completed in an earlier month, with its fees and what the follow-up found."""
	done = add_days(month_ago(months_ago), day - 1)
	charges = [
		{"kind": kind, "amount": amount, "charge_by_hand": 1, "charge_to": payer, "charge_reason": payer}
		for kind, amount, payer in lines
	]
	order = frappe.get_doc(doctype="Service Order", other_charges=charges, **fields)
	order.insert(ignore_permissions=True)
	order.db_set(
		{"stage": "Completed", "status": "Completed", "completed_at": f"{done} 16:00:00"},
		update_modified=False,
	)
	fees.sync(order)
	if satisfied:
		follow_up = frappe.get_doc(
			doctype="Follow-up",
			customer_name=order.customer_name,
			due_date=add_days(done, 2),
			source_doctype="Service Order",
			source_name=order.name,
			reason=order.symptom,
			customer_real="Yes",
			satisfied=satisfied,
		).insert(ignore_permissions=True)
		follow_up.db_set(
			{"stage": "Done", "status": "Done", "followed_up_on": f"{add_days(done, 2)} 10:00:00"}
		)


def make_settlement(row: dict, people: dict) -> None:
	"""Make a settlement of a month and bring it as far as the row says."""
	first = month_ago(row["months_ago"])
	doc = frappe.get_doc(
		doctype="Settlement", outlet=row["outlet"], period_from=first, period_to=get_last_day(first)
	).insert(ignore_permissions=True)
	doc = step(doc, people["apply"], "Apply")
	if row["until"] == "Applied":
		return
	doc = step(doc, people["branch"], "Pass First Audit")
	frappe.set_user(people["finance"])
	doc.update({"slip_no": row["slip_no"], "slip_received_on": add_days(doc.period_to, 3)})
	if deduction := row.get("deduction"):
		doc.append("deductions", deduction)
	doc.save(ignore_permissions=True)
	if row["until"] == "Paid":
		doc = step(doc, people["finance"], "Pass HQ Audit")
		doc = step(doc, people["apply"], "Confirm")
		doc = step(doc, people["finance"], "Send Invoice Notice")
		doc.invoice_no = row["invoice_no"]
		doc.save(ignore_permissions=True)
		payment = {
			"settlement": doc.name,
			"amount": doc.total,
			"mode": "Transfer",
			"bank_reference": "T-20431",
		}
		frappe.get_doc(doctype="Settlement Payment", **payment).insert(ignore_permissions=True)


def step(doc: Document, user: str, action: str) -> Document:
	"""Apply an action as somebody, and return the document as stored."""
	frappe.set_user(user)
	apply_workflow(frappe.get_doc(doc.doctype, doc.name), action)
	return frappe.get_doc(doc.doctype, doc.name)


def make_plan(row: dict, people: dict) -> None:
	"""Make an expense plan for the next month that was applied for, and answer it if the row says so."""
	first = month_ago(-1)
	fields = ("expense_kind", "purpose", "amount")
	plan = frappe.get_doc(
		doctype="Expense Plan",
		outlet=row["outlet"],
		plan_title=row["plan_title"],
		period_from=first,
		period_to=get_last_day(first),
		lines=[dict(zip(fields, line, strict=True)) for line in row["lines"]],
	).insert(ignore_permissions=True)
	plan = step(plan, people["manager"], "Apply")
	if row["granted"]:
		frappe.set_user(people["finance"])
		for line, granted in zip(plan.lines, row["granted"], strict=True):
			line.granted_amount, line.reply = granted, row["reply"]
		plan.save(ignore_permissions=True)
		step(plan, people["finance"], "Approve")


def close_month(people: dict) -> None:
	"""Close the month before the first settlement."""
	month = month_ago(3)
	if not frappe.db.exists("Settlement Period", {"month": month}):
		period = frappe.get_doc(doctype="Settlement Period", month=month).insert(ignore_permissions=True)
		step(period, people["finance"], "Close")
