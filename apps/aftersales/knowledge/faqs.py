"""FAQs as a kind of document for the search index, and what tells the index that one changed."""

import html
import re
from datetime import datetime
from functools import lru_cache
from html.parser import HTMLParser

import frappe
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.utils import sanitize_html

from aftersales.knowledge import upkeep
from aftersales.knowledge.generation import Entry
from aftersales.knowledge.index import Kind
from aftersales.knowledge.text import characters, code_key, codes_in, terms

NAME = "FAQ"
TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
HARMLESS_HTML = re.compile(
	r"(?:[^<>]+|</?(?:p|br|div|span|ol|ul|li|b|strong|i|em|u|h[1-6]|blockquote)"
	r'(?: (?:class|data-list|contenteditable)="[\w -]*")* ?/?>)*'
)
CACHED_ANSWERS = 1_000
BLOCKS = frozenset("p div br h1 h2 h3 h4 h5 h6 tr ul ol li table blockquote pre".split())
# More of an answer is not indexed: nobody searches for the 20,001st character of it.
MAX_BODY = 20_000
SIGNATURE_FIELDS = (
	"modified",
	"name",
	"owner",
	"published",
	"published_on",
	"audience",
	"faq_category",
	"product_category",
	"product",
)
FILTER_FIELDS = ("owner", "faq_category", "product_category")
ENTRY_FIELDS = (*SIGNATURE_FIELDS, "question", "answer", "keywords", "product_codes")


def plain_text(answer: str | None) -> str:
	"""The words of an answer's HTML, on one line."""
	return " ".join(html.unescape(TAG.sub(" ", answer or "")).split())


@lru_cache(maxsize=CACHED_ANSWERS)
def safe_html(answer: str | None) -> str:
	"""An answer's HTML without anything that could run, also if it came into the database past Frappe's cleaning.

	Cleaning takes milliseconds; what consists of the editor's plain tags only needs none.
	"""
	answer = answer or ""
	return answer if HARMLESS_HTML.fullmatch(answer) else sanitize_html(answer)


@lru_cache(maxsize=CACHED_ANSWERS)
def layout_text(answer: str | None) -> str:
	"""An answer's HTML as text with its lines and numbered steps: what goes into a ticket's handling."""
	layout = TextLayout()
	layout.feed(answer or "")
	layout.close()
	lines = (" ".join(line.split()) for line in "".join(layout.parts).split("\n"))
	return "\n".join(line for line in lines if line)


class TextLayout(HTMLParser):
	"""Collects the text of HTML, with a new line for each block and a number or dash for each list item."""

	def __init__(self):
		super().__init__(convert_charrefs=True)
		self.parts: list[str] = []
		self._lists: list[list] = []

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		if tag in BLOCKS:
			self.parts.append("\n")
		if tag in ("ol", "ul"):
			self._lists.append([tag, 0])
		elif tag == "li":
			self.parts.append(self._item_mark(dict(attrs).get("data-list")))
		elif tag in ("td", "th"):
			self.parts.append(" ")

	def _item_mark(self, quill_list: str | None) -> str:
		"""The editor writes every list as `ol` and says in an attribute which kind it is."""
		if not self._lists:
			return "- "
		if (quill_list or self._lists[-1][0]) not in ("ol", "ordered"):
			return "- "
		self._lists[-1][1] += 1
		return f"{self._lists[-1][1]}. "

	def handle_endtag(self, tag: str) -> None:
		if tag in BLOCKS:
			self.parts.append("\n")
		if tag in ("ol", "ul") and self._lists:
			self._lists.pop()

	def handle_data(self, data: str) -> None:
		self.parts.append(data.replace("\n", " "))


def is_draft(row: dict) -> bool:
	"""Return True if an entry has never been published; one that was and is not any more is retired."""
	return not row["published"] and not row["published_on"]


def changes(after: tuple[datetime, str], limit: int) -> list[tuple[datetime, str, str]]:
	"""FAQs changed after (modified, name), in that order; see `aftersales.knowledge.index.Kind`."""
	faq = frappe.qb.DocType("FAQ")
	rows = (
		frappe.qb.from_(faq)
		.select(*(faq[field] for field in SIGNATURE_FIELDS))
		.where(faq.modified >= after[0])
		.where((faq.modified > after[0]) | (faq.name > after[1]))
		.orderby(faq.modified, order=Order.asc)
		.orderby(faq.name, order=Order.asc)
		.limit(limit)
		.run(as_dict=True)
	)
	return [(row.modified, row.name, signature(row)) for row in rows]


def signature(row: dict) -> str:
	"""What tells whether the index has this state of a FAQ; nothing for a retired one, which is not indexed."""
	if not (row.published or is_draft(row)):
		return ""
	return "\n".join(str(row[field]) for field in SIGNATURE_FIELDS)


def deletions(since: datetime) -> list[str]:
	"""Names of the FAQs deleted since then."""
	return frappe.get_all(
		"Deleted Document",
		filters={"deleted_doctype": "FAQ", "modified": (">=", since)},
		pluck="deleted_name",
		limit=10_000,
	)


def entries(names: list[str]) -> list[Entry]:
	"""What to index of these FAQs: nothing of those that are deleted or retired."""
	if not names:
		return []
	rows = frappe.get_all("FAQ", filters={"name": ("in", names)}, fields=list(ENTRY_FIELDS))
	products = read_products({row.product for row in rows if row.product})
	return [make_entry(row, products.get(row.product, "")) for row in rows if signature(row)]


def read_products(codes: set[str]) -> dict[str, str]:
	"""The name and model by which people call each product."""
	if not codes:
		return {}
	rows = frappe.get_all(
		"Product", filters={"name": ("in", sorted(codes))}, fields=["name", "product_name", "model"]
	)
	return {row.name: f"{row.product_name or ''} {row.model or ''}" for row in rows}


def make_entry(row: dict, product_words: str) -> Entry:
	"""Cut one FAQ into the index's terms."""
	answer = plain_text(row.answer)[:MAX_BODY]
	keywords = f"{row.keywords or ''} {product_words}"
	codes = [code_key(code) for code in [row.product, *(row.product_codes or "").split("\n")] if code]
	codes = [code for code in codes if code]
	filters = [f"{field}:{row[field]}" for field in FILTER_FIELDS if row[field]]
	if row.published:
		filters += ["published:1", f"published_for:{row.audience}"]
	filters.extend(f"product:{code}" for code in codes)
	return Entry(
		name=row.name,
		signature=signature(row),
		filters=filters,
		title=terms(row.question),
		keywords=terms(keywords),
		body=terms(answer),
		characters=characters(f"{row.question} {keywords}"),
		codes=sorted({*codes, *codes_in(f"{row.question} {keywords} {answer}")}),
	)


KIND = Kind(NAME, changes, deletions, entries)


def changed(doc: Document) -> None:
	"""A FAQ was saved or deleted in this transaction: index it soon, and at once for the person who did it."""
	upkeep.note_own_change(NAME, doc.name)
	upkeep.catch_up_later(NAME)


def renamed(*names: str) -> None:
	"""A FAQ got another name; its `modified` stays, so both names are looked at."""
	upkeep.refresh_later(NAME, list(names))


def reindex(**link: str) -> None:
	"""Index all FAQs anew that link to what was renamed, for example `product="RR001A"`."""
	upkeep.refresh_later(NAME, frappe.get_all("FAQ", filters=link, pluck="name"))


def product_renamed(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Hook `after_rename` of Product."""
	reindex(product=new)


def product_category_renamed(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Hook `after_rename` of Product Category."""
	reindex(product_category=new)


def product_changed(doc: Document, method: str | None = None) -> None:
	"""Hook `on_update` of Product: FAQs are found by the product's name and model, too."""
	before = doc.get_doc_before_save()
	if before and (before.product_name, before.model) != (doc.product_name, doc.model):
		reindex(product=doc.name)
