"""Permission checks of whitelisted functions."""

import frappe
from frappe import _
from frappe.model.document import Document


def check_permission(doctype: str, ptype: str = "read", doc: Document | str | None = None) -> None:
	"""Refuse a user without the right, with HTTP status 403.

	`frappe.has_permission(throw=True)` raises a ValidationError in some releases of Frappe 15 and a PermissionError
	in others.

	:param doctype: DocType.
	:param ptype: read, write, create, delete and so on.
	:param doc: document or its name, to check rows as well (User Permissions, sharing, own hooks).
	:raises frappe.PermissionError: the user may not.
	:raises frappe.DoesNotExistError: there is no such document.
	"""
	if not frappe.has_permission(doctype, ptype, doc=doc):
		frappe.throw(_("You have no permission for this {0}.").format(_(doctype)), frappe.PermissionError)


def is_permitted(doc: Document, ptype: str) -> bool:
	"""Return whether the session's user may do something with a document, and say nothing about it.

	`doc.has_permission` shows the user a message when the answer is no, in 15.0.0-dev an empty one; it is for those
	who stop then.

	:param doc: document, saved or not.
	:param ptype: read, write, delete and so on.
	"""
	return bool(doc.flags.ignore_permissions or frappe.has_permission(doc.doctype, ptype, doc=doc))
