"""What readers outside the Desk get of the knowledge base; the portal calls this for guests and customers (S2.13, S4.05).

Nobody's DocType permissions are asked here: the caller says for which audiences, and everything, hits, counts,
suggestions, files and the site map, is limited to published entries for them. What is hidden and what does not exist
are answered alike.
"""

import mimetypes
from urllib.parse import quote

import frappe
from frappe import _
from tantivy import Query

from aftersales.knowledge import faq_files, faq_life, feedback, misses, query, upkeep
from aftersales.knowledge.answer_text import plain_text, safe_html
from aftersales.knowledge.finder import check_page, read_typed, search_best
from aftersales.knowledge.index import IndexUnavailable
from aftersales.knowledge.search import FIELDS, LANGUAGE_WEIGHT, preferred, read_filters

DOCTYPE = "FAQ"
MAX_LIMIT, MAX_START = 30, 300
# Hits are counted one by one up to here; more of them is "many" for everybody.
MAX_COUNTED = 300
FILE_URL = "/service/faq-file?faq={faq}&file={file}"
MAX_SITEMAP = 50_000


def search(
	text: str,
	audiences: tuple[str, ...],
	language: str | None = None,
	category: str | None = None,
	product: str | None = None,
	limit: int = 10,
	start: int = 0,
) -> dict:
	"""Search what is published for the audiences; without words the most used and newest.

	:param language: language code of the reader, whose answers come first; None means the session's.
	:param category: FAQ Category with those below it. product: product code in any spelling.
	:param limit: 1 to 30 hits. start: hits to skip, at most 300.
	:returns: `hits` (name, question, question_html, snippet, category, language, product), `total`, `complete`.
	:raises frappe.ValidationError: limit or start is out of bounds.
	"""
	limit, start = check_page(limit, start, MAX_LIMIT, MAX_START)
	filters = read_filters(category, product)
	typed = read_typed(text)
	complete = True
	try:
		rows = by_index(typed, audiences, filters, language) if typed else by_use(audiences, filters)
	except IndexUnavailable:
		upkeep.request_rebuild(DOCTYPE)
		rows, complete = by_use(audiences, filters, typed.words), False
	page = rows[start : start + limit]
	return {"hits": [as_hit(row, typed) for row in page], "total": len(rows), "complete": complete}


def by_index(
	typed: query.Typed, audiences: tuple[str, ...], filters: dict, language: str | None
) -> list[dict]:
	"""Return the rows of all hits that the database confirms, best first.

	:raises IndexUnavailable: there is no index.
	"""
	upkeep.make_current(DOCTYPE)
	index = upkeep.index_of(DOCTYPE)
	conditions = [query.has_filter(name, values) for name, values in filters.items()]
	conditions.append(query.has_filter("published_for", audiences))
	weights: list[tuple[Query, float]] = preferred()
	if language:
		weights.append((query.has_filter("language", [language]), LANGUAGE_WEIGHT))
	found, _count = search_best(index, typed, conditions, weights, MAX_COUNTED)
	rows = visible_rows(audiences, [["name", "in", [name for name, _score in found] or [""]]])
	by_name = {row.name: row for row in rows}
	return [by_name[name] for name, _score in found if name in by_name]


def by_use(audiences: tuple[str, ...], filters: dict, words: list[str] | None = None) -> list[dict]:
	"""Return rows without the index: the most used and newest, with one of the words in the question if any are given."""
	conditions = [[name, "in", values] for name, values in filters.items()]
	or_filters = [["question", "like", f"%{word}%"] for word in (words or [])[:12]]
	return visible_rows(audiences, conditions, or_filters)


def visible_rows(audiences: tuple[str, ...], conditions: list, or_filters: list | None = None) -> list[dict]:
	"""Read published entries for the audiences from the database, which has the last word."""
	return frappe.get_all(
		DOCTYPE,
		filters=[["published", "=", 1], ["audience", "in", audiences or [""]], *conditions],
		or_filters=or_filters,
		fields=list(FIELDS),
		order_by="used_count desc, modified desc",
		limit_page_length=MAX_COUNTED,
	)


def as_hit(row: dict, typed: query.Typed) -> dict:
	"""A row as readers get it; the HTML is safe to show."""
	return {
		"name": row["name"],
		"question": row["question"],
		"question_html": query.mark(row["question"], typed),
		"snippet": query.snippet(plain_text(row["answer"]), typed),
		"category": row["faq_category"],
		"language": row["language"],
		"product": row["product"],
	}


def suggest(
	text: str,
	audiences: tuple[str, ...],
	language: str | None = None,
	product: str | None = None,
	limit: int = 5,
) -> list[dict]:
	"""Answers to offer while somebody types a subject: name, question, question_html; nothing for less than two signs."""
	if len((text or "").strip()) < 2:
		return []
	hits = search(text, audiences, language, product=product, limit=limit)["hits"]
	if product and not hits:
		hits = search(text, audiences, language, limit=limit)["hits"]
	return [{key: hit[key] for key in ("name", "question", "question_html")} for hit in hits]


def visible_doc(faq: str, audiences: tuple[str, ...]):
	"""Return a published entry for the audiences.

	:raises frappe.DoesNotExistError: there is none, or not for them.
	"""
	found = frappe.db.get_value(DOCTYPE, str(faq), ["published", "audience"])
	if not found or not found[0] or found[1] not in audiences:
		frappe.throw(_("There is no such answer."), frappe.DoesNotExistError)
	return frappe.get_doc(DOCTYPE, str(faq))


def read(faq: str, audiences: tuple[str, ...], language: str | None = None) -> dict:
	"""Return an answer with its pictures and attachments.

	:param language: language code; the answer comes in that language if the entry has it.
	:raises frappe.DoesNotExistError: there is none, or not for the audiences.
	"""
	doc = visible_doc(faq, audiences)
	translations = visible_translations(doc, audiences)
	if language and doc.language != language:
		for row in translations:
			if row["language"] == language:
				return read(row["name"], audiences)
	names = faq_files.files_by_url(doc)
	return {
		"name": doc.name,
		"question": doc.question,
		"answer_html": with_file_urls(doc, names),
		"pictures": [
			{"url": file_url(doc, names[row.image]), "caption": row.caption}
			for row in doc.pictures
			if row.image in names
		],
		"attachments": [
			{"url": file_url(doc, names[row.file]), "title": row.title or row.file.rpartition("/")[2]}
			for row in doc.attachments
			if row.file in names
		],
		"category": doc.faq_category,
		"product": doc.product,
		"language": doc.language,
		"translations": translations,
		"changed_on": doc.changed_on or doc.published_on,
		"version_no": doc.version_no,
	}


def visible_translations(doc, audiences: tuple[str, ...]) -> list[dict]:
	"""The same answer in other languages, as far as the audiences may read it."""
	names = faq_life.translations_of([doc.name]).get(doc.name) or [""]
	rows = visible_rows(audiences, [["name", "in", names]])
	return [{"name": row.name, "language": row.language, "question": row.question} for row in rows]


def with_file_urls(doc, names: dict[str, str]) -> str:
	"""The answer's safe HTML with each file behind the portal's own address."""
	html = safe_html(doc.answer)
	for url in faq_files.urls_of(doc):
		html = html.replace(f'"{url}"', f'"{file_url(doc, names[url])}"' if url in names else '""')
	return html


def file_url(doc, name: str) -> str:
	return FILE_URL.format(faq=quote(doc.name), file=quote(name))


def file(faq: str, name: str, audiences: tuple[str, ...]) -> tuple[str, bytes, str]:
	"""Return name, content and type of a file that an answer shows or offers.

	:raises frappe.DoesNotExistError: no such file, or not for the audiences.
	"""
	row = faq_files.file_row(visible_doc(faq, audiences), str(name))
	if not row:
		frappe.throw(_("There is no such file."), frappe.DoesNotExistError)
	content = frappe.get_doc("File", row.name).get_content()
	content = content.encode() if isinstance(content, str) else content
	return row.file_name, content, mimetypes.guess_type(row.file_name)[0] or "application/octet-stream"


def categories(audiences: tuple[str, ...]) -> list[dict]:
	"""Return the categories that hold something for the audiences, with their parents: name, label, parent, count."""
	counts = dict(
		frappe.get_all(
			DOCTYPE,
			filters={"published": 1, "audience": ("in", audiences or [""])},
			fields=["faq_category", "count(name) as count"],
			group_by="faq_category",
			as_list=True,
		)
	)
	rows = frappe.get_all(
		"FAQ Category", fields=["name", "category_name", "parent_faq_category", "lft", "rgt"], order_by="lft"
	)
	found = []
	for row in rows:
		inside = sum(
			counts.get(other.name, 0) for other in rows if row.lft <= other.lft and other.rgt <= row.rgt
		)
		if inside and row.parent_faq_category:
			label = _(row.category_name)
			found.append(
				{"name": row.name, "label": label, "parent": row.parent_faq_category, "count": inside}
			)
	return found


def viewed(faq: str, visitor: str) -> None:
	"""Count that a visitor opened an answer."""
	faq_life.note_view(faq, visitor)


def give_feedback(
	faq: str,
	audiences: tuple[str, ...],
	helpful: bool,
	reason: str = "",
	comment: str = "",
	visitor: str = "",
) -> None:
	"""Keep a visitor's word on an answer; a second one replaces the first.

	:raises frappe.DoesNotExistError: there is no such answer for the audiences.
	:raises FeedbackError: there is no such reason.
	"""
	doc = visible_doc(faq, audiences)
	feedback.keep(doc.name, helpful=helpful, reason=reason, comment=comment, visitor=visitor, source="Portal")


def note_miss(text: str, source: str = "Portal") -> None:
	"""Note that a visitor's finished search found nothing."""
	misses.note(text, source)


def sitemap(audiences: tuple[str, ...]) -> list[dict]:
	"""Name and last change of everything that the audiences may read."""
	return frappe.get_all(
		DOCTYPE,
		filters={"published": 1, "audience": ("in", audiences or [""])},
		fields=["name", "modified"],
		order_by="modified desc",
		limit=MAX_SITEMAP,
	)
