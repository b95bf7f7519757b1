"""Deletion Log: the app's documents that were deleted, by whom and when (S18.28)."""

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from aftersales.aftersales.deletion_log import check_reader, readable
from aftersales.aftersales.own_doctypes import readable_doctypes
from aftersales.utils.people import full_names

MOST = 1000  # rows; each is checked against the user's rights


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a message; called by Frappe.

	:param filters: optionally `from_date`, `to_date`, `kind` (DocType), `user` (who deleted) and `number` (part of the name).
	:raises frappe.PermissionError: the user reads no deletion log.
	"""
	check_reader()
	entries = find(frappe._dict(filters or {}))
	rows = [row_of(entry, doc) for entry in entries if (doc := readable(entry))]
	names = full_names({row["deleted_by"] for row in rows})
	for row in rows:
		row["deleted_by"] = names.get(row["deleted_by"]) or row["deleted_by"]
	message = None
	if len(entries) == MOST:
		message = _("Only the latest {0} deletions are shown. Choose a shorter period.").format(MOST)
	return columns(), rows, message


def find(filters: dict) -> list:
	"""Return the entries of Frappe's Deleted Document, newest first."""
	kinds = readable_doctypes()
	if filters.kind:
		kinds = [kind for kind in kinds if kind == filters.kind]
	if not kinds:
		return []
	conditions = [["deleted_doctype", "in", kinds]]
	if filters.from_date:
		conditions.append(["creation", ">=", getdate(filters.from_date)])
	if filters.to_date:
		conditions.append(["creation", "<", add_days(getdate(filters.to_date), 1)])
	if filters.user:
		conditions.append(["owner", "=", filters.user])
	if filters.number:
		conditions.append(["deleted_name", "like", f"%{filters.number}%"])
	# Deleted Document itself is readable for System Managers only; each row is checked by the rights on what it holds.
	return frappe.get_all(
		"Deleted Document",
		filters=conditions,
		fields=[
			"name",
			"creation",
			"owner",
			"deleted_doctype",
			"deleted_name",
			"data",
			"restored",
			"new_name",
		],
		order_by="creation desc",
		limit_page_length=MOST,
	)


def row_of(entry: dict, doc) -> dict:
	"""Return a row of the report."""
	return {
		"entry": entry.name,
		"deleted_on": entry.creation,
		"deleted_by": entry.owner,
		"kind": _(entry.deleted_doctype),
		"number": entry.deleted_name,
		"title": doc.get(doc.meta.get_title_field()),
		"customer": doc.get("customer"),
		"restored": _("Yes") if entry.restored else "",
	}


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		{"fieldname": "deleted_on", "label": _("Deleted on"), "fieldtype": "Datetime", "width": 170},
		{"fieldname": "deleted_by", "label": _("Deleted by"), "fieldtype": "Data", "width": 160},
		{"fieldname": "kind", "label": _("Kind of Record"), "fieldtype": "Data", "width": 150},
		{"fieldname": "number", "label": _("Record No."), "fieldtype": "Data", "width": 150},
		{"fieldname": "title", "label": _("Title"), "fieldtype": "Data", "width": 220},
		{"fieldname": "customer", "label": _("Customer"), "fieldtype": "Data", "width": 120},
		{"fieldname": "restored", "label": _("Restored"), "fieldtype": "Data", "width": 90},
		{"fieldname": "entry", "label": _("Content"), "fieldtype": "Data", "width": 110},
	]
