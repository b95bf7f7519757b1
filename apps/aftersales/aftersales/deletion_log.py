"""Deletion log (S18.28, A19): who deleted which of our documents when, what it held, and bringing it back.

Frappe keeps every deleted document, but shows it to System Managers only. What is deleted straight from the database, or
with `delete_permanently`, is not kept.
"""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name

from aftersales.aftersales.check_evidence import compare
from aftersales.aftersales.own_doctypes import readable_doctypes
from aftersales.utils.access import check_permission

READERS = ("Service Manager", "Aftersales Administrator", "Service Auditor")


class RestoreError(frappe.ValidationError):
	"""The document cannot be brought back."""


def check_reader() -> None:
	"""Refuse whoever is none of `READERS`.

	:raises frappe.PermissionError: always then.
	"""
	if not set(READERS) & set(frappe.get_roles()):
		frappe.throw(_("You have no permission for the deletion log."), frappe.PermissionError)


def readable(row: dict) -> Document | None:
	"""Return the deleted document, in memory, if the user may read it; None otherwise.

	:param row: `deleted_doctype` and `data` of a Deleted Document.
	"""
	doc = as_document(row)
	return doc if doc and frappe.has_permission(doc.doctype, "read", doc=doc) else None


def as_document(row: dict) -> Document | None:
	"""Return a deleted document in memory; None if its DocType is gone or the data cannot be read."""
	try:
		values = json.loads(row.get("data") or "")
		return frappe.get_doc({**values, "doctype": row.get("deleted_doctype")})
	except (ValueError, TypeError, ImportError, frappe.DoesNotExistError):
		return None


@frappe.whitelist()
def content(name: str) -> dict:
	"""Return what a deleted document held.

	:param name: name of the Deleted Document.
	:returns: `doctype`, `document` (its name), `fields` (label and value) and `may_restore`.
	:raises frappe.PermissionError: the user reads no deletion log, or may not have read that document.
	"""
	row, doc = _get(name)
	check_permission(doc.doctype, "read", doc=doc)
	return {
		"doctype": doc.doctype,
		"document": row.deleted_name,
		"fields": [
			{"label": field["label"], "value": field["now"], "translate": field["translate"]}
			for field in compare(doc, {})
		],
		"may_restore": not row.restored and bool(frappe.has_permission(doc.doctype, "create")),
	}


@frappe.whitelist(methods=["POST"])
def restore(name: str) -> str:
	"""Bring a deleted document back, under its old name and in its old state. Its files are not kept by Frappe.

	:param name: name of the Deleted Document.
	:returns: name of the document.
	:raises frappe.PermissionError: the user reads no deletion log, or may not create such documents.
	:raises RestoreError: it was brought back before, or the name is taken by now.
	"""
	row, doc = _get(name, for_update=True)
	check_permission(doc.doctype, "create")
	if row.restored:
		frappe.throw(_("{0} was restored before.").format(frappe.bold(row.deleted_name)), RestoreError)
	if frappe.db.exists(doc.doctype, row.deleted_name):
		frappe.throw(
			_("There is a {0} {1} again. It would have to be renamed first.").format(
				_(doc.doctype), frappe.bold(row.deleted_name)
			),
			RestoreError,
		)
	kept = _values_past_the_rules(doc)
	_forget_state(doc)
	doc.insert(set_name=row.deleted_name)
	frappe.db.set_value(doc.doctype, doc.name, kept, update_modified=False)
	doc.add_comment("Edit", _("restored {0}").format(row.deleted_name))
	frappe.db.set_value("Deleted Document", name, {"restored": 1, "new_name": doc.name})
	return doc.name


def _get(name: str, for_update: bool = False) -> tuple[frappe._dict, Document]:
	check_reader()
	row = frappe.db.get_value(
		"Deleted Document",
		name,
		["name", "deleted_doctype", "deleted_name", "data", "restored"],
		as_dict=True,
		for_update=for_update,
	)
	if not row:
		frappe.throw(_("There is no such entry in the deletion log."), frappe.DoesNotExistError)
	doc = readable(row) if row.deleted_doctype in readable_doctypes() else None
	if not doc:
		frappe.throw(
			_("You have no permission for this {0}.").format(_(row.deleted_doctype)), frappe.PermissionError
		)
	return row, doc


def _values_past_the_rules(doc: Document) -> dict:
	"""Return what a new document cannot have: its past, and a state that it reached step by step."""
	kept = {"owner": doc.owner, "creation": doc.creation}
	if get_workflow_name(doc.doctype):
		workflow = get_workflow(doc.doctype)
		fields = {
			workflow.workflow_state_field,
			*(row.update_field for row in workflow.states if row.update_field),
		}
		kept.update({field: doc.get(field) for field in fields})
	return kept


def _forget_state(doc: Document) -> None:
	if get_workflow_name(doc.doctype):
		doc.set(get_workflow(doc.doctype).workflow_state_field, None)
