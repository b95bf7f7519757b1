"""Small text rules that several DocTypes share."""

import unicodedata

from frappe.model.document import Document


def clean_text(value: str | None) -> str:
	"""Return the text without space around it and with single spaces inside."""
	return " ".join((value or "").split())


def harmless(value: object) -> str:
	"""Return a stranger's text as one line that is markup nowhere.

	For what is stored past the checks of a document: Frappe shows texts in reports and read-only fields as HTML.
	"""
	return clean_text(str(value or "")).translate({ord("<"): "‹", ord(">"): "›"})


def clean_fields(doc: Document, *fieldnames: str) -> None:
	"""Apply `clean_text` to fields of a document; what is empty becomes None."""
	for fieldname in fieldnames:
		doc.set(fieldname, clean_text(doc.get(fieldname)) or None)


def comparison_key(value: str | None) -> str:
	"""Return the text by which two names are the same: without spaces, letter case and character width."""
	return "".join(unicodedata.normalize("NFKC", value or "").casefold().split())
