"""Whether a field of a document being saved differs from what is stored."""

from datetime import date

from frappe.model.document import Document


def has_changed(doc: Document, field: str) -> bool:
	"""Return whether a field has another value than the stored document; always for a new one.

	A form sends dates as text, and 15.0.0-dev takes that for a change; empty is the same as 0.

	:param doc: document being validated.
	:param field: name of a field that is no table.
	"""
	before = doc.get_doc_before_save()
	return not before or _plain(before.get(field)) != _plain(doc.get(field))


def _plain(value):
	return str(value) if isinstance(value, date) else value or None
