"""Audit lock: a document in state Audited can be changed or deleted by nobody (S7.26, S24.14).

One mechanism for all DocTypes with a workflow: hooks.py names these functions in `doc_events`. The way out is the
workflow's own action from the state Audited, by the role that it allows, and that action changes nothing else.
"""

import frappe
from frappe import _
from frappe.core.doctype.version.version import get_diff
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name

from aftersales.utils.workflow_state import state_field

AUDITED = "Audited"


class AuditLockError(frappe.ValidationError):
	"""The document is audited."""


def check_save(doc: Document, method: str | None = None) -> None:
	"""`before_validate`: refuse any change but the action that leaves the state.

	:raises AuditLockError: the stored document is audited.
	"""
	before = doc.get_doc_before_save()
	if before and is_audited(before) and not _only_leaves_state(before, doc):
		refuse(doc.doctype, doc.name)


def check_delete(doc: Document, method: str | None = None) -> None:
	"""`on_trash`: refuse.

	:raises AuditLockError: the stored document is audited.
	"""
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
	field = state_field(frappe.get_meta(doctype))
	if field and frappe.db.get_value(doctype, name, field) == AUDITED:
		refuse(doctype, name)


def is_audited(doc: Document) -> bool:
	"""Return whether the document's state, as given, is Audited."""
	field = state_field(doc.meta)
	return bool(field) and doc.get(field) == AUDITED


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
	workflow = get_workflow(doc.doctype)
	state = workflow.workflow_state_field
	if doc.get(state) in (None, "", AUDITED):
		return False
	own = {state, *(row.update_field for row in workflow.states if row.state == doc.get(state))}
	diff = get_diff(before, doc)
	if not diff:
		return True
	return not (diff.added or diff.removed or diff.row_changed) and all(row[0] in own for row in diff.changed)
