"""Searching FAQs, for the Desk; the portal asks `aftersales.knowledge.readers`. How it is done: `finder`."""

import frappe
from tantivy import Query

from aftersales.knowledge import query, upkeep
from aftersales.knowledge.access import AUDIENCES, View, view_of
from aftersales.knowledge.answer_text import layout_text, plain_text, safe_html
from aftersales.knowledge.collection import Collection
from aftersales.knowledge.faqs import KIND as FAQ
from aftersales.knowledge.faqs import LINKS, STEPS, is_draft
from aftersales.knowledge.finder import MAX_COUNTED, Found, check_page, find, read_typed, subtree
from aftersales.knowledge.index import IndexUnavailable
from aftersales.knowledge.rights import Rights, rights_of
from aftersales.knowledge.text import code_key
from aftersales.utils.access import check_permission

KIND = "FAQ"
MAX_LIMIT, MAX_START = 50, 1_000
# Expressed by `visible`.
OWN_HOOK = "aftersales.knowledge.access.query_conditions"
FIELDS = (
	"name",
	"question",
	"answer",
	"faq_category",
	"product",
	"product_category",
	"language",
	"audience",
	"status",
	"published",
	"published_on",
	"used_count",
	"kind",
	"translation_of",
	"modified",
)
# An answer of the wanted kind, or in the reader's language, goes before others that match as well.
KIND_WEIGHT, LANGUAGE_WEIGHT, USE_WEIGHT = 2.0, 1.0, 0.35


@frappe.whitelist()
def search_faqs(
	text: str = "",
	category: str | None = None,
	product: str | None = None,
	product_category: str | None = None,
	limit: int = 10,
	start: int = 0,
	kind: str | None = None,
	language: str | None = None,
) -> dict:
	"""Find FAQs by words in Chinese or English, product code, category and product category (S1.33, S2.48, S7.40).

	:param text: what was typed, at most 400 characters count; empty lists the most used and newest.
	:param category: FAQ Category; those below it are searched, too.
	:param product: product code, with or without dashes and blanks; entries for exactly that product.
	:param product_category: Product Category; those below it are searched, too.
	:param limit: hits wanted, 1 to 50.
	:param start: hits to skip, at most 1,000.
	:param kind: such as Fault or Complaint; answers of that kind come first (S7.40, S7.41).
	:param language: language code; only answers in that language.
	:returns: `hits` (name, question, question_html, answer_text, answer_html, snippet, category, pictures, score and
	        more; the html is safe to show), `total`, and `complete`: False while the index is being built.
	:raises frappe.PermissionError: the user may not read FAQs.
	:raises frappe.ValidationError: limit or start is out of bounds.
	"""
	check_permission(KIND, "read")
	limit, start = check_page(limit, start, MAX_LIMIT, MAX_START)
	filters = read_filters(category, product, product_category, language)
	typed = read_typed(text)
	if not typed:
		found = list_entries(filters, limit, start)
	else:
		found = find(COLLECTION, typed, filters, limit, start, wanted_kind(kind))
	return {"hits": as_hits(found.rows, typed), "total": found.total, "complete": found.complete}


def wanted_kind(kind: str | None) -> list[tuple[Query, float]]:
	"""Answers of a kind first."""
	return [(query.has_filter("kind", [kind]), KIND_WEIGHT)] if kind else []


def read_filters(
	category: str | None = None,
	product: str | None = None,
	product_category: str | None = None,
	language: str | None = None,
) -> dict[str, list[str]]:
	"""Values that the index's terms may have; a category stands for its whole subtree, a code for all its spellings."""
	filters = {}
	if category:
		filters["faq_category"] = subtree("FAQ Category", category)
	if product_category:
		filters["product_category"] = subtree("Product Category", product_category)
	if product:
		filters["product"] = [code_key(str(product)) or "-", str(product)]
	if language:
		filters["language"] = [str(language)]
	return filters


# Who finds what


def rights(doctype: str = KIND) -> Rights:
	"""The session user's rights as conditions of the query; see `aftersales.knowledge.access`."""
	general = rights_of(KIND, LINKS, known_hooks=(OWN_HOOK,))
	return Rights((*visible(view_of()), *general.conditions), general.complete and not is_limited_otherwise())


def visible(view: View) -> list[Query]:
	"""What a view of the knowledge base includes."""
	if view.everything:
		return []
	if view.audiences == AUDIENCES:
		published = query.has_filter("published", [1])
	else:
		published = query.has_filter("published_for", view.audiences)
	return [query.any_of([published, query.has_filter("owner", [view.own])]) if view.own else published]


def is_limited_otherwise() -> bool:
	"""People outside are counted hit by hit: not even a number tells them of an answer that was hidden a moment ago."""
	return view_of().own is None


def preferred() -> list[tuple[Query, float]]:
	"""Answers that were used and found helpful, and those in the reader's language."""
	often = [(query.has_filter("used", [step]), step * USE_WEIGHT) for step in range(1, STEPS + 1)]
	return [*often, (query.has_filter("language", [frappe.local.lang]), LANGUAGE_WEIGHT)]


def may_be_found(row: dict) -> bool:
	return bool(row["published"]) or is_draft(row)


# Without words


def list_entries(filters: dict[str, list[str]], limit: int, start: int) -> Found:
	"""The most used and newest published entries, when nothing was typed."""
	conditions = [["published", "=", 1]]
	conditions += [[name, "in", values] for name, values in filters.items() if name != "product"]
	if "product" in filters:
		conditions.append(product_condition(filters))
	rows = frappe.get_list(
		KIND,
		filters=conditions,
		fields=list(FIELDS),
		order_by="used_count desc, modified desc",
		limit_start=start,
		limit_page_length=limit,
	)
	if len(rows) < limit and (rows or not start):
		return Found(rows, start + len(rows))
	return Found(rows, max(count_entries(conditions, filters), start + len(rows)))


def count_entries(conditions: list[list], filters: dict[str, list[str]]) -> int:
	"""How many published entries there are for the user; the index knows without reading them."""
	known = rights()
	if not known.complete:
		return len(frappe.get_list(KIND, filters=conditions, pluck="name", limit_page_length=MAX_COUNTED))
	try:
		parts = [query.has_filter("published", [1]), *index_filters(filters), *known.conditions]
		return upkeep.index_of(KIND).search(query.all_of(parts), 1)[1]
	except IndexUnavailable:
		upkeep.request_rebuild(KIND)
		return 0


def index_filters(filters: dict[str, list[str]]) -> list[Query]:
	return [query.has_filter(name, values) for name, values in filters.items()]


def product_condition(filters: dict[str, list[str]]) -> list:
	"""The index knows every code of an entry in every spelling; the database only the first one."""
	try:
		upkeep.make_current(KIND)
		found, _count = upkeep.index_of(KIND).search(query.all_of(index_filters(filters)), MAX_COUNTED)
		return ["name", "in", [name for name, _score in found] or [""]]
	except IndexUnavailable:
		upkeep.request_rebuild(KIND)
		return ["product", "in", filters["product"]]


# What is shown


def as_hits(rows: list[dict], typed: query.Typed) -> list[dict]:
	"""Rows as the panel and the API get them; all HTML in them is safe."""
	pictures = read_pictures([row["name"] for row in rows])
	hits = []
	for row in rows:
		text = plain_text(row["answer"])
		hits.append(
			{
				"name": row["name"],
				"question": row["question"],
				"question_html": query.mark(row["question"], typed),
				"answer_text": layout_text(row["answer"]),
				"answer_html": safe_html(row["answer"]),
				"snippet": query.snippet(text, typed),
				"category": row["faq_category"],
				"product": row["product"],
				"product_category": row["product_category"],
				"status": row["status"],
				"published": row["published"],
				"audience": row["audience"],
				"kind": row["kind"],
				"language": row["language"],
				"used_count": row["used_count"],
				"pictures": pictures.get(row["name"], []),
				"score": round(row.get("score", 0.0), 3),
			}
		)
	return hits


def read_pictures(names: list[str]) -> dict[str, list[dict]]:
	"""Pictures of entries that the caller may read, by entry."""
	if not names:
		return {}
	rows = frappe.get_all(
		"FAQ Picture",
		filters={"parent": ("in", names), "parenttype": KIND},
		fields=["parent", "image", "caption"],
		order_by="idx",
	)
	pictures: dict[str, list[dict]] = {}
	for row in rows:
		pictures.setdefault(row.parent, []).append({"image": row.image, "caption": row.caption})
	return pictures


def show(row: dict, typed: query.Typed) -> dict:
	"""A FAQ as a hit among those of other collections."""
	category, kind, status = row["faq_category"], row["kind"], row["status"]
	facts = [frappe._(category), row["product"], frappe._(kind) if kind else None]
	return {
		"title_html": query.mark(row["question"], typed),
		"facts_html": " · ".join(query.mark(fact, typed) for fact in facts if fact),
		"text_html": query.snippet(plain_text(row["answer"]), typed),
		"indicator": None if row["published"] else [frappe._(status), "gray"],
	}


COLLECTION = Collection(
	kind=FAQ,
	fields=FIELDS,
	show=show,
	scanned=("question", "keywords", "product"),
	rights=rights,
	preferred=preferred,
	may_be_found=may_be_found,
	coded=("product",),
)
