"""The judged set of searches (fixtures/search): what people type, and which answers they should find.

The corpus is that of the demo data and, around it, answers about other products with the same kinds of faults.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import frappe

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "search"
DEMO = Path(__file__).resolve().parents[1] / "demo" / "data"
CATEGORY = "Judged Searches"
AT = 5


@dataclass(frozen=True)
class Judgement:
	"""One judged search: position of the first expected answer from 1, None if it is not among the first five."""

	text: str
	language: str
	expected: list[str]
	position: int | None
	found: list[str]


def read(path: Path) -> list | dict:
	return json.loads(path.read_text(encoding="utf-8"))


def load_corpus() -> int:
	"""Write the corpus with two statements, uncommitted, into a category of its own; returns how many answers."""
	if not frappe.db.exists("FAQ Category", CATEGORY):
		frappe.get_doc(doctype="FAQ Category", category_name=CATEGORY).insert(ignore_permissions=True)
	make_products()
	now = frappe.utils.now()
	common = (
		now,
		now,
		"Administrator",
		"Administrator",
		CATEGORY,
		1,
		now,
		"Published",
		"Internal",
		"General",
	)
	rows = [(f"JUDGED-{number:05}", *answer, *common) for number, answer in enumerate(answers())]
	fields = ["name", "question", "answer", "keywords", "language", "product", "product_codes"]
	fields += ["creation", "modified", "owner", "modified_by", "faq_category", "published", "published_on"]
	fields += ["status", "audience", "kind"]
	frappe.db.bulk_insert("FAQ", fields, rows)
	return len(rows)


def remove_corpus() -> None:
	"""Take away what `load_corpus` wrote; for those who committed it."""
	frappe.db.delete("FAQ", {"faq_category": CATEGORY})
	frappe.delete_doc("FAQ Category", CATEGORY, force=True, delete_permanently=True, ignore_missing=True)


def make_products() -> None:
	"""Make the demo products that the site lacks: answers are found by their products' names, too."""
	for row in read(DEMO / "products.json"):
		if not frappe.db.exists("Product", row["product_code"]):
			values = {key: row.get(key) for key in ("product_code", "product_name", "model", "package")}
			frappe.get_doc(doctype="Product", name=row["product_code"], **values).db_insert()


def answers() -> Iterator[tuple]:
	"""Yield question, answer, keywords, language, product and further codes."""
	for row in read(DEMO / "faqs.json"):
		product, codes = row.get("product"), row.get("product_codes")
		yield row["question"], row["answer"], row.get("keywords"), row.get("language"), product, codes
	content = read(FIXTURES / "distractors.json")
	for chinese, english, code in content["appliances"]:
		for question, english_question, answer, english_answer in content["problems"]:
			yield f"{chinese}{question}", f"<p>{answer}</p>", None, "zh", None, code
			yield f"{english} {english_question}", f"<p>{english_answer}</p>", None, "en", None, code


def judge() -> list[Judgement]:
	"""Search everything that was judged, as the session's user, within the corpus."""
	from aftersales.knowledge.search import search_faqs

	judged = []
	for row in read(FIXTURES / "judged_faqs.json"):
		hits = search_faqs(row["text"], category=CATEGORY, limit=AT)["hits"]
		found = [hit["question"] for hit in hits]
		positions = [number for number, question in enumerate(found, 1) if question in row["expected"]]
		judged.append(
			Judgement(
				row["text"], row["language"], row["expected"], positions[0] if positions else None, found
			)
		)
	return judged


def recall(judged: list[Judgement]) -> float:
	"""Share of the expected answers, of each search at most five, that are among the first five; averaged over searches."""
	shares = [
		sum(question in judgement.found for question in judgement.expected) / min(len(judgement.expected), AT)
		for judgement in judged
	]
	return sum(shares) / len(shares)


def mean_reciprocal_rank(judged: list[Judgement]) -> float:
	"""Mean of 1 / position of the first expected answer."""
	return sum(1 / judgement.position for judgement in judged if judgement.position) / len(judged)
