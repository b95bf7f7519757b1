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
