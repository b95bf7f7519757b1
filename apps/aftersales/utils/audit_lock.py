"""Audit lock: a document in state Audited can be changed or deleted by nobody (S7.26, S7.27, S24.14).

One mechanism for every DocType that has a field for its workflow state in this app, and for every other one whose
workflow has the state Audited: hooks.py names these functions in `doc_events` of all DocTypes. The way out is the
workflow's own action from the state Audited, by the role that it allows, and that action changes nothing else.

What writes past documents cannot be stopped here: `frappe.db.set_value`, `frappe.db.sql` and the database's own console.
They are open to who may run code on the server only, and to no role of this app.
"""

from functools import partial

import frappe
from frappe import _
from frappe.core.doctype.version.version import get_diff
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name

AUDITED = "Audited"
AUDITORS = {"Service Auditor", "May Audit"}
FIELDS = "aftersales_audit_lock_fields"  # cache key


class AuditLockError(frappe.ValidationError):
	"""The document is audited."""


class AuditorError(frappe.PermissionError):
	"""An auditor changed more than the state."""


def check_save(doc: Document, method: str | None = None) -> None:
	"""`before_validate`: refuse any change but the action that leaves the state.

	:raises AuditLockError: the stored document, or the one to which the row belongs, is audited.
	"""
	if doc.meta.istable:
		_check_parents(doc)
		return
	field = lock_fields().get(doc.doctype)
	before = doc.get_doc_before_save() if field else None
	if before and before.get(field) == AUDITED and not _only_leaves_state(before, doc):
		refuse(doc.doctype, doc.name)


def check_auditor(doc: Document, method: str | None = None) -> None:
	"""`before_validate`: who may write only because of a role that audits changes nothing but the state.

	Frappe lets nobody apply an action who has no write right, so auditors have one. A role that may also create
	documents of the DocType works on them, as auditors do on check records, and is not held back.

	:raises AuditorError: something else differs.
	"""
	before = doc.get_doc_before_save()
	if not before or doc.flags.ignore_permissions or doc.doctype not in lock_fields():
		return
	roles = set(frappe.get_roles())
	writing = {row.role for row in doc.meta.permissions if row.write and not row.permlevel} & roles
	creating = {row.role for row in doc.meta.permissions if row.create and not row.permlevel} & roles
	if creating or not writing or not writing <= AUDITORS:
		return
	if not get_workflow_name(doc.doctype) or not _changes_only_state(before, doc):
		frappe.throw(
			_("As an auditor you can audit {0} and cancel the audit, but not change it.").format(
				f"{_(doc.doctype)} {frappe.bold(doc.name)}"
			),
			AuditorError,
			title=_("Audit"),
		)


def check_db_set(doc: Document, method: str | None = None) -> None:
	"""`before_change`, which Frappe calls in `doc.db_set` alone: refuse.

	:raises AuditLockError: the stored document, or the one to which the row belongs, is audited.
	"""
	if doc.meta.istable:
		_check_parents(doc)
	elif doc.name:
		check_stored(doc.doctype, doc.name)


def check_delete(doc: Document, method: str | None = None) -> None:
	"""`on_trash`: refuse.

	:raises AuditLockError: the stored document is audited.
	"""
	if doc.meta.istable:
		_check_parents(doc)
	else:
		check_stored(doc.doctype, doc.name)


def check_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""`before_rename`: refuse a new name, and a merge into an audited document.

	:raises AuditLockError: one of the two is audited.
	"""
	check_stored(doc.doctype, old)
	if merge:
		check_stored(doc.doctype, new)


def check_attachment(doc: Document, method: str | None = None) -> None:
	"""`before_validate` and `on_trash` of File: what is attached belongs to the document.

	:raises AuditLockError: the file is, or was until now, attached to an audited document.
	"""
	owners = {(doc.attached_to_doctype, doc.attached_to_name)}
	if before := doc.get_doc_before_save():
		owners.add((before.attached_to_doctype, before.attached_to_name))
	for doctype, name in owners:
		if doctype and name:
			check_stored(doctype, name)


def check_stored(doctype: str, name: str) -> None:
	"""Refuse when the stored document is audited.

	:raises AuditLockError: always then.
	"""
	field = lock_fields().get(doctype)
	if field and frappe.db.get_value(doctype, name, field) == AUDITED:
		refuse(doctype, name)


def is_audited(doc: Document) -> bool:
	"""Return whether the document's state, as given, is Audited."""
	field = lock_fields().get(doc.doctype)
	return bool(field) and doc.get(field) == AUDITED


def lock_fields() -> dict[str, str]:
	"""Return the DocTypes that can be audited, each with the field of its state. Costs no statement once cached."""
	return frappe.cache.get_value(FIELDS, _read_lock_fields)


def forget_lock_fields(doc: Document | None = None, method: str | None = None) -> None:
	"""Read `lock_fields` anew next time: a DocType or a workflow changed, or the app itself."""
	frappe.cache.delete_value(FIELDS)
	if doc:
		# Another process may have read what was true before this transaction.
		frappe.db.after_commit.add(partial(frappe.cache.delete_value, FIELDS))


def _read_lock_fields() -> dict[str, str]:
	workflow, state = frappe.qb.DocType("Workflow"), frappe.qb.DocType("Workflow Document State")
	audited = (
		frappe.qb.from_(workflow)
		.join(state)
		.on((state.parent == workflow.name) & (state.state == AUDITED))
		.select(workflow.document_type, workflow.workflow_state_field)
		.run()
	)
	doctype, field, module = (frappe.qb.DocType(name) for name in ("DocType", "DocField", "Module Def"))
	# Of the app's own DocTypes, whether or not a workflow is there: the lock outlives one that is switched off.
	own = (
		frappe.qb.from_(field)
		.join(doctype)
		.on(doctype.name == field.parent)
		.join(module)
		.on(module.name == doctype.module)
		.where((module.app_name == "aftersales") & (doctype.istable == 0))
		.where((field.fieldtype == "Link") & (field.options == "Workflow State"))
		.select(doctype.name, field.fieldname)
		.run()
	)
	return {**dict(own), **dict(audited)}


def _check_parents(row: Document) -> None:
	"""A row may be moved: neither where it is stored nor where it goes may be audited."""
	before = row.get_doc_before_save()
	for doc in filter(None, (before, row)):
		if doc.get("parenttype") and doc.get("parent"):
			check_stored(doc.parenttype, doc.parent)


def refuse(doctype: str, name: str) -> None:
	"""Raise `AuditLockError` with what to do."""
	frappe.throw(
		_("{0} {1} is audited and cannot be changed or deleted. Cancel the audit first.").format(
			_(doctype), frappe.bold(name)
		),
		AuditLockError,
		title=_("Audited"),
	)


def _only_leaves_state(before: Document, doc: Document) -> bool:
	"""Whether the state is all that changes; that the role may do so is for Frappe's workflow to check."""
	if not get_workflow_name(doc.doctype):
		return False
	state = doc.get(get_workflow(doc.doctype).workflow_state_field)
	return state not in (None, "", AUDITED) and _changes_only_state(before, doc)


def _changes_only_state(before: Document, doc: Document) -> bool:
	workflow = get_workflow(doc.doctype)
	state = workflow.workflow_state_field
	own = {state, *(row.update_field for row in workflow.states if row.state == doc.get(state))}
	diff = get_diff(before, doc)
	if not diff:
		return True
	return not (diff.added or diff.removed or diff.row_changed) and all(row[0] in own for row in diff.changed)
