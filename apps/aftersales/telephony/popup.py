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
from aftersales.utils.realtime import publish_after_commit

EVENT = "aftersales_call"
MILLISECOND = timedelta(milliseconds=1)


def publish(call: frappe._dict, line: frappe._dict | None) -> None:
	"""Tell everybody for whom a line rings about a call, each only what they may see, once the transaction is committed.

	Those whose turn comes later hear of it now too, with the time to wait; when the call is taken they forget it again.

	:param call: fields of the Service Call.
	:param line: what `routing.read_line` returned.
	"""
	publish_all([(call, line)])


def publish_all(news: list[tuple[frappe._dict, frappe._dict | None]]) -> None:
	"""Tell about several calls at once, as `publish` does of one; eight lines may ring in the same moment."""
	now = now_datetime()
	readers: dict[str, bool] = {}
	told = []
	for call, line in news:
		if call.direction != "Outbound":
			told += _messages(call, line, _targets(call, line, now, readers), now)
	publish_after_commit(EVENT, told)


def _targets(
	call: frappe._dict, line: frappe._dict | None, now: datetime, readers: dict[str, bool]
) -> list[routing.Target]:
	"""Whom a call is told to; `readers` remembers who may read calls at all."""
	told = []
	for target in routing.targets(line, call.started_at, now) if line else ():
		if target.user not in readers:
			readers[target.user] = frappe.has_permission("Service Call", "read", user=target.user)
		# A group may have members who do other work; what they may not see they are not told.
		if readers[target.user]:
			told.append(target)
	if call.agent and call.agent not in [target.user for target in told]:
		told.append(routing.Target(call.agent, 0))
	return told


def _messages(
	call: frappe._dict, line: frappe._dict | None, told: list[routing.Target], now: datetime
) -> list[tuple[dict, list[str]]]:
	"""The messages about one call, each with those who get the very same: it is made once for all of them."""
	if not told:
		return []
	party, common = party_of(call), _common(call, line, now)
	card = call_card.face(call, party) if common["match"] == "sure" and _has_face(call, party) else {}
	messages: dict[tuple, tuple[dict, list[str]]] = {}
	for target in told:
		seen = bool(card) and call_card.may_see(call, party, target.user)
		own = _own(call, target.user, target, now)
		message = {**common, **own, **_identity(call, common["match"], card if seen else {})}
		messages.setdefault((seen, *own.values()), (message, []))[1].append(target.user)
	return list(messages.values())


def _has_face(call: frappe._dict, party: Document | None) -> bool:
	"""A sure match whose document was deleted meanwhile is nobody any more."""
	return party is not None or call.party_type == "Contact"


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
	common = _common(call, line, now)
	card = call_card.head(call, party, user) if common["match"] == "sure" else {}
	return {**common, **_own(call, user, target, now), **_identity(call, common["match"], card)}


def _common(call: frappe._dict, line: frappe._dict | None, now: datetime) -> dict:
	"""What a message says to everybody."""
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
		"started_at": str(call.started_at),
		"age_ms": max(0, int((now - call.started_at) / MILLISECOND)),
		"agent": call.agent,
		"agent_name": call.agent and frappe.utils.get_fullname(call.agent),
		"match": (call.match_level or "None").lower(),
	}


def _own(call: frappe._dict, user: str, target: routing.Target | None, now: datetime) -> dict:
	"""When and how the pop-up shows for one user."""
	return {
		"show_after_ms": _wait(call, target, now),
		"quiet": bool(target and target.quiet and call.agent != user),
	}


def _identity(call: frappe._dict, match: str, card: dict) -> dict:
	"""Who calls, as far as the user may know it."""
	return {
		"name": card.get("name") or call.name_raw or "",
		"match": "hidden" if match == "sure" and not card else match,
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
