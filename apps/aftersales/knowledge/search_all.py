"""One search for everything that the collections hold: tickets, customers, products, FAQs and what other apps declare."""

import frappe
from frappe import _

from aftersales.knowledge.collection import Collection, collections
from aftersales.knowledge.finder import check_page, find, read_typed, subtree
from aftersales.knowledge.query import Typed

MAX_LIMIT, MAX_START = 50, 1_000


@frappe.whitelist()
def search_records(
	text: str,
	collection: str | None = None,
	product: str | None = None,
	product_category: str | None = None,
	limit: int = 5,
	start: int = 0,
) -> dict:
	"""Find records of every kind by words, names, numbers and codes; a whole number or code finds its record first.

	:param text: what was typed, at most 400 characters count.
	:param collection: DocType; only that one is searched.
	:param product: Product; only tickets and FAQs of exactly that product.
	:param product_category: Product Category; those below it are searched, too.
	:param limit: hits of each collection, 1 to 50.
	:param start: hits to skip, at most 1,000.
	:returns: `groups`, each with `collection`, `label`, `total`, `complete` and `hits` (name, title_html, facts_html,
	        text_html, indicator); collections that the user may not read and those without a hit are left out.
	:raises frappe.ValidationError: limit or start is out of bounds.
	:raises frappe.PermissionError: the user may read none of the collections.
	"""
	limit, start = check_page(limit, start, MAX_LIMIT, MAX_START)
	if not any(frappe.has_permission(name, "read") for name in collections()):
		frappe.throw(_("You may read nothing that this search looks through."), frappe.PermissionError)
	readable = {name: one for name, one in collections().items() if frappe.has_permission(name, "read")}
	if collection:
		readable = {name: one for name, one in readable.items() if name == collection}
	filters: dict[str, list[str]] = {}
	if product:
		filters["product"] = [product]
	if product_category:
		filters["product_category"] = subtree("Product Category", product_category)
	typed = read_typed(text)
	groups = [search_one(one, typed, filters, limit, start) for one in readable.values()] if typed else []
	return {"text": text, "groups": [group for group in groups if group and group["hits"]]}


def search_one(collection: Collection, typed: Typed, filters: dict, limit: int, start: int) -> dict | None:
	"""Return one group, or None where the filters have no meaning."""
	names = {field.fieldname for field in frappe.get_meta(collection.doctype).fields}
	if not set(filters) <= names:
		return None
	terms = {name: collection.term_values(name, values) for name, values in filters.items()}
	found = find(collection, typed, terms, limit, start)
	return {
		"collection": collection.doctype,
		"label": _(collection.doctype),
		"total": found.total,
		"complete": found.complete,
		"hits": [
			{"doctype": collection.doctype, "name": row["name"], **collection.show(row, typed)}
			for row in found.rows
		],
	}
