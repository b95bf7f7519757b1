"""What agents do with a call: take it, say who called, see their own."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import now_datetime

from aftersales.telephony import call_card, popup
from aftersales.telephony.doctype.service_call.service_call import who_is
from aftersales.telephony.ingest import CALL_FIELDS, locked_call, write_call

# A call nobody reported the end of is over for sure by then.
RINGS_AT_MOST = timedelta(minutes=5)
LASTS_AT_MOST = timedelta(hours=2)


class CallTakenError(frappe.ValidationError):
	"""A colleague took the call first, or it is over."""


def lines_of(user: str) -> dict[str, frappe._dict]:
	"""Return the enabled Phone Lines of a user by name, with `line_title`."""
	line, agent = frappe.qb.DocType("Phone Line"), frappe.qb.DocType("Phone Line Agent")
	rows = (
		frappe.qb.from_(agent)
		.join(line)
		.on(line.name == agent.parent)
		.where((agent.user == user) & (agent.parenttype == "Phone Line") & (line.enabled == 1))
		.select(line.name, line.line_title, line.bridge, line.source_line)
	).run(as_dict=True)
	return {row.name: row for row in rows}


def current(user: str, shown: list[str]) -> list[dict]:
	"""Return pop-up messages of the calls that ring on a user's lines or that the user is in.

	:param user: the agent.
	:param shown: calls that a browser shows already; they are returned too, however they ended.
	"""
	lines = lines_of(user)
	if not lines:
		return []
	call = frappe.qb.DocType("Service Call")
	now = now_datetime()
	rings = (call.state == "Ringing") & (call.live == 1) & (call.started_at > now - RINGS_AT_MOST)
	mine = (call.state == "Answered") & (call.agent == user) & (call.started_at > now - LASTS_AT_MOST)
	wanted = rings | mine
	if shown:
		wanted = wanted | call.name.isin(shown)
	rows = (
		frappe.qb.from_(call)
		.select(*CALL_FIELDS)
		.where(wanted & call.phone_line.isin(list(lines)) & (call.direction != "Outbound"))
		.orderby(call.started_at)
		.limit(50)
	).run(as_dict=True)
	return [popup.payload(row, lines[row.phone_line], user, popup.party_of(row)) for row in rows]


def card(name: str, user: str) -> dict:
	"""Return a call's pop-up message with the caller's tickets, calls, address and maybes.

	:param name: Service Call, whose read permission has been checked.
	:param user: the session's user, by whose permissions the rest is cut.
	"""
	call = _fields(name)
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
	if not call.phone_line or call.phone_line not in lines_of(user):
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
	return _changed(call, changes, user)


def set_customer(name: str, customer: str, user: str) -> dict:
	"""Say that a customer is the caller of a call (S2.05), and tell the line's agents.

	:param name: Service Call, whose write permission has been checked.
	:param customer: Service Customer, whose read permission has been checked.
	:param user: who says so.
	"""
	call = locked_call(name) or frappe.throw(_("This call no longer exists."), frappe.DoesNotExistError)
	known = who_is(customer, call.number_display or call.number_raw)
	return _changed(call, {f: v for f, v in known.items() if call.get(f) != v}, user)


def _changed(call: frappe._dict, changes: dict, user: str) -> dict:
	line = popup.read_line(call.bridge, call.source_line) or frappe._dict(agents=[])
	if changes:
		write_call(call, changes)
		popup.publish(call, line)
	return popup.payload(call, line, user, popup.party_of(call))


def _fields(name: str) -> frappe._dict:
	return frappe.db.get_value("Service Call", name, [*CALL_FIELDS, "number_key"], as_dict=True)
