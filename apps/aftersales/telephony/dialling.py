"""Click to dial: an agent asks for a number, the bridge of the line fetches the request and dials (S7.49).

A Dial Request is Queued until the bridge takes it, at most once; the call that follows names it and makes it Dialled.
Who waits is told in the Desk at every step. One request per agent is open at a time, which the unique column
`open_for` guarantees; it is empty again when the request is closed or has expired.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import now_datetime

EVENT = "aftersales_dial"
QUEUED, TAKEN, DIALLED, FAILED, EXPIRED, CANCELLED = (
	"Queued",
	"Taken",
	"Dialled",
	"Failed",
	"Expired",
	"Cancelled",
)
OPEN = (QUEUED, TAKEN)
# Who clicked looks at the telephone now; a request found after a minute would startle somebody.
LIVES = timedelta(seconds=45)
# A bridge that took a request reports the call or the failure within this time.
REPORTS_WITHIN = timedelta(minutes=2)
MOST_AT_ONCE = 10


def take(bridge: str) -> list[dict]:
	"""Hand the open requests of a bridge over, each at most once.

	:param bridge: Caller ID Bridge.
	:return: `dial_request`, `line`, `number`, `extension` and `expires_in_s` of each.
	"""
	waiting = frappe.get_all(
		"Dial Request",
		{"bridge": bridge, "state": QUEUED},
		pluck="name",
		order_by="creation asc",
		limit=MOST_AT_ONCE,
	)
	if not waiting:
		return []
	now, table = now_datetime(), frappe.qb.DocType("Dial Request")
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.source_line, table.number, table.extension, table.expires_at, table.user)
		.where(table.name.isin(waiting) & (table.state == QUEUED))
		.orderby(table.creation)
		.for_update()
	).run(as_dict=True)
	taken = []
	for row in rows:
		left = (row.expires_at - now).total_seconds()
		if left <= 0:
			close(row, EXPIRED, _not_fetched())
			continue
		_write(row, state=TAKEN, taken_at=now)
		taken.append(
			{
				"dial_request": row.name,
				"line": row.source_line,
				"number": row.number,
				"extension": row.extension or None,
				"expires_in_s": int(left),
			}
		)
	return taken


def dialled(bridge: str, call: dict, request: str) -> dict:
	"""Close the request that a call names, and return the fields of the call that follow.

	:param bridge: Caller ID Bridge that reports the call; requests of others are none of its business.
	:param call: fields of the Service Call.
	:param request: Dial Request as the bridge names it.
	"""
	row = _locked(request, bridge)
	if not row:
		return {"dial_request": None}
	if row.state != FAILED:
		close(row, DIALLED, "", service_call=call["name"])
	changes = {"direction": "Outbound", "agent": row.user, "agent_name": frappe.utils.get_fullname(row.user)}
	if row.customer and not call["customer"]:
		changes.update(
			customer=row.customer,
			party_type="Service Customer",
			party=row.customer,
			match_level="Sure",
			caller=row.party_name or row.number_display,
		)
	return changes


def failed(bridge: str, event) -> None:
	"""Close the request that a bridge could not dial; `cause` says why.

	:param event: checked event of the kind dial_failed.
	"""
	row = _locked(event.dial_request, bridge) if event.dial_request else None
	if row and row.state != CANCELLED:
		close(row, FAILED, event.cause)


def expire() -> None:
	"""Scheduled: close requests that nobody fetched, or of which nobody told what became; safe to run twice."""
	now, table = now_datetime(), frappe.qb.DocType("Dial Request")
	fetched = table.state == TAKEN
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.user, table.state)
		.where(
			((table.state == QUEUED) & (table.expires_at < now))
			| (fetched & (table.taken_at < now - REPORTS_WITHIN))
		)
		.limit(500)
		.for_update()
	).run(as_dict=True)
	for row in rows:
		close(
			row,
			EXPIRED,
			_not_fetched() if row.state == QUEUED else _("The bridge did not say what became of it."),
		)


def close(row: dict, state: str, result: str, **values) -> None:
	"""Put a request into a state in which it is not open any more, and tell its agent after commit.

	:param row: `name` and `user` of a locked Dial Request.
	"""
	_write(row, state=state, result=result, open_for=None, **values)


def _write(row: dict, **values) -> None:
	frappe.db.set_value("Dial Request", row["name"], values)
	message = {"dial_request": row["name"], "state": values["state"], "result": values.get("result") or ""}
	frappe.publish_realtime(
		EVENT, message | {"service_call": values.get("service_call")}, user=row["user"], after_commit=True
	)


def _locked(name: str, bridge: str) -> frappe._dict | None:
	table = frappe.qb.DocType("Dial Request")
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.user, table.state, table.customer, table.party_name, table.number_display)
		.where((table.name == name) & (table.bridge == bridge))
		.for_update()
	).run(as_dict=True)
	return rows[0] if rows else None


def _not_fetched() -> str:
	return _("The bridge did not fetch it. Is its program running, and can its device dial?")
