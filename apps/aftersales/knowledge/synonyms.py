"""Words that mean the same (Search Synonym), as a search uses them: only what is typed is widened, the index stays."""

from collections.abc import Iterable
from dataclasses import dataclass

import frappe

from aftersales.knowledge.text import is_cjk, pairs, runs, stem

CACHE_KEY = "aftersales_search_synonyms"
# Words between the telling ones of a phrase: nobody is found for them.
FILLERS = frozenset("a an and are be do does for in is it its not of on or the to with".split())


@dataclass(frozen=True)
class Synonyms:
	"""Groups of phrases; each phrase is a tuple of runs as `text.runs` cuts them."""

	groups: tuple[tuple[tuple[str, ...], ...], ...] = ()

	def alternatives(self, typed: list[str]) -> dict[str, list[list[str]]]:
		"""Return for the terms of each known phrase in *typed* the terms of its synonyms.

		:param typed: runs of what was typed.
		"""
		found: dict[str, list[list[str]]] = {}
		for group in self.groups:
			present = [phrase for phrase in group if contains(typed, phrase)]
			if not present:
				continue
			others = [terms_of(phrase) for phrase in group if phrase not in present]
			for phrase in present:
				for term in terms_of(phrase):
					known = found.setdefault(term, [])
					known.extend(other for other in others if other not in known)
		return found


def contains(typed: list[str], phrase: tuple[str, ...]) -> bool:
	"""Whether the runs of a phrase stand one after the other; a Chinese one may be part of a longer run."""
	if len(phrase) == 1 and is_cjk(phrase[0]):
		return any(phrase[0] in run for run in typed if is_cjk(run))
	return any(
		all(same(typed[start + i], run) for i, run in enumerate(phrase))
		for start in range(len(typed) - len(phrase) + 1)
	)


def same(typed: str, run: str) -> bool:
	return run in typed if is_cjk(run) and is_cjk(typed) else stem(typed) == stem(run)


def terms_of(phrase: tuple[str, ...]) -> list[str]:
	"""Return the terms that the index has of a phrase, without fillers unless there is nothing else."""
	terms = [term for run in phrase for term in (pairs(run) if is_cjk(run) else [run])]
	return [term for term in terms if term not in FILLERS] or terms


def read_groups(texts: Iterable[str]) -> Synonyms:
	"""Return the synonyms of texts like `fridge, refrigerator, 冰箱`; phrases of one Chinese character do not count."""
	groups = []
	for text in texts:
		phrases = dict.fromkeys(tuple(runs(part)) for part in split(text))
		phrases = [phrase for phrase in phrases if phrase and not (len(phrase) == 1 and len(phrase[0]) < 2)]
		if len(phrases) > 1:
			groups.append(tuple(phrases))
	return Synonyms(tuple(groups))


def split(text: str) -> list[str]:
	"""Return the phrases of a list that a person wrote, with commas of either script or one per line."""
	for separator in "，、;；\n":
		text = text.replace(separator, ",")
	return [part.strip() for part in text.split(",") if part.strip()]


def current() -> Synonyms:
	"""Return the site's synonyms; read from the cache, no statement as a rule."""
	return read_groups_cached(tuple(frappe.cache.get_value(CACHE_KEY, read_texts)))


def read_texts() -> list[str]:
	"""Return each group of the site as one text."""
	rows = frappe.get_all(
		"Search Synonym", filters={"disabled": 0}, fields=["term", "synonyms"], order_by="name"
	)
	return [f"{row.term}, {row.synonyms or ''}" for row in rows]


def forget() -> None:
	"""A group was changed; every process reads anew."""
	frappe.cache.delete_value(CACHE_KEY)


_cut: dict[tuple[str, ...], Synonyms] = {}


def read_groups_cached(texts: tuple[str, ...]) -> Synonyms:
	"""Cut the phrases once per process and change."""
	if texts not in _cut:
		_cut.clear()
		_cut[texts] = read_groups(texts)
	return _cut[texts]
