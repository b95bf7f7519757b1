"""What the Desk shows while a telephone rings: to whom it goes, and what it may contain for each of them.

The first message carries the caller's identity, so that the pop-up says at once who calls; tickets and earlier calls
are fetched by the browser with the user's own permissions (`call_card`).
"""

from contextlib import suppress
from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from aftersales.telephony import call_card, numbers, routing

EVENT = "aftersales_call"
MILLISECOND = timedelta(milliseconds=1)


def publish(call: frappe._dict, line: frappe._dict | None) -> None:
	"""Tell everybody for whom a line rings about a call, each only what they may see, once the transaction is committed.

	Those whose turn comes later hear of it now too, with the time to wait; when the call is taken they forget it again.

	:param call: fields of the Service Call.
	:param line: what `routing.read_line` returned.
	"""
	if call.direction == "Outbound":
		return
	now = now_datetime()
	told = routing.targets(line, call.started_at, now) if line else []
	# A group may have members who do other work; what they may not see they are not told.
	told = [target for target in told if frappe.has_permission("Service Call", "read", user=target.user)]
	if call.agent and call.agent not in [target.user for target in told]:
		told.append(routing.Target(call.agent, 0))
	if not told:
		return
	party = party_of(call)
	for target in told:
		message = payload(call, line, target.user, party, target, now)
		frappe.publish_realtime(EVENT, message, user=target.user, after_commit=True)


def payload(
	call: frappe._dict,
	line: frappe._dict,
	user: str,
	party: Document | None,
	target: routing.Target | None = None,
	now: datetime | None = None,
) -> dict:
	"""Return the message for one user: the call as it is now, and under `card` who calls (`call_card.head`).

	:param call: fields of the Service Call.
	:param line: `line_title` of the Phone Line.
	:param user: who will see it.
	:param party: the Service Customer or Dealer of a sure match, as `party_of` returned it.
	:param target: how the line rings for the user; None if it is the user who asks about the call.
	:param now: in the site's time zone; None asks the clock.
	"""
	now = now or now_datetime()
	match = (call.match_level or "None").lower()
	card = {}
	if match == "sure":
		card = call_card.head(call, party, user)
		match = match if card else "hidden"
	return {
		"call": call.name,
		"call_uuid": call.name,
		"seq": cint(call.last_seq),
		"revision": cint(call.revision),
		"state": call.state,
		"direction": call.direction,
		"line": call.phone_line,
		"line_title": line.line_title if line else "",
		"number": call.number_raw,
		"number_display": call.number_display,
		"presentation": (call.presentation or "").lower(),
		**kind_of_number(call.number_key),
		"name": card.get("name") or call.name_raw or "",
		"started_at": str(call.started_at),
		"age_ms": max(0, int((now - call.started_at) / MILLISECOND)),
		"show_after_ms": _wait(call, target, now),
		"quiet": bool(target and target.quiet and call.agent != user),
		"agent": call.agent,
		"agent_name": call.agent and frappe.utils.get_fullname(call.agent),
		"match": match,
		"card": card,
	}


def _wait(call: frappe._dict, target: routing.Target | None, now: datetime) -> int:
	"""Milliseconds until the pop-up shows; a call that is taken or over is no news to wait for."""
	if not target or not target.after_seconds or call.agent or call.state != "Ringing":
		return 0
	return max(0, int((call.started_at + timedelta(seconds=target.after_seconds) - now) / MILLISECOND))


def kind_of_number(key: str | None) -> dict:
	"""Return `number_kind` (internal, service, foreign or empty) and `country`, the two letters of a foreign number.

	:param key: normalised number, see `numbers.Number`.
	"""
	if not key or key.startswith("raw:"):
		return {"number_kind": "", "country": ""}
	if not key.startswith("+"):
		return {"number_kind": "internal" if key.startswith("ext:") else "service", "country": ""}
	region, home = numbers.region_of(key), numbers.default_place()[0].upper()
	if region == home:
		return {"number_kind": "", "country": ""}
	return {"number_kind": "foreign", "country": region}


def party_of(call: frappe._dict) -> Document | None:
	"""Return the document behind a sure match: the customer, else the dealer, else nothing."""
	if call.customer:
		doctype, name = "Service Customer", call.customer
	elif call.party_type == "Dealer":
		doctype, name = call.party_type, call.party
	else:
		return None
	with suppress(frappe.DoesNotExistError):
		return frappe.get_cached_doc(doctype, name)
	return None
