"""From what a person typed to a query of the search index, and to the marks in what was found."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

import tantivy
from tantivy import Occur, Query

from aftersales.knowledge.generation import SCHEMA
from aftersales.knowledge.synonyms import Synonyms
from aftersales.knowledge.text import RUNS, code_key, is_cjk, normalise, pairs, runs, stem, typed_codes

MAX_TEXT = 400
MAX_TERMS = 40
# How much a term counts where it is found, and an exact code beside them.
WEIGHTS = {"title": 3.0, "keywords": 2.5, "body": 1.0}
CODE_SCORE = 12.0
# Above whatever words can add up to: somebody typed a record number, a telephone number, a code and nothing else.
KEY_SCORE = 1_000.0
SYNONYM_WEIGHT = 0.8
PHRASE_WEIGHT = 2.0
PREFIX_WEIGHT = 0.6
TYPO_WEIGHT = 0.5
MIN_PREFIX, MIN_TYPO, TWO_TYPOS, MAX_PHRASE = 2, 5, 9, 8
# Words that say nothing about the matter; they count only if nothing else was typed.
STOP = frozenset(
	"a an and are can do does for how i in is it my of on or the to what when where which why with "
	"怎么 么办 如何 什么 为什 请问 一下 是否 可以".split()
)
SNIPPET = 160
MARKED_TEXT = 3_000


@dataclass(frozen=True)
class Typed:
	"""What was typed, cut into terms.

	words: pairs and words to look for. single: single Chinese characters. phrases: pairs that stand together.
	prefix: the Latin word still being typed, also among the words. codes: what may be product codes.
	alternatives: for a word, the terms of each synonym of the phrase that it belongs to. keys: the whole text as one key.
	"""

	words: list[str] = field(default_factory=list)
	single: list[str] = field(default_factory=list)
	phrases: list[list[str]] = field(default_factory=list)
	prefix: str | None = None
	codes: list[str] = field(default_factory=list)
	alternatives: dict[str, list[list[str]]] = field(default_factory=dict)
	keys: list[str] = field(default_factory=list)

	def __bool__(self) -> bool:
		return bool(self.words or self.single or self.codes)


def read(text: str, synonyms: Synonyms | None = None) -> Typed:
	"""Cut what was typed into terms; whatever it is, it has no syntax and cannot be wrong.

	:param synonyms: words that mean the same; without them only what was typed is looked for.
	"""
	text = text[:MAX_TEXT]
	words, single, phrases = [], [], []
	found = runs(text)
	for run in found:
		if not is_cjk(run):
			words.append(run)
		elif len(run) == 1:
			single.append(run)
		else:
			words.extend(pairs(run))
			if 2 < len(run) <= MAX_PHRASE:
				phrases.append(pairs(run))
	telling = [word for word in words if word not in STOP]
	words = list(dict.fromkeys(telling or words))[:MAX_TERMS]
	last = found[-1] if found and not text[-1].isspace() and not is_cjk(found[-1]) else None
	prefix = last if last in words and len(last) >= MIN_PREFIX else None
	key = code_key(text)
	return Typed(
		words=words,
		single=list(dict.fromkeys(single))[:MAX_TERMS],
		phrases=phrases[:MAX_TERMS],
		prefix=prefix,
		codes=typed_codes(text),
		alternatives=synonyms.alternatives(found) if synonyms else {},
		keys=[key] if key else [],
	)


def build(
	typed: Typed,
	filters: Iterable[Query],
	searcher: tantivy.Searcher,
	preferred: Iterable[tuple[Query, float]] = (),
	loose: bool = False,
) -> Query:
	"""Return the query for *typed* within *filters*.

	:param filters: each must hold; they do not count for the order.
	:param searcher: of the index, asked whether it knows a word at all.
	:param preferred: what goes before others that match as well, and by how much.
	:param loose: one of the words is enough.
	"""
	words = [word_query(word, typed, searcher) for word in typed.words]
	words += [Query.boost_query(Query.term_query(SCHEMA, "characters", char), 2.0) for char in typed.single]
	matter = [code_query(typed.codes)] if typed.codes else []
	if typed.keys:
		matter.append(Query.const_score_query(has_filter("key", typed.keys), KEY_SCORE))
	if words:
		should = [(Occur.Should, word) for word in words]
		matter.append(
			Query.boolean_query(should, minimum_number_should_match=1 if loose else required(len(words)))
		)
	parts = [(Occur.Must, any_of(matter))]
	parts += [(Occur.Must, Query.const_score_query(condition, 0.0)) for condition in filters]
	parts += [
		(Occur.Should, Query.boost_query(Query.phrase_query(SCHEMA, "title", phrase), PHRASE_WEIGHT))
		for phrase in typed.phrases
	]
	parts += [(Occur.Should, Query.const_score_query(condition, weight)) for condition, weight in preferred]
	return Query.boolean_query(parts)


def required(count: int) -> int:
	"""How many of the typed terms a document must have: all of one or two, two of more; the order does the rest."""
	return min(count, 2)


def word_query(word: str, typed: Typed, searcher: tantivy.Searcher) -> Query:
	"""A word or pair in any field, best field counting; with what it may become, may have been meant as or also means."""
	is_prefix = word == typed.prefix
	choices = []
	for name, weight in WEIGHTS.items():
		choices.append(weighted(Query.term_query(SCHEMA, name, stem(word), "freq"), weight))
		if is_prefix:
			choices.append(weighted(longer(name, word), weight * PREFIX_WEIGHT))
	if distance := typo_distance(word, is_prefix, searcher):
		for name, weight in WEIGHTS.items():
			similar = Query.fuzzy_term_query(SCHEMA, name, word, distance=distance)
			choices.append(weighted(similar, weight * TYPO_WEIGHT))
	choices += [
		weighted(all_of([term_anywhere(term) for term in terms]), SYNONYM_WEIGHT)
		for terms in typed.alternatives.get(word, [])
	]
	return Query.disjunction_max_query(choices, 0.1)


def term_anywhere(term: str) -> Query:
	"""A term in any field, best field counting."""
	choices = [
		weighted(Query.term_query(SCHEMA, name, stem(term), "freq"), weight)
		for name, weight in WEIGHTS.items()
	]
	return Query.disjunction_max_query(choices)


def typo_distance(word: str, is_prefix: bool, searcher: tantivy.Searcher) -> int:
	"""How many mistakes may be in a longer Latin word that the index has nowhere, nor a beginning of one that it has."""
	if len(word) < MIN_TYPO or not word.isascii() or not word.isalpha():
		return 0
	if any(searcher.doc_freq(name, stem(word)) for name in WEIGHTS):
		return 0
	if is_prefix and any(searcher.terms_with_prefix(name, word, limit=1) for name in WEIGHTS):
		return 0
	return 2 if len(word) >= TWO_TYPOS else 1


def code_query(codes: list[str]) -> Query:
	"""Any of the typed codes, exactly or, for the last one, as the beginning of a code.

	A code that is written without dashes in running text is a word there.
	"""
	choices = [Query.const_score_query(Query.term_set_query(SCHEMA, "codes", codes), CODE_SCORE)]
	choices += [
		Query.const_score_query(Query.term_set_query(SCHEMA, name, telling), CODE_SCORE * weight / 4)
		for name, weight in WEIGHTS.items()
		if (telling := [code for code in codes if not code.isdigit()])
	]
	if len(codes[-1]) >= 4:
		choices.append(Query.const_score_query(longer("codes", codes[-1]), CODE_SCORE / 2))
	return Query.disjunction_max_query(choices)


@lru_cache(maxsize=512)
def longer(name: str, beginning: str) -> Query:
	"""Terms that begin so and go on; kept, because it is dear to make and the same in each collection."""
	return Query.regex_query(SCHEMA, name, re.escape(beginning) + ".+")


def has_name(names: Iterable[str]) -> Query:
	"""Documents with one of the names."""
	return Query.term_set_query(SCHEMA, "key", list(names))


def has_filter(name: str, values: Iterable[str]) -> Query:
	"""Documents with the exact term *name*:value for any of the values."""
	terms = [f"{name}:{value}" for value in values]
	if len(terms) == 1:
		return Query.term_query(SCHEMA, "filters", terms[0], "basic")
	return Query.term_set_query(SCHEMA, "filters", terms)


def all_of(queries: list[Query]) -> Query:
	return Query.boolean_query([(Occur.Must, query) for query in queries])


def any_of(queries: list[Query]) -> Query:
	return Query.boolean_query([(Occur.Should, query) for query in queries], minimum_number_should_match=1)


def weighted(query: Query, weight: float) -> Query:
	return Query.boost_query(query, weight)


# What was found, shown


def mark(text: str, typed: Typed) -> str:
	"""Return *text* as HTML, everything escaped, with `<mark>` around what was typed."""
	html, position = [], 0
	for start, end in matches(text, typed):
		html += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
		position = end
	return "".join([*html, escape(text[position:])])


def snippet(text: str, typed: Typed) -> str:
	"""Return the part of *text* around the first match as escaped HTML with marks."""
	found = matches(text, typed)
	start = max(found[0][0] - SNIPPET // 4, 0) if found else 0
	end = start + SNIPPET
	part = mark(text[start:end], typed)
	return f"{'… ' if start else ''}{part}{' …' if end < len(text) else ''}"


def matches(text: str, typed: Typed) -> list[tuple[int, int]]:
	"""Return the spans of *text* that were typed, joined where they touch; looks at the beginning of long texts."""
	plain = text[:MARKED_TEXT]
	simple = normalise(plain)
	if len(simple) != len(plain):
		# Some character has another length in its simple spelling; one by one they keep their places.
		simple = "".join(normalise(char)[:1] or " " for char in plain)
	words = [
		*typed.words,
		*(term for terms in typed.alternatives.values() for alternative in terms for term in alternative),
	]
	wanted = {*words, *(stem(word) for word in words), *typed.single}
	spans: list[tuple[int, int]] = []
	for run in RUNS.finditer(simple):
		for start, end in run_matches(run.group(), wanted, typed.prefix):
			start, end = start + run.start(), end + run.start()
			if spans and start <= spans[-1][1]:
				spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
			else:
				spans.append((start, end))
	return spans


def run_matches(run: str, wanted: set[str], prefix: str | None) -> Iterable[tuple[int, int]]:
	"""Spans of one run, Chinese or a Latin word."""
	if not is_cjk(run):
		if run in wanted or stem(run) in wanted or (prefix and run.startswith(prefix)):
			yield 0, len(run)
		return
	for i in range(len(run)):
		if run[i] in wanted:
			yield i, i + 1
		if run[i : i + 2] in wanted:
			yield i, min(i + 2, len(run))
