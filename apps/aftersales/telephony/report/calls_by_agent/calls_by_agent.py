"""Calls by Agent: whom agents talked with, how long, and whom they called back (S7.49)."""

import frappe
from frappe import _

from aftersales.telephony.call_backs import DONE
from aftersales.telephony.call_statistics import DOCTYPE, conditions, count, mean, nothing, total_of
from aftersales.utils.people import full_names
from aftersales.utils.report import column, stacked_bars


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date`, optionally `phone_line`, `agent`, `bridge`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read calls.
	"""
	filters = frappe._dict(filters or {})
	totals = count(filters, "agent")
	unattended = totals.pop(None, None) or totals.pop("", None)
	backs = call_backs(filters)
	names = full_names({*totals, *backs})
	agents = sorted({*totals, *backs}, key=lambda agent: (names.get(agent, agent), agent))
	rows = [
		row_of(agent, totals.get(agent) or nothing(), backs.get(agent, 0))
		| {"agent_name": names.get(agent, agent)}
		for agent in agents
	]
	chart = chart_of(rows)
	if len(rows) > 1:
		everybody = total_of(totals.get(agent) or nothing() for agent in agents)
		rows.append(row_of(None, everybody, sum(backs.values())) | {"agent_name": _("Total"), "bold": 1})
	message = None
	if unattended and not filters.agent:
		message = _("{0} calls had no agent: nobody took them, or the device does not tell who did.").format(
			unattended["incoming"] + unattended["outgoing"]
		)
	return columns(), rows, message, chart


def call_backs(filters: dict) -> dict[str, int]:
	"""Return how many missed calls of the period each agent has called back."""
	wanted = conditions({**filters, "agent": None})
	wanted += [["call_back_state", "=", DONE], ["called_back_by", "is", "set"]]
	if filters.get("agent"):
		wanted.append(["called_back_by", "=", filters["agent"]])
	rows = frappe.get_list(
		DOCTYPE,
		filters=wanted,
		fields=["called_back_by", "count(name) as calls"],
		group_by="called_back_by",
		order_by="called_back_by asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	return {row.called_back_by: row.calls for row in rows}


def row_of(agent: str | None, total: dict, called_back: int) -> dict:
	"""Return a row."""
	return {
		"agent": agent,
		"answered": total["answered"],
		"outgoing": total["outgoing"],
		"reached": total["reached"],
		"called_back": called_back,
		"seconds": total["seconds"],
		"talk": mean(total["seconds"], total["talks"]),
	}


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("agent", _("Agent"), "Link", 220, options="User"),
		column("agent_name", _("Agent Name"), width=160),
		column("answered", _("Answered"), "Int", 100),
		column("outgoing", _("Outgoing"), "Int", 100),
		column("reached", _("Reached"), "Int", 100),
		column("called_back", _("Called Back"), "Int", 110),
		column("seconds", _("Talk Time"), "Duration", 120, hide_days=1),
		column("talk", _("Mean Talk"), "Duration", 110, hide_days=1),
	]


def chart_of(rows: list[dict]) -> dict | None:
	"""Return a bar per agent: answered and outgoing calls."""
	return stacked_bars(
		rows,
		lambda row: row["agent_name"] or row["agent"],
		[(_("Answered"), "answered"), (_("Outgoing"), "outgoing")],
	)
