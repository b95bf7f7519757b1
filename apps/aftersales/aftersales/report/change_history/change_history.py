"""Change History: every changed value of one record, or of all records in a period (S1.06)."""

import json
import re

import frappe
from frappe import _
from frappe.utils import add_days, cstr, getdate, strip_html

from aftersales.aftersales.own_doctypes import readable_doctypes
from aftersales.utils.people import full_names

MOST = 2000  # versions; one holds everything that a save changed
LONGEST = 500  # characters of a value
DAYS = 7  # looked back when nothing is chosen
MICROSECONDS = re.compile(r"(\d\d:\d\d:\d\d)\.\d+")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a message; called by Frappe.

	:param filters: all optional: `kind` (DocType), `record` (its name), `from_date`, `to_date` and `user`. Without a record
	    and a first day, the last `DAYS` days.
	"""
	filters = frappe._dict(filters or {})
	versions = find(filters)
	allowed = readable_names(versions)
	rows = []
	for version in versions:
		if version.docname in allowed.get(version.ref_doctype, ()):
			rows += rows_of(version)
	names = full_names({row["changed_by"] for row in rows})
	for row in rows:
		row["changed_by"] = names.get(row["changed_by"]) or row["changed_by"]
	message = None
	if len(versions) == MOST:
		message = _("Only the latest {0} changes are shown. Choose a shorter period.").format(MOST)
	return columns(), rows, message


def find(filters: dict) -> list:
	"""Return the versions, newest first."""
	kinds = [kind for kind in readable_doctypes() if filters.kind in (None, "", kind)]
	conditions = [["ref_doctype", "in", kinds]]
	if filters.record:
		conditions.append(["docname", "=", filters.record])
	elif not filters.from_date:
		conditions.append(["creation", ">=", add_days(getdate(filters.to_date or None), -DAYS)])
	if filters.from_date:
		conditions.append(["creation", ">=", getdate(filters.from_date)])
	if filters.to_date:
		conditions.append(["creation", "<", add_days(getdate(filters.to_date), 1)])
	if filters.user:
		conditions.append(["owner", "=", filters.user])
	if not kinds:
		return []
	# Version is for System Managers only; `readable_names` asks for the records themselves.
	return frappe.get_all(
		"Version",
		filters=conditions,
		fields=["name", "creation", "owner", "ref_doctype", "docname", "data"],
		order_by="creation desc",
		limit_page_length=MOST,
	)


def readable_names(versions: list) -> dict[str, set[str]]:
	"""Return the records that exist and that the user may read, by DocType."""
	names: dict[str, set[str]] = {}
	for version in versions:
		names.setdefault(version.ref_doctype, set()).add(version.docname)
	return {
		doctype: set(
			frappe.get_list(doctype, filters={"name": ("in", list(found))}, pluck="name", limit_page_length=0)
		)
		for doctype, found in names.items()
	}


def rows_of(version: dict) -> list[dict]:
	"""Return a row for each value that a save changed."""
	meta = frappe.get_meta(version.ref_doctype)
	levels = readable_levels(version.ref_doctype)
	data = json.loads(version.data or "{}")
	head = {
		"changed_on": version.creation,
		"changed_by": version.owner,
		"kind": _(version.ref_doctype),
		"record": version.docname,
		"doctype": version.ref_doctype,
	}
	rows = []
	for fieldname, old, new in data.get("changed") or []:
		add(rows, head, meta, levels, fieldname, old, new)
	for table, number, _name, changes in data.get("row_changed") or []:
		row_meta = row_meta_of(meta, table)
		for fieldname, old, new in changes:
			add(rows, head, meta, levels, table, old, new, f"{number + 1}: {label(row_meta, fieldname)}")
	for key, place in (("added", 2), ("removed", 1)):
		for table, row in data.get(key) or []:
			values = ["", ""]
			values[place - 1] = row_text(row_meta_of(meta, table), row)
			add(rows, head, meta, levels, table, *values)
	return rows


def add(rows, head: dict, meta, levels: set, fieldname: str, old, new, detail: str = "") -> None:
	"""Append a row unless the field is on a level that the user may not read."""
	field = meta.get_field(fieldname)
	if field and field.permlevel not in levels:
		return
	translate = bool(field) and (field.fieldtype == "Select" or field.options == "Workflow State")
	name = label(meta, fieldname)
	rows.append(
		{
			**head,
			"field": f"{name}, {detail}" if detail else name,
			"old": shown(old, translate),
			"new": shown(new, translate),
		}
	)


def readable_levels(doctype: str) -> set[int]:
	"""Return the permission levels that the user may read."""
	roles = set(frappe.get_roles())
	return {row.permlevel for row in frappe.get_meta(doctype).permissions if row.read and row.role in roles}


def row_meta_of(meta, table: str):
	"""Return the meta of a table's rows, None when the table is gone."""
	field = meta.get_field(table)
	return frappe.get_meta(field.options) if field else None


def label(meta, fieldname: str) -> str:
	"""Return the translated label; the field's name when the field is gone."""
	return _(meta.get_label(fieldname)) if meta and meta.get_field(fieldname) else fieldname


def row_text(meta, row: dict) -> str:
	"""Return a row's values in one line."""
	fields = (
		[df.fieldname for df in meta.fields]
		if meta
		else [name for name in row if name not in ("name", "doctype")]
	)
	return " · ".join(shown(row.get(name)) for name in fields if row.get(name) not in (None, "", 0))


def shown(value, translate: bool = False) -> str:
	"""Return a value as people read it."""
	text = strip_html(cstr(value)) if isinstance(value, str) and "<" in value else cstr(value)
	text = MICROSECONDS.sub(r"\1", text)
	return (_(text) if translate and text else text)[:LONGEST]


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		{"fieldname": "changed_on", "label": _("Changed on"), "fieldtype": "Datetime", "width": 170},
		{"fieldname": "changed_by", "label": _("Changed by"), "fieldtype": "Data", "width": 140},
		{"fieldname": "kind", "label": _("Kind of Record"), "fieldtype": "Data", "width": 130},
		{
			"fieldname": "record",
			"label": _("Record No."),
			"fieldtype": "Dynamic Link",
			"options": "doctype",
			"width": 140,
		},
		{"fieldname": "field", "label": _("Field"), "fieldtype": "Data", "width": 180},
		{"fieldname": "old", "label": _("Before"), "fieldtype": "Data", "width": 260},
		{"fieldname": "new", "label": _("Afterwards"), "fieldtype": "Data", "width": 260},
	]
