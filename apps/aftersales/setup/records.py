"""Records that the app brings along and a site may change: made once, then left alone."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import frappe
from frappe.model.document import Document

DATA = Path(__file__).parent / "data"
# Global default that remembers what was made, so that a record which the site deleted or renamed stays away.
MADE = "aftersales_records"
_ROW = {"parent": "__global", "parentfield": "system_defaults", "defkey": MADE}


def ensure(record: dict) -> Document | None:
	"""Insert a record unless the site has it already, changed or not.

	:param record: document as a dict; `name`, or the field of `autoname: field:`, tells which one it is.
	:returns: the new document, or None when it was there.
	:raises KeyError: the record says neither.
	"""
	if frappe.db.exists(record["doctype"], record_name(record)):
		return None
	return frappe.get_doc(record).insert(ignore_permissions=True)


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


def ensure_folder(folder: str) -> list[str]:
	"""Make the records of the JSON files of a folder below setup/data, in the order of the files' names.

	A file holds one record or a list. Each record is made once in the life of a site: one that the site
	deleted or renamed since does not come back.

	:returns: what was made, each as "DocType: name".
	"""
	made = []
	for record in read_records(folder):
		key = f"{record['doctype']}: {record_name(record)}"
		if once(key, partial(ensure, record)):
			made.append(key)
	return made


def once(key: str, make: Callable) -> bool:
	"""Call a function unless it was called under the same key on this site before.

	:returns: whether it was called.
	"""
	if was_made(key):
		return False
	make()
	_remember([*_made(), key])
	return True


def was_made(key: str) -> bool:
	"""Return whether `once` was called under a key."""
	return key in _made()


def _made() -> list[str]:
	# Not through frappe.defaults: Frappe does not empty its cache while an app is being installed.
	return json.loads(frappe.db.get_value("DefaultValue", _ROW, "defvalue") or "[]")


def _remember(keys: list[str]) -> None:
	value = json.dumps(keys, ensure_ascii=False)
	if name := frappe.db.get_value("DefaultValue", _ROW):
		frappe.db.set_value("DefaultValue", name, "defvalue", value, update_modified=False)
	else:
		frappe.get_doc(doctype="DefaultValue", parenttype="__default", **_ROW, defvalue=value).insert(
			ignore_permissions=True
		)


def read_records(folder: str) -> list[dict]:
	"""Return the records of a folder below setup/data, see `ensure_folder`."""
	records = []
	for path in sorted((DATA / folder).glob("*.json")):
		content = json.loads(path.read_text(encoding="utf-8"))
		records += content if isinstance(content, list) else [content]
	return records


def fill_single_defaults(doctype: str) -> None:
	"""Store the defaults of those fields of a single that have no value yet.

	Without this a field that a new version adds reads as empty on a site that saved the single before.
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
		frappe.db.set_value(doctype, doctype, missing, update_modified=False)
