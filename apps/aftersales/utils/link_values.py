"""Values that a document takes over from what it links to, and may still change."""

import frappe
from frappe.model.document import Document


def fill_from_link(doc: Document, link: str, values: dict[str, str], always: tuple[str, ...] = ()) -> None:
	"""Copy values of the linked document when the link is new; what the user typed wins.

	Where there was no link before, empty fields are filled. When one link gives way to another, fields that were
	not changed in the same save follow the new link. One query at most, none when nothing is to be filled.
	Frappe's `fetch_from` either overwrites on every save or never follows a changed link, hence this.

	:param doc: document being saved.
	:param link: name of its Link field.
	:param values: field of `doc` -> field of the linked document.
	:param always: fields of `doc` that a link always decides, typed or not.
	"""
	if not doc.get(link) or not doc.has_value_changed(link):
		return
	fields = [field for field in values if field in always or _may_fill(doc, link, field)]
	if not fields:
		return
	found = frappe.db.get_value(
		doc.meta.get_field(link).options, doc.get(link), [values[field] for field in fields], as_dict=True
	)
	for field in fields if found else ():
		doc.set(field, found[values[field]])


def _may_fill(doc: Document, link: str, field: str) -> bool:
	before = doc.get_doc_before_save()
	if before and before.get(link):
		return not doc.has_value_changed(field)
	return not doc.get(field)
