"""Records that the app brings along and a site may change: made once, then left alone."""

import json
from pathlib import Path

import frappe
from frappe.model.document import Document

DATA = Path(__file__).parent / "data"


def ensure(record: dict) -> Document | None:
	"""Insert a record unless the site has it already, changed or not.

	:param record: document as a dict; `name`, or the field that `autoname: field:` names, tells which one it is.
	:returns: the new document, or None when it was there.
	"""
	if frappe.db.exists(record["doctype"], record_name(record)):
		return None
	doc = frappe.get_doc(record)
	doc.flags.ignore_permissions = True
	return doc.insert(ignore_permissions=True)


def record_name(record: dict) -> str:
	"""Return the name that the record has or will get.

	:raises KeyError: the record says neither its name nor the field that names it.
	"""
	if record.get("name"):
		return record["name"]
	autoname = frappe.get_meta(record["doctype"]).autoname or ""
	if autoname.startswith("field:"):
		return record[autoname.removeprefix("field:")]
	raise KeyError(f"{record['doctype']} record without a name")


def ensure_folder(folder: str) -> int:
	"""Make the records of all JSON files of a folder below setup/data, file by file in the order of their names.

	A file holds one record or a list of records.

	:returns: how many were made.
	"""
	made = 0
	for path in sorted((DATA / folder).glob("*.json")):
		content = json.loads(path.read_text(encoding="utf-8"))
		for record in content if isinstance(content, list) else [content]:
			made += bool(ensure(record))
	return made


def fill_single_defaults(doctype: str) -> None:
	"""Store the defaults of those fields of a single that have no value yet, so that reading it never needs them.

	A field that the site emptied on purpose has a row in `tabSingles` and stays empty.
	"""
	singles = frappe.qb.DocType("Singles")
	rows = frappe.qb.from_(singles).select(singles.field).where(singles.doctype == doctype).run()
	stored = {field for (field,) in rows}
	missing = {
		field.fieldname: field.default
		for field in frappe.get_meta(doctype).fields
		if field.default not in (None, "") and field.fieldname not in stored
	}
	if missing:
		frappe.db.set_single_value(doctype, missing, update_modified=False)
