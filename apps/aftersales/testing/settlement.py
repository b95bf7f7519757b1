"""Makers of test documents of fees and settlements; see factories.py."""

from itertools import count

import frappe
from frappe.model.document import Document
from frappe.utils import add_months, get_first_day, now_datetime, today

from aftersales.service_network import fees
from aftersales.testing import factories
from aftersales.testing.factories import insert
from aftersales.testing.field import make_service_order, make_service_outlet

MONTHS = count()


def line(amount: float, charge_to: str = "Company", **fields) -> dict:
	"""Return a row of Other Charges that somebody other than the customer pays."""
	return {
		"kind": "Visit",
		"amount": amount,
		"charge_by_hand": 1,
		"charge_to": charge_to,
		"charge_reason": "Agreed",
		**fields,
	}


def make_done_order(
	*lines: dict, done: str | None = None, proof: str | None = "Satisfied", **fields
) -> Document:
	"""Make a Service Order whose work is done, with its fees; without the steps of its workflow.

	:param lines: rows of Other Charges; one of 100 by default.
	:param done: day of the completion; today by default.
	:param proof: satisfaction that a follow-up found; None for no follow-up.
	"""
	if "outlet" not in fields:
		fields["outlet"] = make_service_outlet().name
	order = make_service_order(other_charges=list(lines or (line(100),)), **fields)
	order.db_set(
		{"stage": "Completed", "status": "Completed", "completed_at": f"{done or today()} 10:00:00"},
		update_modified=False,
	)
	fees.sync(order)
	if proof:
		prove(order.name, proof)
	return order


def prove(
	order: str, satisfied: str | None = "Satisfied", real: str | None = "Yes", stage: str = "Done"
) -> str:
	"""Make the Follow-up of an order, with what it found."""
	doc = factories.make_follow_up(source_doctype="Service Order", source_name=order)
	done = now_datetime() if stage == "Done" else None
	doc.db_set({"stage": stage, "satisfied": satisfied, "customer_real": real, "followed_up_on": done})
	return doc.name


def make_service_fee(**fields) -> Document:
	"""Make a Service Fee of a visit, 50, of a new order."""
	if "service_order" not in fields:
		order = make_service_order(outlet=make_service_outlet().name)
		fields |= {"service_order": order.name, "outlet": order.outlet}
	defaults = {
		"order_date": today(),
		"fee_date": today(),
		"fee_kind": "Visit",
		"paid_by": "Company",
		"amount": 50,
		"sequence": 1,
	}
	return insert("Service Fee", defaults, fields)


def make_settlement(**fields) -> Document:
	"""Make a Settlement of this month of an outlet with one open fee, as a draft."""
	if "outlet" not in fields and fields.get("subject_kind", "Outlet") != "Employee":
		fields["outlet"] = make_service_fee().outlet
	return insert("Settlement", {"period_from": get_first_day(today()), "period_to": today()}, fields)


def make_confirmed_settlement(stage: str = "Invoice Notice Sent", **fields) -> Document:
	"""Make a Settlement and put it where it can be paid, without the steps of its workflow."""
	doc = make_settlement(**fields)
	doc.db_set({"stage": stage, "status": stage, "invoice_notice_on": today()})
	frappe.db.set_value("Service Fee", {"settlement": doc.name}, "settled_on", today())
	return doc


def make_settlement_payment(**fields) -> Document:
	"""Make a Settlement Payment of 10."""
	if "settlement" not in fields:
		fields["settlement"] = make_confirmed_settlement().name
	return insert("Settlement Payment", {"amount": 10, "mode": "Transfer"}, fields)


def make_expense_plan(**fields) -> Document:
	"""Make an Expense Plan of an outlet for two expenses, 300 in all."""
	if "outlet" not in fields:
		fields["outlet"] = make_service_outlet().name
	lines = [{"expense_kind": "Signboard", "amount": 200}, {"expense_kind": "Training", "amount": 100}]
	defaults = {
		"plan_title": "Autumn",
		"period_from": get_first_day(today()),
		"period_to": today(),
		"lines": lines,
	}
	return insert("Expense Plan", defaults, fields)


def make_settlement_period(**fields) -> Document:
	"""Make a Settlement Period of a month that no other one has, open."""
	return insert("Settlement Period", {"month": add_months("1901-01-01", next(MONTHS))}, fields)


def close_month(day: str) -> Document:
	"""Close the month of a day, which is over, without the steps of the workflow."""
	period = make_settlement_period(month=day)
	period.db_set({"stage": "Closed", "status": "Closed"})
	return period
