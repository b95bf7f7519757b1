"""Quick search of the Service Console: what an agent types while the customer talks.

Exact keys come first: record number, telephone number, member number, product code, lot number. Then names by
their beginning, the found customers' tickets, and everything by words through the search index (see
`aftersales.knowledge.finder`). Every statement reads through an index and stops after a few rows, so the cost does not grow
with the number of tickets.
"""

import re
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.naming import parse_naming_series

from aftersales.aftersales.console import only_console_users
from aftersales.knowledge.collection import collections
from aftersales.knowledge.finder import find, read_typed
from aftersales.knowledge.query import Typed
from aftersales.knowledge.search import search_faqs
from aftersales.telephony.caller import CallerMatch, lookup
from aftersales.telephony.numbers import format_number, normalise
from aftersales.utils.workflow_state import indicator_of

LONGEST = 140
MOST = 20
CUSTOMERS_WITH_TICKETS = 5
WORDS_WANT = 2  # characters; a single one finds everything

CUSTOMER = ["name", "customer_name", "organisation", "phone", "member_no", "disabled", "black_listed"]
DEALER = ["name", "dealer_code", "phone", "region"]
PRODUCT = ["name", "product_name", "model", "disabled"]
TICKET = ["name", "customer_name", "organisation", "product_name", "question", "status", "creation"]


@frappe.whitelist()
def search(text: str, limit: int = 10) -> dict:
	"""Find records by what was typed; only what the user may read, checked through `get_list`.

	:param text: record number (whole, its beginning, or only its last digits), telephone number in any notation,
	    member number, product code, lot number, beginning of a name or an organisation, or words of an FAQ.
	:param limit: hits per group, 1 to 20.
	:returns: {"text", "groups": [{"key", "label", "hits": [{"doctype", "name", "title", "subtitle",
	    "indicator": [label, colour] or None}]}]}; groups without hits are left out, no hit stands twice.
	:raises frappe.PermissionError: for those who may not open the Service Console.
	"""
	only_console_users()
	text = " ".join(text.split())[:LONGEST]
	limit = max(1, min(limit, MOST))
	if not text:
		return {"text": text, "groups": []}
	caller = _caller(text)
	exact = [*_exact_customers(text, caller, limit), *_exact_dealers(text, caller, limit)]
	exact += _exact_tickets(text, caller, limit)
	products = _products_by_code(text, limit)
	exact += [hit for hit in products if hit["name"].casefold() == text.casefold()]
	typed = read_typed(text) if len(text) >= WORDS_WANT else Typed()
	customers = _customers_by_name(text, limit)
	known = [hit["name"] for hit in [*exact, *customers] if hit["doctype"] == "Service Customer"]
	groups = [
		("exact", _("Exact Match"), exact),
		(
			"customers",
			_("Customers"),
			[*customers, *_by_words("Service Customer", typed, limit, _customer_hit)],
		),
		("tickets", _("Tickets"), _tickets(text, typed, known, limit)),
		("products", _("Products"), [*products, *_by_words("Product", typed, limit, _product_hit)]),
		("faqs", _("FAQ"), _faqs(text, typed, min(limit, 5))),
	]
	return {"text": text, "groups": _without_repeats(groups, limit)}


def _without_repeats(groups: list[tuple[str, str, list[dict]]], limit: int) -> list[dict]:
	"""Keep each hit where it stands first, and no more than `limit` of a group."""
	seen, kept = set(), []
	for key, label, hits in groups:
		fresh = []
		for hit in hits:
			identity = (hit["doctype"], hit["name"])
			if identity not in seen and len(fresh) < limit:
				seen.add(identity)
				fresh.append(hit)
		if fresh:
			kept.append({"key": key, "label": label, "hits": fresh})
	return kept


def _list(doctype: str, fields: list[str], limit: int, **conditions) -> list[frappe._dict]:
	"""`get_list` that gives nothing, instead of an error, to those who may not read the DocType at all."""
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, fields=fields, limit=limit, **conditions)


def _beginning(text: str) -> str:
	"""The part of the text that LIKE can look up in an index: up to the first character with a meaning of its own."""
	return re.split(r"[%_\\]", text, maxsplit=1)[0].strip()


def _caller(text: str) -> CallerMatch | None:
	"""The look-up of a telephone number, or None when the text is none: one statement, and only for digits."""
	return lookup(text) if re.search(r"\d{3}", text) and normalise(text).key else None


def _parties(caller: CallerMatch | None, party_type: str) -> list[str]:
	names = []
	for candidate in caller.candidates if caller else []:
		name = candidate.customer if party_type == "Service Customer" else candidate.dealer
		if name:
			names.append(name)
	return names


def _numbers_meant(text: str) -> list[str]:
	"""The text itself, and when it is only digits the record numbers of this year that end in them."""
	meant = [text]
	if re.fullmatch(r"\d{1,8}", text):
		series = frappe.get_meta("Service Ticket").get_field("naming_series")
		for option in (series.options or "").split("\n"):
			if option.strip():
				meant.append(
					parse_naming_series(
						option.strip(),
						"Service Ticket",
						number_generator=lambda _key, digits: text.zfill(digits),
					)
				)
	return meant


def _exact_tickets(text: str, caller: CallerMatch | None, limit: int) -> list[dict]:
	"""One statement per key: an OR over several columns would leave the choice of an index to luck."""
	rows = _list("Service Ticket", TICKET, limit, filters={"name": ("in", _numbers_meant(text))})
	rows += _list("Service Ticket", TICKET, limit, filters={"lot_no": text})
	if caller:
		filters = {"phone_key": caller.number.key}
		rows += _list("Service Ticket", TICKET, limit, filters=filters, order_by="creation desc")
	return [_ticket_hit(row) for row in rows]


def _exact_customers(text: str, caller: CallerMatch | None, limit: int) -> list[dict]:
	names = [text, *_parties(caller, "Service Customer")]
	rows = _list("Service Customer", CUSTOMER, limit, filters={"name": ("in", names)})
	# surest first, as the look-up has them
	rows.sort(key=lambda row: names.index(row.name) if row.name in names else 0)
	rows += _list("Service Customer", CUSTOMER, limit, filters={"member_no": text})
	return [_customer_hit(row) for row in rows]


def _exact_dealers(text: str, caller: CallerMatch | None, limit: int) -> list[dict]:
	names = [text, *_parties(caller, "Dealer")]
	rows = _list("Dealer", DEALER, limit, filters={"name": ("in", names)})
	rows += _list("Dealer", DEALER, limit, filters={"dealer_code": text})
	return [_hit("Dealer", row.name, row.name, row.dealer_code, row.phone, row.region) for row in rows]


def _products_by_code(text: str, limit: int) -> list[dict]:
	start = _beginning(text)
	if not start:
		return []
	filters = {"name": ("like", f"{start}%")}
	rows = _list("Product", PRODUCT, limit, filters=filters, order_by="name asc")
	return [_product_hit(row) for row in rows]


def _customers_by_name(text: str, limit: int) -> list[dict]:
	"""Two statements, since an index serves one column's beginning at a time."""
	start = _beginning(text)
	if not start:
		return []
	found = {}
	for field in ("customer_name", "organisation"):
		filters = {field: ("like", f"{start}%")}
		for row in _list("Service Customer", CUSTOMER, limit, filters=filters, order_by=f"{field} asc"):
			found.setdefault(row.name, row)
	rows = sorted(found.values(), key=lambda row: bool(row.disabled))
	return [_customer_hit(row) for row in rows]


def _tickets_by_number(text: str, limit: int) -> list[dict]:
	start = _beginning(text)
	if len(start) < 3 or not re.search(r"\d", start):
		return []
	filters = {"name": ("like", f"{start}%")}
	rows = _list("Service Ticket", TICKET, limit, filters=filters, order_by="name desc")
	return [_ticket_hit(row) for row in rows]


def _tickets_of(customers: list[str], limit: int) -> list[dict]:
	if not customers:
		return []
	filters = {"customer": ("in", customers[:CUSTOMERS_WITH_TICKETS])}
	rows = _list("Service Ticket", TICKET, limit, filters=filters, order_by="creation desc")
	return [_ticket_hit(row) for row in rows]


def _tickets(text: str, typed: Typed, customers: list[str], limit: int) -> list[dict]:
	"""By the beginning of their number, then those of the found customers, then those in which the words stand."""
	hits = [*_tickets_by_number(text, limit), *_tickets_of(customers, limit)]
	return hits + (_by_words("Service Ticket", typed, limit, _ticket_hit) if len(hits) < limit else [])


def _by_words(doctype: str, typed: Typed, limit: int, make_hit: Callable[[frappe._dict], dict]) -> list[dict]:
	"""Hits of the search index, for those who may read such documents."""
	if not typed or not frappe.has_permission(doctype, "read"):
		return []
	found = find(collections()[doctype], typed, limit=limit, scans=False)
	return [make_hit(frappe._dict(row)) for row in found.rows]


def _faqs(text: str, typed: Typed, limit: int) -> list[dict]:
	if not typed or not frappe.has_permission("FAQ", "read"):
		return []
	hits = search_faqs(text=text, limit=limit)["hits"]
	return [_hit("FAQ", hit["name"], hit["question"], hit.get("category"), hit["name"]) for hit in hits]


def _ticket_hit(row: frappe._dict) -> dict:
	who = " · ".join(part for part in (row.customer_name, row.organisation) if part)
	about = row.question or row.product_name
	hit = _hit("Service Ticket", row.name, f"{row.name}  {who}".strip(), about)
	hit["indicator"] = [_(row.status), indicator_of(row.status)] if row.status else None
	return hit


def _customer_hit(row: frappe._dict) -> dict:
	member = _("Member {0}").format(row.member_no) if row.member_no else None
	title = " · ".join(part for part in (row.customer_name, row.organisation) if part)
	hit = _hit("Service Customer", row.name, title, format_number(row.phone), member, row.name)
	if row.black_listed:
		hit["indicator"] = [_("Black List"), "red"]
	elif row.disabled:
		hit["indicator"] = [_("Disabled"), "gray"]
	return hit


def _product_hit(row: frappe._dict) -> dict:
	hit = _hit("Product", row.name, f"{row.name}  {row.product_name or ''}".strip(), row.model)
	if row.disabled:
		hit["indicator"] = [_("Disabled"), "gray"]
	return hit


def _hit(doctype: str, name: str, title: str, *subtitle: str | None) -> dict:
	line = " · ".join(" ".join(str(part).split()) for part in subtitle if part)
	return {"doctype": doctype, "name": name, "title": title, "subtitle": line[:160], "indicator": None}
