"""Frappe's general doors, closed for portal users.

Frappe gives every signed-in user some rights: to list the accounts of the site (15.0.0-dev), tags with the names of what
they are on, events, to delete mails of their own and files that they uploaded. That suits staff. People of many
customers share a portal, so its users get to data through `aftersales.portal` alone.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.portal import TICKET
from aftersales.portal.scope import is_portal_user, is_website_user

PATHS = ("/api/resource", "/api/v1/resource", "/api/v1/doctype", "/api/v2/document", "/api/v2/doctype")
# Methods that read, write or list documents of any DocType.
METHODS = (
	"frappe.client.",
	"frappe.desk.",
	"frappe.model.",
	"frappe.share.",
	"frappe.email.",
	"frappe.automation.",
	"frappe.integrations.",
	"frappe.contacts.",
	"frappe.printing.",
	"frappe.utils.print_format.",
	"frappe.www.printview.",
	"frappe.core.",
	"frappe.handler.",
	"frappe.templates.",
	"frappe.utils.file_manager.",
	"frappe.utils.global_search.",
	"run_doc_method",
	"runserverobj",
	"upload_file",
)
# Of those, what everybody does with the own account.
OWN_ACCOUNT = tuple(
	f"frappe.core.doctype.user.user.{name}"
	for name in ("update_password", "reset_password", "test_password_strength", "verify_password")
)
# What a customer sent with these stays.
KEPT = {TICKET, "Customer Device"}
METHOD_PATHS = ("/api/method/", "/api/v1/method/", "/api/v2/method/")


def check_request() -> None:
	"""`auth_hooks`: refuse a portal user's request to a general door.

	:raises frappe.PermissionError: it goes to one.
	"""
	path = frappe.local.request.path
	if not (path.startswith(PATHS) or is_method_door(path)):
		return
	if is_portal_user():
		frappe.flags.disable_traceback = True
		frappe.throw(_("Use the pages of the customer portal."), frappe.PermissionError)


def is_method_door(path: str) -> bool:
	"""Return whether a request calls one of `METHODS`, by its path or by the old argument `cmd`."""
	names = [frappe.form_dict.get("cmd") or ""]
	names += [path[len(prefix) :] for prefix in METHOD_PATHS if path.startswith(prefix)]
	names = [str(name).strip("/") for name in names]
	return any(name.startswith(METHODS) and name not in OWN_ACCOUNT for name in names)


def keep_communication(doc: Document, method: str | None = None) -> None:
	"""`on_trash` of Communication: what a customer wrote on a ticket stays.

	:raises frappe.PermissionError: a website user deletes it.
	"""
	if doc.reference_doctype == TICKET and not doc.flags.ignore_permissions:
		refuse_website_user()


def keep_file(doc: Document, method: str | None = None) -> None:
	"""`on_trash` and `before_validate` of File: what a customer sent stays, and stays where it is.

	:raises frappe.PermissionError: a website user changes or deletes it.
	"""
	if doc.flags.ignore_permissions:
		return
	before = doc.get_doc_before_save()
	if KEPT & {doc.attached_to_doctype, before and before.attached_to_doctype}:
		refuse_website_user()


def refuse_website_user() -> None:
	"""Refuse users without a Desk.

	:raises frappe.PermissionError: the session's user is one.
	"""
	if is_website_user(frappe.session.user):
		frappe.throw(_("What was sent with a ticket cannot be changed or removed."), frappe.PermissionError)
