"""Values of the data dictionary have a state: a locked one is changed only by those who may set parameters (S8.08).

hooks.py names these functions in `doc_events` for the dictionary's DocTypes; each has a Check field `locked`. Who may
write Aftersales Settings may set parameters.
"""

import frappe
from frappe import _
from frappe.model.document import Document


class LockedValueError(frappe.PermissionError):
	"""The value is locked and the user may not set parameters."""


def check_save(doc: Document, method: str | None = None) -> None:
	"""`before_validate`: refuse a change of a locked value, and locking or unlocking one.

	:raises LockedValueError: the user may not set parameters.
	"""
	before = doc.get_doc_before_save()
	if doc.locked or (before and before.locked):
		check_right(doc)


def check_delete(doc: Document, method: str | None = None) -> None:
	"""`on_trash`: refuse to delete a locked value.

	:raises LockedValueError: the user may not set parameters.
	"""
	if frappe.db.get_value(doc.doctype, doc.name, "locked"):
		check_right(doc)


def check_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""`before_rename`: refuse to rename a locked value or to merge with one.

	:raises LockedValueError: the user may not set parameters.
	"""
	for name in (old, new) if merge else (old,):
		if frappe.db.get_value(doc.doctype, name, "locked"):
			check_right(doc)


def check_right(doc: Document) -> None:
	"""Refuse a user who may not set parameters; what the app itself installs passes.

	:raises LockedValueError: always then.
	"""
	if doc.flags.ignore_permissions or frappe.has_permission("Aftersales Settings", "write"):
		return
	frappe.throw(
		_("{0} {1} is locked. Ask somebody who may set parameters to change it.").format(
			_(doc.doctype), frappe.bold(frappe.utils.escape_html(doc.name or ""))
		),
		LockedValueError,
		title=_("Locked"),
	)
