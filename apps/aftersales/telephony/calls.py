"""What agents do with a call: see it, take it, end it, say who called."""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.telephony import call_backs, call_card, caller, popup, presence, routing
from aftersales.telephony.call_state import ended_at
from aftersales.telephony.call_store import CALL_FIELDS, end_call, locked_call, write_call
from aftersales.telephony.doctype.service_call.service_call import who_is
from aftersales.telephony.numbers import Number, normalise

# A call nobody reported the end of is over for sure by then.
RINGS_AT_MOST = timedelta(minutes=5)
MOST_SHOWN = 50


class CallTakenError(frappe.ValidationError):
	"""A colleague took the call first, or it is over."""


def current(user: str, shown: list[str], lines: dict | None = None) -> list[dict]:
	"""Return pop-up messages of the calls that ring on a user's lines or that the user is in.

	:param user: the agent.
	:param shown: calls that a browser shows already; they are returned too, however they ended.
	:param lines: what `routing.lines_of` returned, from a caller who has asked.
	"""
	now = now_datetime()
	lines = routing.lines_of(user) if lines is None else lines
	rows = _ringing_on(list(lines), now) + _mine(user, now) + _shown(shown, list(lines))
	lines = routing.read_lines(list({row.phone_line for row in rows if row.phone_line}), now)
	messages = {}
	for row in rows:
		line = lines.get(row.phone_line)
		target = _target(row, line, user, now)
		if target or row.agent == user or row.name in shown:
			messages[row.name] = popup.payload(row, line, user, popup.party_of(row), target, now)
	return sorted(messages.values(), key=lambda message: -message["age_ms"])


def tell_again(user: str) -> None:
	"""Tell about the calls that ring on a user's lines again, since it has changed who takes calls."""
	now = now_datetime()
	ringing = _ringing_on(list(routing.lines_of(user)), now)
	lines = routing.read_lines(list({call.phone_line for call in ringing}), now)
	for call in ringing:
		popup.publish(call, lines[call.phone_line])


def _target(call: frappe._dict, line: frappe._dict | None, user: str, now: datetime) -> routing.Target | None:
	"""How a line rings for one user; None if it does not."""
	told = routing.targets(line, call.started_at, now) if line else []
	return next((target for target in told if target.user == user), None)


def _ringing_on(lines: list[str], now: datetime) -> list[frappe._dict]:
	if not lines:
		return []
	return _calls({"phone_line": ("in", lines), "started_at": (">", now - RINGS_AT_MOST), "state": "Ringing"})


def _mine(user: str, now: datetime) -> list[frappe._dict]:
	since = now - routing.LASTS_AT_MOST
	return _calls({"agent": user, "started_at": (">", since), "state": "Answered"}, live=None)


def _shown(names: list[str], lines: list[str]) -> list[frappe._dict]:
	if not (names and lines):
		return []
	return _calls({"name": ("in", names), "phone_line": ("in", lines)}, live=None)


def _calls(filters: dict, live: int | None = 1) -> list[frappe._dict]:
	"""Calls as they are now, for somebody who may see them because of a line; the oldest first."""
	if live is not None:
		filters = {**filters, "live": live}
	return frappe.get_all(
		"Service Call",
		filters={**filters, "direction": ("!=", "Outbound")},
		fields=list(CALL_FIELDS),
		order_by="started_at asc",
		limit=MOST_SHOWN,
		ignore_ifnull=True,  # else the index on line and time cannot be used for the time
	)


def card(name: str, user: str) -> dict:
	"""Return a call's pop-up message with the caller's tickets, calls, address and maybes.

	:param name: Service Call, whose read permission has been checked.
	:param user: the session's user, by whose permissions the rest is cut.
	"""
	call = frappe.db.get_value("Service Call", name, CALL_FIELDS, as_dict=True)
	line = frappe._dict(
		line_title=call.phone_line and frappe.db.get_value("Phone Line", call.phone_line, "line_title")
	)
	message = popup.payload(call, line, user, popup.party_of(call))
	if message["match"] == "hidden":
		return message
	message["card"] = {**message["card"], **call_card.history(call)}
	return message


def take(name: str, user: str) -> dict:
	"""Make a user the agent of a call and tell the line's other agents.

	:param name: Service Call.
	:param user: an agent of the call's line.
	:raises CallTakenError: a colleague has it, or it is over.
	:raises frappe.PermissionError: the user is no agent of the line.
	"""
	call = locked_call(name) or frappe.throw(_("This call no longer exists."), frappe.DoesNotExistError)
	if not call.phone_line or call.phone_line not in routing.lines_of(user):
		frappe.throw(_("Only agents of the line may take its calls."), frappe.PermissionError)
	if call.state in ("Ended", "Missed"):
		frappe.throw(_("This call is over."), CallTakenError)
	if call.agent and call.agent != user:
		frappe.throw(
			_("{0} has taken this call.").format(frappe.bold(frappe.utils.get_fullname(call.agent))),
			CallTakenError,
		)
	changes = {}
	if call.agent != user:
		changes.update(agent=user, agent_name=frappe.utils.get_fullname(user))
	if call.state in ("Ringing", "Unknown"):
		changes["state"] = "Answered"
		if not call.answered_at:
			changes["answered_at"] = now_datetime()
	if changes:
		presence.begin_call(user, call.name)
		changes.update(call_backs.state_of({**call, **changes}))
	message = _changed(call, changes, user)
	call_backs.settle(call)
	return message


def finish(name: str, user: str) -> dict:
	"""End a call that a user took in the Desk: a plain modem cannot tell when a handset is put down.

	A call that is over already stays as it is, so that two tabs may say so.

	:param name: Service Call.
	:param user: the call's agent.
	:returns: the pop-up message of the call.
	:raises frappe.PermissionError: somebody else's call.
	"""
	call = locked_call(name) or frappe.throw(_("This call no longer exists."), frappe.DoesNotExistError)
	if call.agent != user:
		frappe.throw(_("Only who took the call may end it."), frappe.PermissionError)
	line = _line_of(call)
	if call.state == "Answered":
		end_call(call, ended_at(call, now_datetime()))
		popup.publish(call, line)
	return popup.payload(call, line, user, popup.party_of(call))


def ticket_saved(ticket: Document, method: str | None = None) -> None:
	"""A ticket that is done ends the call it was made of, if its agent did not say so (hook `on_update`).

	:param ticket: the Service Ticket.
	:param method: name of the document event, unused.
	"""
	if not (ticket.service_call and ticket.completed and ticket.has_value_changed("completed")):
		return
	call = locked_call(ticket.service_call)
	if call and call.state == "Answered" and call.agent == frappe.session.user and not _is_watched(call):
		end_call(call, ended_at(call, now_datetime()))
		popup.publish(call, _line_of(call))


def _is_watched(call: frappe._dict) -> bool:
	"""Whether the device sees the line itself, and so will say when the call is over."""
	return bool(frappe.db.exists("Call Event", {"service_call": call.name, "kind": "answered"}))


def set_customer(name: str, customer: str, user: str) -> dict:
	"""Say that a customer is the caller of a call (S2.05), and tell the line's agents.

	If the number stood for a maybe, it is this customer's for sure from now on.

	:param name: Service Call, whose write permission has been checked.
	:param customer: Service Customer, whose read permission has been checked.
	:param user: who says so.
	"""
	call = locked_call(name) or frappe.throw(_("This call no longer exists."), frappe.DoesNotExistError)
	if call.match_level == "Maybe":
		caller.confirm(normalise_on(call), customer)
	known = who_is(customer, call.number_display or call.number_raw)
	return _changed(call, {f: v for f, v in known.items() if call.get(f) != v}, user)


def normalise_on(call: frappe._dict) -> Number:
	"""Return the number of a call as its line reads numbers."""
	return normalise(call.number_raw, *caller.place_of_line(call.phone_line))


def _changed(call: frappe._dict, changes: dict, user: str) -> dict:
	line = _line_of(call)
	if changes:
		write_call(call, changes)
		popup.publish(call, line)
	return popup.payload(call, line, user, popup.party_of(call))


def _line_of(call: frappe._dict) -> frappe._dict | None:
	return routing.read_line(call.bridge, call.source_line, now_datetime())
