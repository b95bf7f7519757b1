"""Click to dial: an agent asks for a number, the bridge of the line fetches the request and dials (S7.49).

A Dial Request is Queued until the bridge takes it, at most once; the call that follows names it and makes it Dialled.
Who waits is told in the Desk at every step. One request per agent is open at a time, which the unique column
`open_for` guarantees; it is empty again when the request is closed or has expired.
"""

import re
from datetime import timedelta

import frappe
import phonenumbers
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.telephony import routing
from aftersales.telephony.caller import place_of_line
from aftersales.telephony.extensions import extension_of
from aftersales.telephony.numbers import format_number, normalise

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
DIGITS = re.compile(r"\+?[0-9]{2,20}")


class CannotDialError(frappe.ValidationError):
	"""There is no line to dial on, or the number cannot be dialled."""


class AlreadyDiallingError(frappe.ValidationError):
	"""The user's former request is not through yet."""


def lines_for(user: str) -> list[dict]:
	"""Return the lines on which a user may dial, connected ones first: `name`, `title`, `silent`.

	:param user: an agent of the lines.
	"""
	mine = list(routing.lines_of(user))
	if not mine:
		return []
	line, bridge = frappe.qb.DocType("Phone Line"), frappe.qb.DocType("Caller ID Bridge")
	rows = (
		frappe.qb.from_(line)
		.join(bridge)
		.on((bridge.name == line.bridge) & (bridge.enabled == 1))
		.where(line.name.isin(mine) & (line.can_dial == 1))
		.select(line.name, line.line_title.as_("title"), line.device_state, bridge.silent)
		.orderby(line.line_title)
	).run(as_dict=True)
	return sorted(rows, key=lambda row: bool(row.silent or row.device_state == "Disconnected"))


def request(user: str, number: str, phone_line: str | None, reference: Document | None) -> Document:
	"""Ask the bridge of a line to dial a number for a user.

	:param user: who will talk.
	:param number: in any notation.
	:param phone_line: one of the user's lines; without it the first that is connected.
	:param reference: document that the number stands in, whose read permission has been checked.
	:raises CannotDialError: no line, a silent bridge, or nothing to dial.
	:raises AlreadyDiallingError: a former request of the user is open.
	"""
	line = _line_for(user, phone_line)
	target, shown, key = dial_string(number, line)
	customer = _customer_of(reference)
	_expire_of(user)
	doc = frappe.get_doc(
		doctype="Dial Request",
		number=target,
		number_display=shown,
		number_key=key,
		user=user,
		open_for=user,
		customer=customer,
		party_name=customer and frappe.db.get_value("Service Customer", customer, "customer_name"),
		reference_doctype=reference and reference.doctype,
		reference_name=reference and reference.name,
		phone_line=line.name,
		bridge=line.bridge,
		source_line=line.source_line,
		extension=extension_of(user),
		expires_at=now_datetime() + LIVES,
	)
	doc.flags.by_dialling = True
	try:
		return doc.insert()
	except frappe.UniqueValidationError:
		frappe.clear_last_message()
		frappe.throw(
			_("Your former number is still being dialled. Wait a moment, or cancel it."), AlreadyDiallingError
		)


def dial_string(number: str, line: Document) -> tuple[str, str, str]:
	"""Return what the device has to dial, how people read it, and the normalised number.

	At home a number is dialled as the country does it, without the line's own area code; abroad with the country's
	prefix for calls abroad. Outside numbers get the line's prefix, extensions and services as they are.

	:raises CannotDialError: it is no number, or hidden, or holds what only a telephone's keys could mean.
	"""
	region, area_code = place_of_line(line)
	found = normalise(number, region, area_code)
	target = found.national if found.kind in ("service", "extension") else ""
	if found.valid:
		parsed = phonenumbers.parse(found.e164)
		target = phonenumbers.format_out_of_country_calling_number(parsed, region)
		target = re.sub(r"[^0-9]", "", target)
		own = re.sub(r"[^0-9]", "", area_code)
		if own and found.kind == "fixed" and target.startswith(own):
			target = target[len(own) :]
	elif found.key.startswith("raw:"):
		target = found.key.removeprefix("raw:")
	if found.presentation != "allowed" or not DIGITS.fullmatch(target):
		frappe.throw(
			_("{0} cannot be dialled. Type the number with its area code.").format(
				frappe.bold(frappe.utils.escape_html(number[:64]))
			),
			CannotDialError,
		)
	prefix = "" if found.kind == "extension" else re.sub(r"[^0-9]", "", line.dial_prefix or "")
	return prefix + target, format_number(found, region), found.key


def cancel(name: str, user: str) -> None:
	"""Take a request back that no bridge has fetched yet; one that is closed stays as it is.

	:param name: Dial Request.
	:param user: who made it.
	:raises frappe.PermissionError: somebody else's.
	:raises CannotDialError: the bridge dials already.
	"""
	doc = frappe.get_doc("Dial Request", name, for_update=True)
	if doc.user != user:
		frappe.throw(_("Only who asked for the call may cancel it."), frappe.PermissionError)
	if doc.state == TAKEN:
		frappe.throw(_("The number is being dialled already. Hang up at the telephone."), CannotDialError)
	if doc.state == QUEUED:
		close({"name": doc.name, "user": doc.user}, CANCELLED, "")


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


def _line_for(user: str, phone_line: str | None) -> Document:
	lines = lines_for(user)
	if phone_line:
		lines = [line for line in lines if line.name == phone_line]
	if not lines:
		frappe.throw(
			_(
				"There is no line on which you may dial. A line needs the mark {0}, and you among its agents."
			).format(frappe.bold(_("Agents Dial on This Line"))),
			CannotDialError,
		)
	if lines[0].silent:
		frappe.throw(
			_("Nothing is heard of the computer that dials on {0}. Dial by hand.").format(
				frappe.bold(frappe.utils.escape_html(lines[0].title))
			),
			CannotDialError,
		)
	return frappe.get_cached_doc("Phone Line", lines[0].name)


def _customer_of(reference: Document | None) -> str | None:
	if not reference:
		return None
	return reference.name if reference.doctype == "Service Customer" else reference.get("customer")


def _expire_of(user: str) -> None:
	"""What nobody fetched in time keeps nobody from dialling again, even before the scheduled job has seen it."""
	table, now = frappe.qb.DocType("Dial Request"), now_datetime()
	late = ((table.state == QUEUED) & (table.expires_at < now)) | (
		(table.state == TAKEN) & (table.taken_at < now - REPORTS_WITHIN)
	)
	(
		frappe.qb.update(table)
		.set(table.state, EXPIRED)
		.set(table.open_for, None)
		.where((table.open_for == user) & late)
	).run()


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
