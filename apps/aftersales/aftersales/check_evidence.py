"""What a checker sees beside the check form: the record as it was drawn, as it is now, and its original material (S1.10)."""

import json

import frappe
from frappe.model import display_fieldtypes, table_fields
from frappe.model.document import Document
from frappe.utils import cstr, strip_html

from aftersales.utils.access import is_permitted

# Fields without a value of their own, or whose values are no business of a check.
LEFT_OUT = {*display_fieldtypes, "Password", "Signature", "Geolocation", "Code"}
# Change with every save or view and say nothing about the record.
NOISE = {"modified", "modified_by", "idx", "docstatus", "modification_date"}


def snapshot_of(doc: Document) -> str:
	"""Return the values of a document as JSON, for `Check Record.snapshot`."""
	values = {}
	for field in doc.meta.fields:
		if field.fieldtype in LEFT_OUT or field.fieldname in NOISE:
			continue
		value = doc.get(field.fieldname)
		if field.fieldtype in table_fields:
			value = [_row_text(row) for row in value or []]
		if value not in (None, "", [], 0):
			values[field.fieldname] = value if isinstance(value, int | float | list) else cstr(value)
	return json.dumps(values, ensure_ascii=False, sort_keys=True)


def originals_of(doc: Document) -> list[dict]:
	"""Return the files of a record, each once: `name`, `file_name`, `file_url`, `where` and `is_picture`.

	:param doc: the checked record; whether the user may read it is for the caller to check, and files follow it.
	"""
	files = frappe.get_all(
		"File",
		filters={"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "is_folder": 0},
		fields=["name", "file_name", "file_url", "folder"],
		order_by="creation",
	)
	pictures = {row.image for row in doc.get("pictures") or [] if row.get("image")}
	found: dict[str, dict] = {}
	for file in files:
		where = "Attachment"
		if (file.folder or "").startswith("Home/Aftersales Originals"):
			where = "Originals Folder"
		elif file.file_url in pictures:
			where = "Picture"
		found.setdefault(
			file.file_url,
			{
				"name": file.name,
				"file_name": file.file_name,
				"file_url": file.file_url,
				"where": where,
				"is_picture": file.file_url in pictures,
			},
		)
	return list(found.values())


@frappe.whitelist()
def record_beside(check_record: str) -> dict:
	"""Return the checked record for the form of its check.

	:param check_record: name of the Check Record.
	:returns: `exists`, `readable`; if both, `fields` (label, then, now, changed), `originals` (see `originals_of`) and
	    `originals_then` (their number at the drawing).
	:raises frappe.PermissionError: the user may not read the check record.
	"""
	check = frappe.get_doc("Check Record", check_record)
	check.check_permission("read")
	if not frappe.db.exists(check.reference_doctype, check.reference_name):
		return {"exists": False, "readable": False}
	doc = frappe.get_doc(check.reference_doctype, check.reference_name)
	if not is_permitted(doc, "read"):
		return {"exists": True, "readable": False}
	return {
		"exists": True,
		"readable": True,
		"fields": compare(doc, json.loads(check.snapshot or "{}")),
		"originals": originals_of(doc),
		"originals_then": check.originals_count,
	}


def compare(doc: Document, then: dict) -> list[dict]:
	"""Return the fields that have a value, then or now, on the levels that the user may read."""
	now = json.loads(snapshot_of(doc))
	levels = set(doc.get_permlevel_access("read")) | {0}
	rows = []
	for field in doc.meta.fields:
		name = field.fieldname
		if field.permlevel not in levels or field.hidden or (name not in then and name not in now):
			continue
		rows.append(
			{
				"fieldname": name,
				"label": field.label or name,
				"fieldtype": "Table" if field.fieldtype in table_fields else field.fieldtype,
				"translate": field.fieldtype == "Select" or field.options == "Workflow State",
				"then": _shown(field, then.get(name)),
				"now": _shown(field, now.get(name)),
				"changed": then.get(name) != now.get(name),
			}
		)
	return rows


def _shown(field, value) -> str:
	if value is None:
		return ""
	if isinstance(value, list):
		return "\n".join(value)
	if field.fieldtype in ("Text Editor", "HTML Editor"):
		return strip_html(value)
	return frappe.format(value, field) if field.fieldtype in ("Date", "Datetime", "Currency") else cstr(value)


def _row_text(row: Document) -> str:
	values = (
		cstr(row.get(field.fieldname))
		for field in row.meta.fields
		if field.fieldtype not in LEFT_OUT and row.get(field.fieldname) not in (None, "", 0)
	)
	return " · ".join(values)
