"""How alike two questions are, and which published answers come near a question."""

from collections import Counter
from math import sqrt

import frappe

from aftersales.knowledge import query, upkeep
from aftersales.knowledge.finder import read_typed
from aftersales.knowledge.index import IndexUnavailable
from aftersales.knowledge.query import STOP
from aftersales.knowledge.text import terms

CANDIDATES = 20
NEAR = 0.45


def likeness(one: str, other: str) -> float:
	"""Return from 0 to 1 how alike the words of two texts are (cosine of their terms)."""
	first, second = (Counter(term for term in terms(text) if term not in STOP) for text in (one, other))
	if not first or not second:
		return 0.0
	shared = sum(first[term] * second[term] for term in first.keys() & second.keys())
	return shared / sqrt(sum(n * n for n in first.values()) * sum(n * n for n in second.values()))


def near_faqs(question: str, limit: int = 5) -> list[dict]:
	"""Return answers, published or drafted, whose question or keywords come near, the nearest first.

	For knowledge managers, who may read them all: rights are not asked here.

	:returns: rows with name, question, status, published and `likeness`.
	"""
	typed = read_typed(question)
	if not typed:
		return []
	try:
		upkeep.make_current("FAQ")
		index = upkeep.index_of("FAQ")
		found, _count = index.search(query.build(typed, [], index.searcher()), CANDIDATES)
	except IndexUnavailable:
		upkeep.request_rebuild("FAQ")
		return []
	rows = frappe.get_all(
		"FAQ",
		filters={"name": ("in", [name for name, _score in found] or [""])},
		fields=["name", "question", "keywords", "status", "published"],
	)
	for row in rows:
		row.likeness = max(
			likeness(question, row.question), 0.9 * likeness(question, f"{row.question} {row.keywords or ''}")
		)
	near = [row for row in rows if row.likeness >= NEAR]
	return sorted(near, key=lambda row: (-row.likeness, row.name))[:limit]
