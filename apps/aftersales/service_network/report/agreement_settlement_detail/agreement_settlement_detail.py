"""Agreement Settlement Detail (S17.02, M16): which planned payments of agreements are due, settled and paid."""

import frappe
from frappe import _
from frappe.utils import flt, getdate, today

from aftersales.service_network.receivables import CANCELLED
from aftersales.utils.report import chosen, column, figure, period_of
from aftersales.utils.report_query import Readable, run

AGREEMENT, LINE, RECEIVABLE = "Service Agreement", "Agreement Billing Line", "Service Receivable"
NOT_DUE, DUE, SETTLED, PAID = "Not Due", "Due", "Settled", "Paid"
STATES = (NOT_DUE, DUE, SETTLED, PAID)


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date` of the due date; `state` (one of `STATES`), `agreement`, `customer`, `outlet` (with all
	    below).
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read agreements.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	rows = lines(filters, start, end)
	for row in rows:
		row.state = state_of(row)
		row.state_text = _(row.state, context="Agreement Settlement Detail")
	if filters.state in STATES:
		rows = [row for row in rows if row.state == filters.state]
	return columns(), rows, None, None, summary(rows)


def lines(filters: dict, start, end) -> list[dict]:
	"""Return the planned payments of agreements in force or terminated that the user may read; one statement."""
	wanted = [
		*chosen(filters, "customer", trees=("outlet",)),
		["stage", "in", ["Active", "Terminated"]],
	]
	if filters.agreement:
		wanted.append(["name", "=", filters.agreement])
	fields = ["name", "customer", "customer_name", "outlet", "stage", "terminated_on"]
	agreed = Readable("agreed", AGREEMENT, fields, wanted)
	line, receivable = frappe.qb.DocType(LINE), frappe.qb.DocType(RECEIVABLE)
	query = (
		frappe.qb.from_(agreed)
		.join(line)
		.on(line.parent == agreed.name)
		.left_join(receivable)
		.on(
			(receivable.reference_name == line.parent)
			& (receivable.reference_row == line.name)
			& (receivable.status != CANCELLED)
		)
		.select(
			agreed.name.as_("agreement"),
			agreed.customer_name,
			agreed.outlet,
			line.due_date,
			line.description,
			line.amount,
			receivable.name.as_("receivable"),
			receivable.received,
			receivable.outstanding,
		)
		.where((line.parenttype == AGREEMENT) & (line.due_date >= start) & (line.due_date <= end))
		.where(
			(agreed.stage == "Active") | receivable.name.isnotnull() | (line.due_date <= agreed.terminated_on)
		)
		.orderby(line.due_date)
		.orderby(agreed.name)
		.orderby(line.idx)
	)
	return run(query)


def state_of(row: dict) -> str:
	"""Return how far a planned payment has come."""
	if row.receivable:
		return SETTLED if flt(row.outstanding) else PAID
	return DUE if getdate(row.due_date) <= getdate(today()) else NOT_DUE


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("agreement", _("Service Agreement"), "Link", 160, options=AGREEMENT),
		column("customer_name", _("Customer Name"), "Data", 170),
		column("due_date", _("Due Date"), "Date", 105),
		column("description", _("Description"), "Data", 170),
		column("amount", _("Amount"), "Currency", 120),
		column("state_text", _("Settlement State"), "Data", 145),
		column("receivable", _("Receivable"), "Link", 150, options=RECEIVABLE),
		column("received", _("Received", context="Sale Record"), "Currency", 120),
		column("outstanding", _("Outstanding", context="Sale Record"), "Currency", 120),
		column("outlet", _("Outlet"), "Link", 150, options="Service Outlet"),
	]


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""

	def total(field: str, *states: str) -> float:
		return sum(flt(row[field]) for row in rows if not states or row.state in states)

	return [
		figure(_("Planned"), total("amount"), "Currency"),
		figure(_("Due and Not Settled"), total("amount", DUE), "Currency", "Orange"),
		figure(_("Settled, Outstanding"), total("outstanding"), "Currency", "Orange"),
		figure(_("Received", context="Sale Record"), total("received"), "Currency", "Green"),
	]
