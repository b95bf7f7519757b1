"""Every string that a user may see has a Chinese translation, and each translation is well formed.

The sources are read from the files of the app, not from a list kept by hand: Python and JavaScript calls,
templates, and the JSON of DocTypes, reports, workspaces, cards, charts, print formats and set-up records.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

from frappe.translate import (
	clear_cache,
	extract_messages_from_javascript_code,
	extract_messages_from_python_code,
	get_all_translations,
)

APP = Path(__file__).resolve().parent.parent / "apps" / "aftersales"
CHINESE = APP / "translations" / "zh.csv"
TEMPLATE_CALL = re.compile(r"""\b__?\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
PLACEHOLDER = re.compile(r"\{\d*\}|%s|\{[a-z_]+\}")

# Which keys of a JSON record are shown to people, by the record's DocType. Options are listed apart, because
# only those of Select fields are texts.
JSON_TEXTS = {
	"DocType": ("name", "description"),
	"DocField": ("label", "description", "placeholder"),
	"Report": ("name", "report_name"),
	"Page": ("title",),
	"Workspace": ("title", "label"),
	"Workspace Link": ("label", "description"),
	"Workspace Shortcut": ("label",),
	"Workspace Chart": ("label",),
	"Workspace Number Card": ("label",),
	"Number Card": ("label",),
	"Dashboard Chart": ("chart_name",),
	"Print Format": ("name",),
	"Notification": ("subject",),
	"Web Form": ("title",),
	"Role": ("role_name",),
	"Workflow": ("name",),
	"Workflow State": ("workflow_state_name",),
	"Workflow Action Master": ("workflow_action_name",),
}


def files(pattern: str) -> Iterator[Path]:
	"""The app's own source files of one kind, without built assets and tests."""
	for path in sorted(APP.rglob(pattern)):
		if (
			"dist" not in path.parts
			and "node_modules" not in path.parts
			and not path.name.startswith("test_")
		):
			yield path


def texts_in_code() -> Iterator[tuple[str, str]]:
	for path in files("*.py"):
		for _line, text, _context in extract_messages_from_python_code(path.read_text(encoding="utf-8")):
			yield str(path.relative_to(APP)), text
	for path in files("*.js"):
		for _line, text, _context in extract_messages_from_javascript_code(path.read_text(encoding="utf-8")):
			yield str(path.relative_to(APP)), text
	# The extractor passes over calls inside JavaScript's template literals, and knows no HTML.
	for path in [*files("*.js"), *files("*.html")]:
		for double, single in TEMPLATE_CALL.findall(path.read_text(encoding="utf-8")):
			yield str(path.relative_to(APP)), double or single


def texts_in_record(record: object, doctype: str = "") -> Iterator[str]:
	"""Texts of one JSON record and of the child rows inside it."""
	if isinstance(record, list):
		for row in record:
			yield from texts_in_record(row, doctype)
		return
	if not isinstance(record, dict):
		return
	doctype = record.get("doctype") or doctype
	for key in JSON_TEXTS.get(doctype, ()):
		if isinstance(record.get(key), str) and record[key].strip():
			yield record[key]
	if (
		doctype == "DocField"
		and record.get("fieldtype") == "Select"
		and record.get("fieldname") != "naming_series"
	):
		yield from (option for option in (record.get("options") or "").split("\n") if option.strip())
	if doctype == "Workspace" and isinstance(record.get("content"), str):
		for block in json.loads(record["content"]):
			text = re.sub(r"<[^>]+>", "", str(block.get("data", {}).get("text") or "")).strip()
			if text:
				yield text
	children = {"fields": "DocField", "states": "DocType State", "actions": "DocType Action"}
	for key, value in record.items():
		if isinstance(value, list):
			yield from texts_in_record(value, children.get(key, "") if doctype == "DocType" else "")


def texts_in_json() -> Iterator[tuple[str, str]]:
	for path in files("*.json"):
		if "demo" in path.relative_to(APP).parts:
			continue  # sample data, not the product's own words
		for text in texts_in_record(json.loads(path.read_text(encoding="utf-8"))):
			yield str(path.relative_to(APP)), text


def needs_translation(text: str) -> bool:
	return bool(re.search(r"[A-Za-z]{2,}", text))


def rows() -> list[list[str]]:
	with CHINESE.open(encoding="utf-8", newline="") as source:
		return [row for row in csv.reader(source) if row]


def test_sources_are_found():
	"""The extraction itself works; without this an empty walk would pass the next test."""
	found = {text for _source, text in [*texts_in_code(), *texts_in_json()]}
	assert {"Service Ticket", "Service Customer", "Enquiry"} <= found


def test_every_text_has_a_chinese_translation():
	clear_cache()  # translations of an earlier state of the files
	known = get_all_translations("zh")
	missing = sorted(
		{
			f"{text!r}  ({source})"
			for source, text in [*texts_in_code(), *texts_in_json()]
			if needs_translation(text) and text not in known and text.strip() not in known
		}
	)
	assert not missing, f"{len(missing)} texts without a row in translations/zh.csv:\n" + "\n".join(
		missing[:60]
	)


def test_headings_of_connections_are_translated_in_the_browser():
	"""Frappe keeps them for people of all languages: translated by the server, they stay in the language of the first of them."""
	known = get_all_translations("zh")
	labels = set()
	for path in APP.rglob("*_dashboard.py"):
		source = path.read_text(encoding="utf-8")
		assert "_(" not in source, path.name
		labels |= set(re.findall(r'"label": "(.+?)"', source))
	assert "Settlement" in labels
	assert [label for label in sorted(labels) if label not in known] == []


def test_translations_keep_their_placeholders():
	wrong = [
		row for row in rows() if sorted(PLACEHOLDER.findall(row[0])) != sorted(PLACEHOLDER.findall(row[1]))
	]
	assert not wrong


def test_rows_are_unique_complete_and_sorted():
	keys = [(row[0], row[2] if len(row) > 2 else "") for row in rows()]
	assert len(keys) == len(set(keys))
	assert keys == sorted(keys)
	assert all(row[1].strip() for row in rows())


def test_translations_are_chinese():
	"""A row that merely repeats its English source hides a missing translation."""
	same = [row[0] for row in rows() if row[0] == row[1] and not re.fullmatch(r"[A-Z0-9 .\-/]+", row[0])]
	assert not same
