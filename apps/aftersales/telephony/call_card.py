"""The caller's file as a pop-up shows it (S2.06, S7.01-S7.04), cut to what the user may read."""

import frappe
from frappe.model.document import Document

from aftersales.telephony import call_sections, presence
from aftersales.telephony.caller import CallerMatch, lookup

ROWS = 5


def head(call: frappe._dict, party: Document | None, user: str) -> dict:
	"""Return who calls; empty if the user may not read that document.

	:param call: fields of the Service Call.
	:param party: Service Customer or Dealer of a sure match; None if only a Contact is known.
	:param user: who will see it.
	"""
	return face(call, party) if may_see(call, party, user) else {}


def may_see(call: frappe._dict, party: Document | None, user: str) -> bool:
	"""Return whether a user may read the document of who calls; see `head`."""
	if party is None:
		return call.party_type == "Contact" and frappe.has_permission("Contact", "read", user=user)
	return frappe.has_permission(party.doctype, "read", doc=party, user=user)


def face(call: frappe._dict, party: Document | None) -> dict:
	"""Return who calls, the same for everybody who may see it; see `head`."""
	if party is None:
		return {"doctype": "Contact", "docname": call.party, "name": call.caller}
	common = {"doctype": party.doctype, "docname": party.name, "email": party.email, "region": party.region}
	if call.party_type == "Contact":
		common["person"] = call.caller
	if party.doctype == "Dealer":
		return {**common, "name": party.dealer_name}
	return {
		**common,
		"name": party.customer_name,
		"organisation": party.organisation,
		"member_no": party.member_no,
		"vip_level": party.vip_level,
		"gold_customer": party.gold_customer,
		"black_listed": party.black_listed,
		"black_list_reason": party.black_list_reason,
		"dealer": party.dealer,
		"account_owner": party.account_owner and frappe.utils.get_fullname(party.account_owner),
		"account_owner_user": party.account_owner,
		"purchase_intention": party.purchase_intention,
	}


def history(call: frappe._dict) -> dict:
	"""Return what a caller's file tells, as the session's user.

	Open and last tickets, earlier calls, the address, other numbers, the parties of a maybe, the colleague at an internal
	number, and the sections that modules add (`call_sections`).

	:param call: fields of the Service Call.
	"""
	tickets = _tickets(call)
	found = {
		"tickets": tickets,
		"open_tickets": _open_tickets(call, tickets),
		"calls": _calls(call),
		"candidates": [],
		"address": _address(call),
		"phones": _other_phones(call),
		"sections": call_sections.sections(call),
	}
	if call.match_level == "Maybe":
		found["candidates"] = _candidates(lookup(call.number_raw, call.phone_line))
	if (call.number_key or "").startswith("ext:"):
		colleague = presence.agent_at(call.number_key[4:], None)
		found["colleague"] = colleague and frappe.utils.get_fullname(colleague)
	return found


def _other_phones(call: frappe._dict) -> list[str]:
	"""Return the customer's other numbers (S7.01); the document is in the cache since the telephone rang."""
	if not call.customer:
		return []
	customer = frappe.get_cached_doc("Service Customer", call.customer)
	if not frappe.has_permission("Service Customer", "read", doc=customer):
		return []
	numbers = [customer.phone, *(row.phone for row in customer.other_phones), customer.fax]
	return [number for number in dict.fromkeys(numbers) if number][:ROWS]


def _tickets(call: frappe._dict) -> list[dict]:
	"""Open tickets first, then the last closed ones."""
	if not call.customer or not frappe.has_permission("Service Ticket", "read"):
		return []
	return frappe.get_list(
		"Service Ticket",
		{"customer": call.customer},
		["name", "record_type", "status", "completed", "question", "product_name", "creation_date"],
		order_by="completed asc, creation desc",
		limit=ROWS,
	)


def _open_tickets(call: frappe._dict, tickets: list[dict]) -> int:
	"""Count the open tickets; only a customer with many of them costs a statement."""
	shown = sum(not ticket.completed for ticket in tickets)
	if shown < ROWS:
		return shown
	counted = frappe.get_list(
		"Service Ticket", {"customer": call.customer, "completed": 0}, ["count(name) as n"]
	)
	return counted[0].n


def _calls(call: frappe._dict) -> list[dict]:
	"""Earlier calls of the customer, or of the number if nobody is known by it."""
	if call.customer:
		caller = {"customer": call.customer}
	elif call.number_key:
		caller = {"number_key": call.number_key}
	else:
		return []
	return frappe.get_list(
		"Service Call",
		{**caller, "name": ("!=", call.name)},
		["name", "state", "direction", "started_at", "agent_name"],
		order_by="started_at desc",
		limit=ROWS,
	)


def _address(call: frappe._dict) -> str | None:
	if not call.customer or not frappe.has_permission("Address", "read"):
		return None
	rows = frappe.get_list(
		"Address",
		[
			["Dynamic Link", "link_doctype", "=", "Service Customer"],
			["Dynamic Link", "link_name", "=", call.customer],
		],
		["city", "address_line1", "address_line2"],
		order_by="`tabAddress`.is_primary_address desc, `tabAddress`.creation asc",
		limit=1,
	)
	return " ".join(filter(None, rows[0].values())) if rows else None


def _candidates(match: CallerMatch) -> list[dict]:
	"""The parties that may be calling, of those that the user may read."""
	rows = []
	for candidate in match.candidates:
		doctype, name = candidate.identity
		# Permission of the row counts, so each is asked for; a number has few parties.
		if frappe.has_permission(doctype, "read", doc=name):
			rows.append(
				{
					"doctype": doctype,
					"docname": name,
					"name": candidate.display_name,
					"exact": candidate.exact,
				}
			)
	return rows[:ROWS]
