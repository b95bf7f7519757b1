"""One answer to a missing right, whichever Frappe 15 the site runs on."""

import frappe
from frappe import _
from frappe.model.document import Document


def check_permission(doctype: str, ptype: str = "read", doc: Document | str | None = None) -> None:
	"""Let through whom Frappe lets through.

	`frappe.has_permission(throw=True)` raises a ValidationError (status 417) in 15.0.0-dev and a PermissionError
	(403) in later releases; clients and tests need the latter.

	:param doctype: DocType asked for.
	:param ptype: read, write, create, delete and so on.
	:param doc: one document of it, or its name; None asks for the DocType as a whole.
	:raises frappe.PermissionError: the session's user has not the right.
	:raises frappe.DoesNotExistError: there is no such document.
	"""
	if not frappe.has_permission(doctype, ptype, doc=doc):
		frappe.throw(_("No permission for {0}").format(_(doctype)), frappe.PermissionError)


def is_permitted(doc: Document, ptype: str) -> bool:
	"""Return whether the session's user may do something with a document, and say nothing about it.

	`doc.has_permission` shows the user a message when the answer is no, in 15.0.0-dev an empty one; it is for those
	who stop then.

	:param doc: document, saved or not.
	:param ptype: read, write, delete and so on.
	"""
	return bool(doc.flags.ignore_permissions or frappe.has_permission(doc.doctype, ptype, doc=doc))
