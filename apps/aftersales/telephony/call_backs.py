"""Missed calls and calling back (S7.49): which calls wait for it, and what closes them.

A call waits when it came in, showed a number and nobody answered it. A plain modem cannot tell whether a handset was
lifted; such a call (Unknown) waits too, unless an agent took it or made a ticket from it. The next talk with the
same number, in either direction, closes everything that waits for that number.
"""

import frappe
from frappe import _
from frappe.utils import now_datetime

OPEN, DONE, NOT_NEEDED = "To Call Back", "Done", "Not Needed"
UNANSWERED = ("Missed", "Unknown")
# More missed calls of one number than this are no work list any more; the next talk closes the rest.
MOST = 500


class NothingToCallBackError(frappe.ValidationError):
	"""The call does not wait for a call-back."""


def state_of(call: dict) -> dict:
	"""Return `call_back_state` as it follows from a call's fields, if it changes.

	:param call: fields of a Service Call as they will be.
	"""
	if call.get("call_back_state") in (DONE, NOT_NEEDED):
		return {}
	waits = (
		call["direction"] != "Outbound"
		and call["state"] in UNANSWERED
		and not call["agent"]
		and call["number_key"]
	)
	state = OPEN if waits else ""
	return {"call_back_state": state} if state != (call.get("call_back_state") or "") else {}


def settle(call: frappe._dict) -> None:
	"""Close what waits for the number of a call in which people talk or have talked; one read when nothing waits.

	:param call: fields of the Service Call, as stored.
	"""
	settle_all([call])


def settle_all(calls: list[frappe._dict]) -> None:
	"""Do as `settle` for several calls, in their order; one read when nothing waits for any of them."""
	talks = [call for call in calls if call.number_key and _talked(call)]
	if not talks:
		return
	waiting = _waiting(talks)
	for call in talks:
		closed = [
			row.name
			for row in waiting
			if row.number_key == call.number_key and row.started_at < call.started_at
		]
		if closed:
			waiting = [row for row in waiting if row.name not in closed]
			_close(closed, call)


def _close(waiting: list[str], call: frappe._dict) -> None:
	table = frappe.qb.DocType("Service Call")
	(
		frappe.qb.update(table)
		.set(table.call_back_state, DONE)
		.set(table.call_back, call.name)
		.set(table.called_back_at, call.started_at)
		.set(table.called_back_by, call.agent)
		.set(table.modified, now_datetime())
		.where(table.name.isin(waiting) & (table.call_back_state == OPEN))
	).run()


def not_needed(name: str) -> None:
	"""Say that a missed call needs no call-back.

	:param name: Service Call, whose write permission has been checked.
	:raises NothingToCallBackError: it does not wait.
	"""
	doc = frappe.get_doc("Service Call", name, for_update=True)
	if doc.call_back_state != OPEN:
		frappe.throw(_("This call does not wait for a call-back."), NothingToCallBackError)
	doc.update(
		{
			"call_back_state": NOT_NEEDED,
			"called_back_by": frappe.session.user,
			"called_back_at": now_datetime(),
		}
	)
	doc.flags.by_machine = True
	doc.save()


def ticket_made(ticket, method: str | None = None) -> None:
	"""`after_insert` of Service Ticket: who made a ticket from a call has talked with the caller."""
	if ticket.get("service_call"):
		table = frappe.qb.DocType("Service Call")
		(
			frappe.qb.update(table)
			.set(table.call_back_state, "")
			.where((table.name == ticket.service_call) & (table.call_back_state == OPEN))
		).run()


def _talked(call: dict) -> bool:
	"""An outgoing call of a modem ends Unknown: it was dialled, and nobody reported that it failed."""
	if call.direction == "Outbound":
		return call.state in ("Answered", "Ended", "Unknown")
	return call.state == "Answered" or bool(call.state == "Ended" and call.answered_at)


# Asked for each number on its own, since for several at once the database would read all calls that wait.
_WAITING = f"""(select name, number_key, started_at from `tabService Call`
	where number_key = %s and started_at < %s and `call_back_state`= '{OPEN}' order by started_at desc limit {MOST})"""


def _waiting(talks: list[frappe._dict]) -> list[frappe._dict]:
	until: dict = {}
	for call in talks:
		until[call.number_key] = max(call.started_at, until.get(call.number_key, call.started_at))
	rows = " union all ".join([_WAITING] * len(until))
	values = [value for pair in until.items() for value in pair]
	return frappe.db.sql(f"select * from ({rows}) waiting", values, as_dict=True)
