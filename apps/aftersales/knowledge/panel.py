"""What the context panel beside a ticket shows (S1.33-S1.35), in one request per ticket that is opened."""

import frappe
from frappe.utils import cint

from aftersales.aftersales.context import same_customer, same_product
from aftersales.field_service import order_sections
from aftersales.field_service.device_sections import beside_ticket
from aftersales.knowledge.search import search_faqs
from aftersales.knowledge.text import language_of
from aftersales.utils.access import check_permission

ROWS = 20
# With fewer hits than this for the product itself, those of its category and then all others follow.
ENOUGH = 5


@frappe.whitelist()
def open_panel(
	ticket: str | None = None,
	product: str | None = None,
	customer: str | None = None,
	phone: str | None = None,
	text: str = "",
	faq_product: str | None = None,
	faq_product_category: str | None = None,
	faq_kind: str | None = None,
	device: str | None = None,
) -> dict:
	"""Return the first content of the tabs, for a ticket that may not be saved yet.

	:param ticket: record number; None for a new ticket.
	:param product: product code, as the form holds it now.
	:param customer: Service Customer, as the form holds it now.
	:param phone: telephone number, as the form holds it now.
	:param text: beginning of the question, or what was typed instead.
	:param faq_product: product code to search FAQs for: the ticket's or what was chosen instead.
	:param faq_product_category: Product Category to search FAQs for.
	:param faq_kind: kind of FAQ that comes first.
	:param device: Customer Device, as the form holds it now.
	:returns: `faqs` (see `find_faqs`), `same_product` and `same_customer` (see `aftersales.aftersales.context`), and
	        `device` (see `aftersales.field_service.device_sections`), `orders` (see `order_sections`); each is None if the user may not read such documents.
	:raises frappe.PermissionError: the user may not read the ticket.
	"""
	ticket = ticket or None
	content: dict = {
		"faqs": None,
		"same_product": None,
		"same_customer": None,
		"device": None,
		"orders": None,
	}
	if frappe.has_permission("FAQ", "read"):
		content["faqs"] = find_faqs(text, faq_product, faq_product_category, kind=faq_kind)
	if frappe.has_permission("Service Ticket", "read"):
		content["same_product"] = same_product(ticket, product, limit=ROWS)
		content["same_customer"] = same_customer(ticket, customer, phone, limit=ROWS)
	content["device"] = beside_ticket(device, ticket)
	content["orders"] = order_sections.beside_ticket(ticket, customer, phone)
	return content


@frappe.whitelist()
def find_faqs(
	text: str = "",
	product: str | None = None,
	product_category: str | None = None,
	limit: int = 10,
	kind: str | None = None,
) -> dict:
	"""Search FAQs for a product first, then for its category, then everywhere, until there are enough.

	:param text: words in Chinese or English.
	:param product: product code, or None.
	:param product_category: Product Category, or None.
	:param limit: hits wanted, 1 to 50.
	:param kind: such as Fault or Complaint; answers of that kind come first (S7.40, S7.41).
	:returns: `hits` as of `search_faqs`, each with `scope` (product, category or all), and `complete`.
	:raises frappe.PermissionError: the user may not read FAQs.
	:raises frappe.ValidationError: limit is out of bounds.
	"""
	check_permission("FAQ", "read")
	limit = cint(limit)
	hits: dict[str, dict] = {}
	complete = True
	for scope, filters in scopes(product, product_category):
		found = search_faqs(text, limit=limit, kind=kind, **filters)
		complete = complete and found["complete"]
		for hit in found["hits"]:
			hits.setdefault(hit["name"], {**hit, "scope": scope})
		if len(hits) >= min(ENOUGH, limit):
			break
	# An answer that only its synonyms in another language found is for who finds nothing better.
	language = language_of(text, (frappe.local.lang or "en")[:2])
	ordered = sorted(hits.values(), key=lambda hit: (hit.get("language") or language)[:2] != language)
	return {"hits": ordered[:limit], "complete": complete}


def scopes(product: str | None, product_category: str | None) -> list[tuple[str, dict]]:
	"""From narrow to wide."""
	narrowing: list[tuple[str, dict]] = []
	if product:
		narrowing.append(("product", {"product": product}))
		product_category = product_category or frappe.db.get_value("Product", product, "product_category")
	if product_category:
		narrowing.append(("category", {"product_category": product_category}))
	return [*narrowing, ("all", {})]
