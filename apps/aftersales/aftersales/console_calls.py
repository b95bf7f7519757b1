"""Calls in the Service Console: what rings on my lines, what I speak on, and missed calls to return."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from aftersales.telephony import api, calls, popup, routing
from aftersales.telephony.call_store import locked_call, write_call
from aftersales.utils.workflow_state import indicator_of

# After that nobody expects to be called back any more.
RETURN_WITHIN = timedelta(days=3)
MISSED_ROWS = 50
MISSED = ("Missed", "Unknown")
FIELDS = [
	"name",
	"state",
	"caller",
	"customer",
	"number_key",
	"number_display",
	"number_raw",
	"phone_line",
	"started_at",
	"revision",
]


def my_calls() -> dict:
	"""Return the rows of the session's user and on how many lines the user is.

	:returns: {"rows": live calls in the order of their ringing, then missed ones, the newest first; "lines": int}.
	"""
	user = frappe.session.user
	lines = routing.lines_of(user)
	if not lines:
		return {"rows": [], "lines": 0}
	live = [_live_row(message) for message in calls.current(user, [], lines)]
	return {"rows": [*live, *_missed(lines)], "lines": len(lines)}


def _live_row(message: dict) -> dict:
	return {
		"doctype": "Service Call",
		"name": message["call"],
		"revision": message["revision"],
		"state": message["state"],
		"title": message["name"],
		"number_display": message["number_display"],
		"line_title": message["line_title"],
		"started_at": message["started_at"],
		"age_ms": message["age_ms"],
		"times": 1,
	}


def _missed(lines: dict[str, frappe._dict]) -> list[dict]:
	"""One row per caller who was not reached by anybody yet.

	A plain modem cannot tell whether a handset was lifted: its calls end as Unknown, and count as missed as long as
	no agent took them.
	"""
	rows = frappe.get_list(
		"Service Call",
		filters={
			"phone_line": ("in", list(lines)),
			"started_at": (">", now_datetime() - RETURN_WITHIN),
			"state": ("in", MISSED),
			"direction": ("in", ("Inbound", "Unknown")),
			"presentation": "Allowed",
			"agent": ("is", "not set"),
		},
		fields=FIELDS,
		order_by="started_at desc",
		limit=MISSED_ROWS,
		ignore_ifnull=True,  # else the index on line and time cannot be used for the time
	)
	newest = {}
	for row in rows:
		known = newest.setdefault(row.number_key or row.name, row)
		known.times = cint(known.times) + 1
	done = _returned([row for row in newest.values() if row.number_key]) | _with_ticket(rows)
	return [_missed_row(row, lines) for row in newest.values() if row.name not in done]


def _missed_row(row: frappe._dict, lines: dict[str, frappe._dict]) -> dict:
	number = row.number_display or row.number_raw
	return {
		"doctype": "Service Call",
		"name": row.name,
		"revision": row.revision,
		"state": row.state,
		"title": row.caller if row.customer else None,
		"number_display": number,
		"line_title": lines[row.phone_line].line_title,
		"started_at": row.started_at,
		"times": row.times,
	}


def _returned(rows: list[frappe._dict]) -> set[str]:
	"""Those whose number was spoken with since, in either direction."""
	if not rows:
		return set()
	spoken = frappe.get_all(
		"Service Call",
		filters={
			"number_key": ("in", [row.number_key for row in rows]),
			"started_at": (">", min(row.started_at for row in rows)),
		},
		or_filters=[["agent", "is", "set"], ["answered_at", "is", "set"], ["direction", "=", "Outbound"]],
		fields=["number_key", "started_at"],
		ignore_ifnull=True,
	)
	last = {}
	for call in spoken:
		last[call.number_key] = max(call.started_at, last.get(call.number_key) or call.started_at)
	return {row.name for row in rows if row.number_key in last and last[row.number_key] > row.started_at}


def _with_ticket(rows: list[frappe._dict]) -> set[str]:
	"""Those that became a ticket: somebody works on it."""
	if not rows:
		return set()
	names = [row.name for row in rows]
	return set(frappe.get_all("Service Ticket", {"service_call": ("in", names)}, pluck="service_call"))


def get_call(name: str) -> dict:
	"""Return a call with the caller's file, as the pop-up's card has it.

	:param name: Service Call.
	:raises frappe.PermissionError: the user may not read it.
	:raises frappe.DoesNotExistError: there is no such call.
	"""
	message = api.get_call_card(name)
	for ticket in message["card"].get("tickets") or []:
		ticket["indicator"] = indicator_of(ticket["status"])
	mine = message["line"] in routing.lines_of(frappe.session.user)
	free = mine and not message["agent"] and message["direction"] != "Outbound"
	return {
		"call": message,
		"modified": message["revision"],
		"may_take": free and message["state"] in ("Ringing", "Answered"),
		"may_return": free and message["state"] in MISSED,
		"may_finish": message["agent"] == frappe.session.user and message["state"] == "Answered",
	}


def return_call(name: str, user: str) -> None:
	"""Make a user the one who calls back, and tell the line's other agents, so that nobody else does.

	The call stays what it was for the telephone: missed.

	:param name: Service Call, whose write permission has been checked.
	:param user: an agent of the call's line.
	:raises calls.CallTakenError: a colleague calls back already, or somebody spoke with the caller.
	:raises frappe.PermissionError: the user is no agent of the line.
	"""
	call = locked_call(name) or frappe.throw(_("This call no longer exists."), frappe.DoesNotExistError)
	if not call.phone_line or call.phone_line not in routing.lines_of(user):
		frappe.throw(_("Only agents of the line may return its calls."), frappe.PermissionError)
	if call.state not in MISSED:
		frappe.throw(_("This call was not missed."), calls.CallTakenError)
	if call.agent and call.agent != user:
		frappe.throw(
			_("{0} calls back already.").format(frappe.bold(frappe.utils.get_fullname(call.agent))),
			calls.CallTakenError,
		)
	if not call.agent:
		write_call(call, {"agent": user, "agent_name": frappe.utils.get_fullname(user)})
		popup.publish(call, routing.read_line(call.bridge, call.source_line, now_datetime()))
