"""Records that the app brings along and a site may change: made once, then brought up to date until the site touches them.

A record is a JSON file below setup/data. What becomes of it on a site is remembered in one row per record, see `Made`:

- never made: it is made;
- as the app made it: a newer version of the app brings it to its new content;
- changed, deleted or renamed by the site: it stays as the site has it. The migration that would have changed it says so, once;
- made by a version that remembered names only: as the app made it if its content is one that a version shipped
  (`shipped_before.json`), else the site's own. When in doubt the site's work stays.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import frappe
from frappe.model.document import Document

from aftersales.setup.content import bring_to, content_digest, digest

DATA = Path(__file__).parent / "data"
# Content digests of records as versions shipped them that did not remember digests yet, by key.
SHIPPED_BEFORE = DATA / "shipped_before.json"
# Not among the defaults of the system or of a user: those are sent to every Desk.
MADE = "__aftersales_records"


@dataclass
class Made:
	"""What is remembered of a record.

	:param shipped: digest of the JSON that it was made from or brought to; None when the site had the record before us,
		or when it comes from a version that remembered names only.
	:param stored: digest of the document as it was right after that.
	:param told: digest of the JSON that was not taken over because the site has an own version.
	:param old: made by a version that remembered names only.
	"""

	shipped: str | None = None
	stored: str | None = None
	told: str | None = None
	old: bool = False


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
	"""Make the records of the JSON files of a folder below setup/data, and bring those that the site left alone up to date.

	A file holds one record or a list; files go in the order of their names.

	:returns: what was made or brought up to date, each as "DocType: name".
	"""
	memory = _memory()
	return [
		key for record in read_records(folder) if _ensure_shipped(key := record_key(record), record, memory)
	]


def record_key(record: dict) -> str:
	"""Return what a record is remembered by: "DocType: name"."""
	return f"{record['doctype']}: {record_name(record)}"


def _ensure_shipped(key: str, record: dict, memory: dict[str, Made]) -> bool:
	"""Make a record or bring it up to date; returns whether anything was written to it."""
	shipped = digest(record)  # now: Frappe writes into what it makes documents from
	made = memory.get(key)
	if not made:
		new = ensure(record)
		_remember(key, _as_made(record, shipped) if new else Made())
		return bool(new)
	if made.shipped == shipped or made.told == shipped or not (made.shipped or made.old):
		return False
	if not frappe.db.exists(record["doctype"], record_name(record)):
		return _keep(key, made, shipped, f"{key} stays away: this site deleted or renamed it.")
	stored = _stored_digest(record)
	if stored == content_digest(record["doctype"], record):
		_remember(key, _as_made(record, shipped))
		return False
	if stored not in (_digests_before(key) if made.old else [made.stored]):
		return _keep(key, made, shipped, f"Kept your version of {key}: this site changed it.")
	bring_to(frappe.get_doc(record["doctype"], record_name(record)), record)
	print(f"Brought up to date: {key}")
	_remember(key, _as_made(record, shipped))
	return True


def _as_made(record: dict, shipped: str) -> Made:
	return Made(shipped=shipped, stored=_stored_digest(record))


def _stored_digest(record: dict) -> str:
	document = frappe.get_doc(record["doctype"], record_name(record))
	return content_digest(document.doctype, document.as_dict())


def _keep(key: str, made: Made, shipped: str, message: str) -> bool:
	"""Leave a record as the site has it and say so, once for each new content."""
	print(message)
	made.told = shipped
	_remember(key, made)
	return False


def _digests_before(key: str) -> list[str]:
	return json.loads(SHIPPED_BEFORE.read_text(encoding="utf-8")).get(key, [])


def once(key: str, make: Callable) -> bool:
	"""Call a function unless it was called under the same key on this site before.

	:returns: whether it was called.
	"""
	if was_made(key):
		return False
	make()
	_remember(key, Made())
	return True


def was_made(key: str) -> bool:
	"""Return whether a record was made, or `once` was called, under a key."""
	return bool(frappe.db.exists("DefaultValue", _row(key)))


# Not through frappe.defaults: Frappe does not empty its cache while an app is being installed.


def _memory() -> dict[str, Made]:
	rows = frappe.get_all("DefaultValue", {"parent": MADE}, ["defkey", "defvalue"], order_by=None)
	return {row.defkey: Made(**json.loads(row.defvalue)) for row in rows}


def _remember(key: str, made: Made) -> None:
	value = json.dumps({name: value for name, value in asdict(made).items() if value})
	if name := frappe.db.get_value("DefaultValue", _row(key)):
		frappe.db.set_value("DefaultValue", name, "defvalue", value, update_modified=False)
	else:
		row = frappe.get_doc(doctype="DefaultValue", parenttype="__default", **_row(key), defvalue=value)
		row.insert(ignore_permissions=True)


def _row(key: str) -> dict:
	return {"parent": MADE, "parentfield": "system_defaults", "defkey": key}


def remember_old(keys: list[str]) -> None:
	"""Take over the names that an earlier version remembered, see `Made.old`."""
	known = _memory()
	for key in keys:
		if key not in known:
			_remember(key, Made(old=True))


def forget() -> None:
	"""Forget everything that was made."""
	frappe.db.delete("DefaultValue", {"parent": MADE})


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
