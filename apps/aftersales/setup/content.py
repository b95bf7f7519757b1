"""What a document says, apart from when, by whom and in which order of keys it was stored."""

import hashlib
import json

import frappe
from frappe.model import display_fieldtypes, table_fields
from frappe.model.document import Document
from frappe.utils import cast, get_datetime, getdate, to_timedelta

# Kept by Frappe's trees, and changed by every other node.
TREE_FIELDS = ("lft", "rgt", "old_parent")
TIMES = {"Date": getdate, "Datetime": get_datetime, "Time": lambda value: to_timedelta(str(value))}
DYNAMIC = ("Today", "Now", "now", "__user")  # defaults that are no date


def digest(content: dict) -> str:
	"""Return a short hash of JSON content, whatever the order of its keys; the order of lists counts."""
	text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
	return hashlib.sha256(text.encode()).hexdigest()[:16]


def content_digest(doctype: str, values: dict) -> str:
	"""Return a short hash of `content`."""
	return digest(content(doctype, values))


def content(doctype: str, values: dict) -> dict:
	"""Return a document's fields with their values, its child rows among them, in a form that can be compared.

	A field that has its default, or is empty and has none, is left out, so that a field which a new version of the
	DocType adds changes nothing.

	:param values: a stored document's `as_dict()`, or a record, in which a field that is not named has its default.
	"""
	found = {}
	for field in frappe.get_meta(doctype).fields:
		if (
			field.fieldtype in display_fieldtypes
			or field.fieldname in TREE_FIELDS
			or field.fieldname not in values
		):
			continue
		value = values[field.fieldname]
		if field.fieldtype in table_fields:
			if value:
				found[field.fieldname] = [content(field.options, row) for row in value]
		elif (value := _comparable(field.fieldtype, value)) != _comparable(field.fieldtype, field.default):
			found[field.fieldname] = value
	return found


def _comparable(fieldtype: str, value) -> str | float | None:
	"""Return a value as text or number, None when it is empty; a zero is empty, as an unticked box is."""
	if value in (None, ""):
		return None
	if fieldtype in TIMES:
		return str(value if value in DYNAMIC else TIMES[fieldtype](value))
	value = cast(fieldtype, value)
	return value or None if isinstance(value, int | float) else str(value)


def bring_to(document: Document, record: dict) -> None:
	"""Give a stored document the content of a record and save it.

	What people can set and the record does not name goes back to its default; what the controller keeps
	(read-only and hidden fields) is left to the controller.

	:param record: document as a dict, with all its child rows.
	"""
	fresh = frappe.new_doc(document.doctype)
	for field in document.meta.fields:
		kept = field.read_only or field.hidden or field.fieldname in TREE_FIELDS
		if field.fieldtype not in display_fieldtypes and field.fieldname not in record and not kept:
			document.set(field.fieldname, fresh.get(field.fieldname))
	document.update({key: value for key, value in record.items() if key not in ("doctype", "name")})
	for field in document.meta.get_table_fields():
		defaults = frappe.new_doc(field.options, as_dict=True)
		for row in document.get(field.fieldname):
			row.update_if_missing(
				defaults
			)  # not every version of Frappe does so on save, as it does on insert
	document.save(ignore_permissions=True)
