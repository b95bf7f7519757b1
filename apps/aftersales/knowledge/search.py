"""Searching FAQs: what the Desk, and later the portal, asks.

The index gives the order; the caller's rights are part of its query, and every hit is read again from the
database with them before it is shown. While the index cannot be read, the database answers within bounds.
"""

import frappe
from frappe import _
from frappe.core.doctype.server_script.server_script_utils import get_server_script_map
from frappe.utils import cint
from tantivy import Query

from aftersales.knowledge import query, upkeep
from aftersales.knowledge.access import AUDIENCES, View, view_of
from aftersales.knowledge.faqs import is_draft, layout_text, plain_text, safe_html
from aftersales.knowledge.index import IndexUnavailable
from aftersales.knowledge.text import code_key
from aftersales.utils.access import check_permission

KIND = "FAQ"
MAX_LIMIT, MAX_START = 50, 1_000
# Users whom rules limit that the index does not know are counted hit by hit, up to so many.
MAX_COUNTED = 500
# Without an index, so many of the newest entries are looked through.
MAX_SCANNED = 5_000
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
	"modified",
)
LIMITING = ("FAQ", "FAQ Category", "Product", "Product Category")


@frappe.whitelist()
def search_faqs(
	text: str = "",
	category: str | None = None,
	product: str | None = None,
	product_category: str | None = None,
	limit: int = 10,
	start: int = 0,
) -> dict:
	"""Find FAQs by words in Chinese or English, product code, category and product category (S1.33, S2.48, S7.40).

	:param text: what was typed, at most 400 characters count; empty lists the most used and newest.
	:param category: FAQ Category; those below it are searched, too.
	:param product: product code, with or without dashes and blanks; entries for exactly that product.
	:param product_category: Product Category; those below it are searched, too.
	:param limit: hits wanted, 1 to 50.
	:param start: hits to skip, at most 1,000.
	:returns: `hits` (name, question, question_html, answer_text, answer_html, snippet, category, pictures, score and
	        more; the html is safe to show), `total`, and `complete`: False while the index is being built.
	:raises frappe.PermissionError: the user may not read FAQs.
	:raises frappe.ValidationError: limit or start is out of bounds.
	"""
	check_permission(KIND, "read")
	limit, start = cint(limit), cint(start)
	if not (1 <= limit <= MAX_LIMIT and 0 <= start <= MAX_START):
		frappe.throw(_("Ask for 1 to {0} hits, starting at {1} at most.").format(MAX_LIMIT, MAX_START))
	filters = read_filters(category, product, product_category)
	typed = query.read(str(text or ""))
	complete = True
	if not typed:
		rows, total = list_entries(filters, limit, start)
	else:
		try:
			rows, total = search_index(typed, filters, limit, start)
		except IndexUnavailable:
			upkeep.request_rebuild(KIND)
			complete = False
			rows, total = scan_database(typed, filters, limit, start)
	return {"hits": as_hits(rows, typed), "total": total, "complete": complete}


def read_filters(
	category: str | None, product: str | None, product_category: str | None
) -> dict[str, list[str]]:
	"""Names that the link fields may have; a category stands for its whole subtree."""
	filters = {}
	if category:
		filters["faq_category"] = subtree("FAQ Category", category)
	if product_category:
		filters["product_category"] = subtree("Product Category", product_category)
	if product:
		filters["product"] = [str(product)]
	return filters


def subtree(doctype: str, name: str) -> list[str]:
	"""Return a tree node and all below it; only itself if there is no such node, which then finds nothing."""
	node = frappe.db.get_value(doctype, str(name), ["lft", "rgt"])
	if not node:
		return [str(name)]
	return frappe.get_all(doctype, filters={"lft": (">=", node[0]), "rgt": ("<=", node[1])}, pluck="name")


# With the index


def search_index(
	typed: query.Typed, filters: dict[str, list[str]], limit: int, start: int
) -> tuple[list[dict], int]:
	"""Return rows in the index's order with their score, and how many there are for this user.

	:raises IndexUnavailable: there is no index that can be read.
	"""
	upkeep.make_current(KIND)
	index = upkeep.index_of(KIND)
	conditions = [*index_filters(filters), *visible(view_of())]
	wanted = query.build(typed, conditions, index.searcher())
	if is_limited_otherwise():
		found, _count = index.search(wanted, MAX_COUNTED)
		rows = read_rows(found)
		return rows[start : start + limit], len(rows)
	# A few more than wanted, in place of those that were deleted or hidden since they were indexed.
	found, total = index.search(wanted, limit + 5, start)
	rows = read_rows(found)
	return rows[:limit], total - (len(found) - len(rows))


def index_filters(filters: dict[str, list[str]]) -> list[Query]:
	queries = [query.has_filter(name, values) for name, values in filters.items() if name != "product"]
	if "product" in filters:
		queries.append(query.has_filter("product", [code_key(code) for code in filters["product"]]))
	return queries


def visible(view: View) -> list[Query]:
	"""The caller's rights as conditions of the query; see `aftersales.knowledge.access`."""
	if view.everything:
		return []
	if view.audiences == AUDIENCES:
		published = query.has_filter("published", [1])
	else:
		published = query.has_filter("published_for", view.audiences)
	return [query.any_of([published, query.has_filter("owner", [view.own])]) if view.own else published]


def is_limited_otherwise() -> bool:
	"""Return True if rules that the index does not know limit the user: User Permissions and the like."""
	if frappe.session.user == "Administrator":
		return False
	if set(LIMITING) & set(frappe.permissions.get_user_permissions(frappe.session.user)):
		return True
	if frappe.permissions.get_role_permissions(frappe.get_meta(KIND)).get("has_if_owner_enabled"):
		return True
	if KIND in get_server_script_map().get("permission_query", {}):
		return True
	return len(frappe.get_hooks("permission_query_conditions", {}).get(KIND, [])) > 1


def read_rows(found: list[tuple[str, float]]) -> list[dict]:
	"""Read the hits with the caller's rights, in their order; those that may not be read are left out."""
	if not found:
		return []
	names = [name for name, _score in found]
	rows = frappe.get_list(KIND, filters={"name": ("in", names)}, fields=list(FIELDS), limit=len(names))
	by_name = {row.name: row for row in rows}
	return [{**by_name[name], "score": score} for name, score in found if name in by_name]


# Without it, or without words


def list_entries(filters: dict[str, list[str]], limit: int, start: int) -> tuple[list[dict], int]:
	"""The most used and newest published entries, when nothing was typed."""
	conditions = [["published", "=", 1], *database_filters(filters)]
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
		return rows, start + len(rows)
	return rows, max(count_entries(conditions, filters), start + len(rows))


def count_entries(conditions: list[list], filters: dict[str, list[str]]) -> int:
	"""How many published entries there are for the user; the index knows without reading them."""
	if is_limited_otherwise():
		return len(frappe.get_list(KIND, filters=conditions, pluck="name", limit_page_length=MAX_COUNTED))
	try:
		parts = [query.has_filter("published", [1]), *index_filters(filters), *visible(view_of())]
		return upkeep.index_of(KIND).search(query.all_of(parts), 1)[1]
	except IndexUnavailable:
		upkeep.request_rebuild(KIND)
		return 0


def product_condition(filters: dict[str, list[str]]) -> list:
	"""The index knows every code of an entry in every spelling; the database only the first one."""
	try:
		upkeep.make_current(KIND)
		found, _count = upkeep.index_of(KIND).search(query.all_of(index_filters(filters)), MAX_COUNTED)
		return ["name", "in", [name for name, _score in found] or [""]]
	except IndexUnavailable:
		upkeep.request_rebuild(KIND)
		return ["product", "in", filters["product"]]


def database_filters(filters: dict[str, list[str]]) -> list[list]:
	return [[name, "in", values] for name, values in filters.items() if name != "product"]


def scan_database(
	typed: query.Typed, filters: dict[str, list[str]], limit: int, start: int
) -> tuple[list[dict], int]:
	"""Look for the typed words in questions and keywords of the newest entries, while there is no index."""
	conditions = database_filters(filters)
	if "product" in filters:
		conditions.append(["product", "in", filters["product"]])
	oldest = frappe.get_all(
		KIND, fields=["modified"], order_by="modified desc", limit_start=MAX_SCANNED, limit_page_length=1
	)
	if oldest:
		conditions.append(["modified", ">", oldest[0].modified])
	words = [*typed.words, *typed.single, *typed.codes]
	rows = frappe.get_list(
		KIND,
		filters=conditions,
		or_filters=[
			[name, "like", f"%{word}%"] for word in words[:12] for name in ("question", "keywords", "product")
		],
		fields=list(FIELDS),
		order_by="modified desc",
		limit_page_length=MAX_COUNTED,
	)
	rows = [row for row in rows if row.published or is_draft(row)]
	rows.sort(key=lambda row: -sum(word in row.question.casefold() for word in words))
	return rows[start : start + limit], len(rows)


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
