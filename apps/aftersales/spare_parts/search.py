"""Spare parts in the common search: by number with or without dashes, bar code, name, specification, product (S7.32)."""

import frappe

from aftersales.knowledge import query
from aftersales.knowledge.answer_text import plain_text
from aftersales.knowledge.collection import Collection
from aftersales.knowledge.finder import find, read_typed
from aftersales.knowledge.plain import Fields, describe
from aftersales.knowledge.records import in_use, marked

PART = describe(
	"Spare Part",
	Fields(
		titles=("part_name",),
		keywords=("specification", "part_category"),
		body=("description",),
		keys=("bar_code", "specification"),
		filters=("disabled",),
		rows={"Part Product": ("product", "product_name")},
	),
)


def show_part(row: dict, typed: query.Typed) -> dict:
	"""A part as a hit."""
	category = row.get("part_category")
	price = frappe.utils.fmt_money(row["price"]) if row.get("price") else None
	return {
		"title_html": query.mark(
			" ".join(part for part in (row.get("name"), row.get("part_name")) if part), typed
		),
		"facts_html": marked(
			(row.get("specification"), frappe._(category) if category else None, row.get("bar_code"), price),
			typed,
		),
		"text_html": query.snippet(plain_text(row.get("description")), typed),
		"indicator": [frappe._("Disabled"), "gray"] if row.get("disabled") else None,
	}


PARTS = Collection(
	kind=PART,
	fields=(
		"name",
		"part_name",
		"specification",
		"part_category",
		"bar_code",
		"price",
		"description",
		"disabled",
	),
	show=show_part,
	scanned=("part_name", "name", "specification", "bar_code"),
	preferred=in_use,
)
MOST = 50


def parts_like(text: str) -> list[str]:
	"""Return parts that a text may mean, typing errors and half words included, the best first; at most 50."""
	typed = read_typed(text)
	return [row["name"] for row in find(PARTS, typed, {}, MOST, 0).rows] if typed else []
