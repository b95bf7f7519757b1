"""Operator Workload (Q22, S7.35): repair reports per operator, with the tickets and calls beside them.

The operator of a ticket is who entered it.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import add_days

from aftersales.telephony.call_statistics import count, nothing
from aftersales.utils.access import check_permission
from aftersales.utils.people import full_names
from aftersales.utils.report import column, period_of, stacked_bars

TICKET = "Service Ticket"
REPAIR = "Repair"


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date`, optionally `operator`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read tickets or calls.
	"""
	filters = frappe._dict(filters or {})
	check_permission(TICKET)
	tickets = count_tickets(filters)
	calls = count({**filters, "agent": filters.operator}, "agent")
	for nobody in (None, ""):
		calls.pop(nobody, None)
	names = full_names({*tickets, *calls})
	rows = [
		row_of(operator, tickets.get(operator, {}), calls.get(operator) or nothing())
		| {"operator_name": names.get(operator, operator)}
		for operator in {*tickets, *calls}
	]
	rows.sort(key=lambda row: (-row["repairs"], -row["tickets"], row["operator_name"] or "", row["operator"]))
	return columns(), rows, None, chart_of(rows)


def count_tickets(filters: dict) -> dict[str, dict[str, int]]:
	"""Return operator -> record type -> tickets entered in the period, by one statement."""
	start, end = period_of(filters)
	conditions = [["creation", ">=", start], ["creation", "<", add_days(end, 1)]]
	if filters.operator:
		conditions.append(["owner", "=", filters.operator])
	rows = frappe.get_list(
		TICKET,
		filters=conditions,
		fields=["owner", "record_type", "count(name) as tickets"],
		group_by="owner, record_type",
		order_by="owner asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	found = defaultdict(dict)
	for row in rows:
		found[row.owner][row.record_type] = row.tickets
	return found


def row_of(operator: str, tickets: dict, calls: dict) -> dict:
	"""Return a row."""
	return {
		"operator": operator,
		"repairs": tickets.get(REPAIR, 0),
		"tickets": sum(tickets.values()),
		"answered": calls["answered"],
		"outgoing": calls["outgoing"],
		"seconds": calls["seconds"],
	}


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("operator", _("Operator"), "Link", 220, options="User"),
		column("operator_name", _("Operator Name"), width=160),
		column("repairs", _("Repair Reports"), "Int", 130),
		column("tickets", _("All Tickets"), "Int", 110),
		column("answered", _("Calls Answered"), "Int", 130),
		column("outgoing", _("Outgoing Calls"), "Int", 130),
		column("seconds", _("Talk Time"), "Duration", 120, hide_days=1),
	]


def chart_of(rows: list[dict]) -> dict | None:
	"""Return a bar of repair reports and other tickets per operator."""
	return stacked_bars(
		rows,
		lambda row: row["operator_name"] or row["operator"],
		[
			(_("Repair Reports"), "repairs"),
			(_("Other Tickets"), lambda row: row["tickets"] - row["repairs"]),
		],
	)
