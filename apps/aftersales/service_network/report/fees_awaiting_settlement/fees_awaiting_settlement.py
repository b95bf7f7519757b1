"""Fees Awaiting Settlement: open fees by order, and what keeps each from being settled (S2.42)."""

import frappe
from frappe import _
from frappe.utils import date_diff, getdate

from aftersales.knowledge.finder import subtree
from aftersales.service_network import settlement_proof
from aftersales.service_network.fees import FEE, OUTLET
from aftersales.utils.report import column
from aftersales.utils.report_query import sums

NOTHING = "Nothing"
# Nobody reads further; who has more open chooses an outlet.
MOST = 5_000


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a sentence; called by Frappe.

	:param filters: `until` (day in the books, today without), `outlet` (with those below it), `missing` (one of
		`settlement_proof.MISSING`, or Nothing).
	:raises frappe.PermissionError: the user may not read fees.
	"""
	filters = frappe._dict(filters or {})
	day = getdate(filters.until)
	rows = open_fees(day, filters.outlet)
	are_more, rows = len(rows) > MOST, rows[:MOST]
	lacking = settlement_proof.missing(row.service_order for row in rows if row.amount > 0)
	for row in rows:
		row.days = date_diff(day, row.order_date)
		row.reason = lacking.get(row.service_order) or NOTHING
	if filters.missing:
		rows = [row for row in rows if row.reason == filters.missing]
	ready = sum(row.reason == NOTHING for row in rows)
	for row in rows:
		row.reason = _(row.reason)
	message = _("{0} orders wait to be settled, {1} of them lack nothing.").format(len(rows), ready)
	if are_more:
		message += " " + _("Only the {0} oldest were looked at. Choose an outlet.").format(MOST)
	return columns(), rows, message


def open_fees(day: object, outlet: str | None) -> list[dict]:
	"""Return what no settlement holds, by order and outlet, the oldest first; one more than are shown."""
	wanted = [
		["fee_date", "<=", day],
		["settlement", "is", "not set"],
		["voided", "=", 0],
		["reversed_by", "is", "not set"],
	]
	if outlet:
		wanted.append(["outlet", "in", subtree(OUTLET, outlet)])
	group = "service_order, order_date, outlet, branch"
	fields = [*group.split(", "), "sum(amount) as amount"]
	return sums(FEE, fields, wanted, group, order_by="order_date asc, service_order asc", limit=MOST + 1)


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("service_order", _("Service Order"), "Link", 150, options="Service Order"),
		column("order_date", _("Work Done on"), "Date", 110),
		column("days", _("Days"), "Int", 80, disable_total=True),
		column("outlet", _("Outlet"), "Link", 180, options=OUTLET),
		column("branch", _("Branch"), "Link", 160, options=OUTLET),
		column("amount", _("Amount"), "Currency", 120),
		column("reason", _("What Is Missing"), width=200),
	]
