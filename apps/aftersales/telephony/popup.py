"""What the Desk shows while a telephone rings: to whom it goes, and what it may contain for each of them.

The first message carries the caller's identity, so that the pop-up says at once who calls; tickets and earlier calls
are fetched by the browser with the user's own permissions (`call_card`).
"""

from contextlib import suppress

import frappe
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from aftersales.telephony import call_card

EVENT = "aftersales_call"


def read_line(bridge: str, source_line: str) -> frappe._dict | None:
	"""Return a Phone Line's fields with `agents`, the enabled users to tell; None if nobody set the line up.

	A disabled line has no agents: its calls are recorded and nobody is told.
	"""
	line, agent, user = (frappe.qb.DocType(d) for d in ("Phone Line", "Phone Line Agent", "User"))
	rows = (
		frappe.qb.from_(line)
		.left_join(agent)
		.on((agent.parent == line.name) & (agent.parenttype == "Phone Line"))
		.left_join(user)
		.on((user.name == agent.user) & (user.enabled == 1))
		.where((line.bridge == bridge) & (line.source_line == source_line))
		.select(
			line.name,
			line.line_title,
			line.area_code,
			line.country_code,
			line.enabled,
			line.device_state_at,
			user.name.as_("user"),
		)
		.orderby(agent.idx)
	).run(as_dict=True)
	if not rows:
		return None
	found = frappe._dict(rows[0])
	found.agents = [row.user for row in rows if row.user] if found.enabled else []
	return found


def publish(call: frappe._dict, line: frappe._dict | None) -> None:
	"""Tell the agents of a line about a call, each only what they may see, once the transaction is committed.

	:param call: fields of the Service Call.
	:param line: what `read_line` returned.
	"""
	if not line or not line.agents or call.direction == "Outbound":
		return
	party = party_of(call)
	for user in line.agents:
		frappe.publish_realtime(EVENT, payload(call, line, user, party), user=user, after_commit=True)


def payload(call: frappe._dict, line: frappe._dict, user: str, party: Document | None) -> dict:
	"""Return the message for one user: the call as it is now, and under `card` who calls (`call_card.head`).

	:param call: fields of the Service Call.
	:param line: `line_title` and name of the Phone Line.
	:param user: who will see it.
	:param party: the Service Customer or Dealer of a sure match, as `party_of` returned it.
	"""
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
		"line_title": line.line_title,
		"number": call.number_raw,
		"number_display": call.number_display,
		"presentation": (call.presentation or "").lower(),
		"name": card.get("name") or call.name_raw or "",
		"started_at": str(call.started_at),
		"age_ms": max(0, int((now_datetime() - call.started_at).total_seconds() * 1000)),
		"agent": call.agent,
		"agent_name": call.agent and frappe.utils.get_fullname(call.agent),
		"match": match,
		"card": card,
	}


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
