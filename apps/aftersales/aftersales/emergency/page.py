"""Writes the snapshot as one HTML file that needs nothing else: no network, no server, no other file (S1.41)."""

import json
import re
from pathlib import Path
from typing import TextIO

import frappe
from frappe import _

from aftersales.aftersales.emergency.parts import Part, labels_of

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh")
CALL = re.compile(r"""\b__\(\s*"((?:[^"\\]|\\.)*)\"""")
# The page may run its own script and show itself, and nothing else: a browser then opens no connection for it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


class PageWriter:
	"""Writes rows as they come; call `start_part`, `add` and at the end `finish`."""

	def __init__(self, target: TextIO, taken_on: str):
		self.target = target
		self.about = {
			"taken_on": taken_on,
			"site": frappe.local.site,
			"parts": [],
			"record_types": _record_types(),
		}
		self.words: set[str] = set()
		self.translated: list[int] = []
		self.open = False
		css = (FOLDER / "page.css").read_text(encoding="utf-8")
		target.write(
			'<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
			f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
			'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
			f"<title>Aftersales {taken_on[:16]}</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
		)

	def start_part(self, part: Part) -> None:
		"""Begin the rows of a part."""
		self._end_part()
		labels = labels_of(part)
		self.words.update([*labels, part.title])
		self.translated = [i for i, column in enumerate(part.columns) if column.kind == "translate"]
		self.about["parts"].append(
			{
				"key": part.key,
				"title": part.title,
				"use": part.use,
				"fields": [column.fieldname for column in part.columns],
				"labels": labels,
				"translate": self.translated,
				"phones": [i for i, column in enumerate(part.columns) if column.kind == "phone"],
			}
		)
		self.target.write(f'<script type="application/x-ndjson" id="part-{part.key}">')
		self.open = True

	def add(self, row: list[str]) -> None:
		"""Write a row: one line of JSON."""
		self.words.update(row[index] for index in self.translated)
		self.target.write("\n" + script_safe(row))

	def finish(self) -> None:
		"""Write what the page needs to know, and its script."""
		self._end_part()
		script = (FOLDER / "page.js").read_text(encoding="utf-8")
		self.words.update(json.loads(f'"{text}"') for text in CALL.findall(script))
		self.words.update(self.about["record_types"])
		self.about["words"] = {language: translations(self.words, language) for language in LANGUAGES}
		self.target.write(f'<script type="application/json" id="about">{script_safe(self.about)}</script>\n')
		self.target.write(f"<script>\n{script}</script>\n</body>\n</html>\n")

	def _end_part(self) -> None:
		if self.open:
			self.target.write("</script>\n")
		self.open = False


def script_safe(value: object) -> str:
	"""Return JSON that may stand inside a script element: it can neither end it nor begin a comment."""
	return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def translations(words: set[str], language: str) -> dict[str, str]:
	"""Return the words that a language has another word for."""
	found = {word: _(word, language) for word in sorted(words) if word}
	return {word: text for word, text in found.items() if text != word}


def _record_types() -> list[str]:
	options = frappe.get_meta("Service Ticket").get_options("record_type") or ""
	return [option for option in options.split("\n") if option]
