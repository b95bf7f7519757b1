"""Missed Calls and Call-backs: who called in vain, and how long it took until somebody called back (S7.49)."""

import frappe
from frappe import _
from frappe.utils import now_datetime

from aftersales.telephony.call_backs import DONE, OPEN
from aftersales.telephony.call_statistics import DOCTYPE, conditions, line_titles, mean, share
from aftersales.utils.people import full_names
from aftersales.utils.report import column

MOST = 5000
FIELDS = (
	"name",
	"started_at",
	"caller",
	"number_display",
	"customer",
	"phone_line",
	"call_back_state",
	"called_back_by",
	"called_back_at",
	"call_back",
)


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date`, optionally `phone_line`, `customer`, `call_back_state`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read calls.
	"""
	filters = filters or {}
	wanted = [*conditions(filters), ["call_back_state", "is", "set"]]
	if filters.get("call_back_state"):
		wanted.append(["call_back_state", "=", filters["call_back_state"]])
	found = frappe.get_list(
		DOCTYPE,
		filters=wanted,
		fields=list(FIELDS),
		order_by="started_at desc",
		limit_page_length=MOST,
		ignore_ifnull=True,
	)
	titles = line_titles({call.phone_line for call in found if call.phone_line})
	names = full_names(call.called_back_by for call in found)
	rows = [row_of(call, names) | {"line_title": titles.get(call.phone_line)} for call in found]
	message = None
	if len(rows) == MOST:
		message = _("Only the latest {0} calls are shown. Choose a shorter period.").format(MOST)
	return columns(), rows, message, None, summary_of(rows)


def row_of(call: dict, names: dict[str, str]) -> dict:
	"""Return a row: what is open waits until now, what nobody needs to call does not wait."""
	until = {OPEN: now_datetime(), DONE: call.called_back_at}.get(call.call_back_state)
	return {
		**call,
		"state": _(call.call_back_state),
		"called_back_by": call.called_back_by and names.get(call.called_back_by, call.called_back_by),
		"waited": max(0, int((until - call.started_at).total_seconds())) if until else None,
	}


def summary_of(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	waits = [row["waited"] for row in rows if row["call_back_state"] == DONE]
	open_calls = sum(row["call_back_state"] == OPEN for row in rows)
	done = share(len(waits), len(waits) + open_calls)
	return [
		{"label": _("Missed Calls"), "value": len(rows), "datatype": "Int"},
		{
			"label": _("To Call Back"),
			"value": open_calls,
			"datatype": "Int",
			"indicator": "Orange" if open_calls else "Green",
		},
		{"label": _("Called Back (%)"), "value": done or 0, "datatype": "Percent"},
		{
			"label": _("Mean Time to Call-back"),
			"value": mean(sum(waits), len(waits)) or 0,
			"datatype": "Duration",
		},
	]


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("name", _("Service Call"), "Link", 90, options="Service Call"),
		column("started_at", _("Called At"), "Datetime", 160),
		column("caller", _("Caller"), width=160),
		column("number_display", _("Number"), width=140),
		column("customer", _("Customer"), "Link", 130, options="Service Customer"),
		column("line_title", _("Phone Line"), width=120),
		column("state", _("Call-back"), width=110),
		column("waited", _("Time to Call-back"), "Duration", 140),
		column("called_back_by", _("Called Back By"), width=150),
		column("called_back_at", _("Called Back At"), "Datetime", 160),
	]
