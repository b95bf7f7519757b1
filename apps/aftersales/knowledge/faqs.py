"""FAQs as a kind of document for the search index, and what of other documents changes their entries."""

from datetime import datetime

import frappe
from frappe.model.document import Document

from aftersales.knowledge import upkeep
from aftersales.knowledge.answer_text import plain_text
from aftersales.knowledge.generation import Entry
from aftersales.knowledge.index import Kind
from aftersales.knowledge.plain import MAX_BODY, changed_after
from aftersales.knowledge.rights import terms_of
from aftersales.knowledge.text import characters, code_key, codes_in, terms

NAME = "FAQ"
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
	"used_count",
	"helpful_count",
)
# Link fields by which User Permissions may limit; asked for by `rights_of`.
LINKS = ("faq_category", "product_category")
FILTER_FIELDS = ("kind", "language")
# How often an answer was used and found helpful, in steps that double: so an index entry changes rarely.
STEPS = 6
ENTRY_FIELDS = (*SIGNATURE_FIELDS, *FILTER_FIELDS, "question", "answer", "keywords", "product_codes")


def is_draft(row: dict) -> bool:
	"""Return True if an entry has never been published; one that was and is not any more is retired."""
	return not row["published"] and not row["published_on"]


def changes(after: tuple[datetime, str], limit: int) -> list[tuple[datetime, str, str]]:
	"""FAQs changed after (modified, name), in that order; see `aftersales.knowledge.index.Kind`."""
	rows = changed_after(NAME, SIGNATURE_FIELDS, after, limit)
	return [(row.modified, row.name, signature(row)) for row in rows]


def signature(row: dict) -> str:
	"""What tells whether the index has this state of a FAQ; nothing for a retired one, which is not indexed."""
	if not (row.published or is_draft(row)):
		return ""
	values = [str(row[field]) for field in SIGNATURE_FIELDS if not field.endswith("_count")]
	return "\n".join([*values, str(popularity(row))])


def popularity(row: dict) -> int:
	"""How much an answer is used and found helpful, from 0 to `STEPS`; each step is twice as much as the one before."""
	return min(STEPS, ((row["used_count"] or 0) + (row["helpful_count"] or 0)).bit_length())


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
	filters = [f"owner:{row.owner}", *terms_of(row, (*LINKS, *FILTER_FIELDS)), f"used:{popularity(row)}"]
	filters.extend(f"key:{key}" for key in [code_key(row.name), *codes])
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
