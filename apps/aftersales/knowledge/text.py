"""Cutting text into search terms, the same way for documents and for what people type.

Chinese has no blanks, so a run of Chinese characters becomes overlapping pairs; Latin words and numbers stay
whole, with their English stem beside them. A product code is one term whatever stands between its parts.
"""

import re
import unicodedata
from functools import lru_cache

import tantivy

CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
IS_CJK = re.compile(rf"[{CJK}]")
COMBINING = re.compile("[\u0300-\u036f]")
JOINED_CODE = re.compile(r"[a-z0-9]+(?:[-./_][a-z0-9]+)+")
SPACED_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,4} \d{1,8}(?: ?[A-Z])?(?![A-Za-z0-9])")
CODE_WORDS = re.compile(r"[a-z0-9]+")
NOT_IN_CODE = re.compile(r"[\W_]+")
MAX_WORD = 64

_stemmer = (
	tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer("english")).build()
)


def normalise(text: str) -> str:
	"""One spelling for full-width and half-width, upper and lower case, and accents."""
	text = unicodedata.normalize("NFKD", text or "").casefold()
	return unicodedata.normalize("NFKC", COMBINING.sub("", text))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
	"""The English stem of a normalised Latin word; anything else comes back as it is."""
	if len(word) < 4 or not word.isascii() or not word.isalpha():
		return word
	return (_stemmer.analyze(word) or [word])[0]


def runs(text: str) -> list[str]:
	"""The runs of Chinese characters and the Latin words of *text*, normalised, in order."""
	return [run[:MAX_WORD] if not is_cjk(run) else run for run in RUNS.findall(normalise(text))]


def is_cjk(run: str) -> bool:
	"""True if a run consists of characters that are written without blanks."""
	return bool(IS_CJK.match(run))


def language_of(text: str, otherwise: str) -> str:
	"""Return `zh` for a text with a Chinese character in it, else `otherwise`."""
	return "zh" if IS_CJK.search(text or "") else otherwise


def pairs(run: str) -> list[str]:
	"""Overlapping pairs of a Chinese run; a single character stays single."""
	return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def terms(text: str) -> list[str]:
	"""Every term under which *text* is to be found: pairs, words and the words' stems."""
	found = []
	for run in runs(text):
		if is_cjk(run):
			found.extend(pairs(run))
			continue
		found.append(run)
		if stem(run) != run:
			found.append(stem(run))
	return found


def characters(text: str) -> list[str]:
	"""The single Chinese characters of *text*, for searches of one character."""
	return sorted({char for run in runs(text) if is_cjk(run) for char in run})


def code_key(code: str) -> str:
	"""A product code or part number without case, dashes, dots and blanks: `RR-001 A` is `rr001a`."""
	return NOT_IN_CODE.sub("", normalise(code))


def codes_in(text: str) -> list[str]:
	"""Keys of the codes written in running text with dashes, dots, slashes or, in capitals, a blank; a code has a digit."""
	keys = {code_key(match) for match in JOINED_CODE.findall(normalise(text))}
	keys.update(code_key(match) for match in SPACED_CODE.findall(unicodedata.normalize("NFKC", text or "")))
	return sorted(key for key in keys if any(c.isdigit() for c in key))


def typed_codes(text: str) -> list[str]:
	"""Keys of what may be a code in a typed query, blanks inside it included.

	:return: up to three neighbouring words joined, each with a digit in it and at least three characters.
	"""
	words = CODE_WORDS.findall(normalise(text))[:20]
	keys = []
	for size in (1, 2, 3):
		for i in range(len(words) - size + 1):
			key = "".join(words[i : i + size])
			if len(key) >= 3 and any(c.isdigit() for c in key) and key not in keys:
				keys.append(key)
	return keys
