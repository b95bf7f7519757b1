"""Who may read and change which FAQ; lists, documents, exports and the search index all ask here.

Staff (Desk users whose role may read FAQs at all) read what is published, for whatever audience, and their own
entries in any state. Editors see everything. Website users read what is published for them: nothing at all until
an administrator gives their role the right to read FAQs.
"""

from dataclasses import dataclass

import frappe
from frappe.model.workflow import get_workflow_name

EDITORS = ("Knowledge Manager", "Service Manager", "Aftersales Administrator")
AUDIENCES = ("Internal", "Dealers", "Customers", "Public")
CHANGES = ("write", "delete", "submit", "cancel", "share")


@dataclass(frozen=True)
class View:
	"""What a user sees of the knowledge base.

	everything: all states and audiences. audiences: those whose published entries are visible.
	own: whose entries are visible in any state, or None.
	"""

	everything: bool
	audiences: tuple[str, ...]
	own: str | None


def view_of(user: str | None = None) -> View:
	"""Return what *user* (default: of the session) sees; reads the user's roles and type from the cache."""
	user = user or frappe.session.user
	if user == "Administrator" or set(EDITORS) & set(frappe.get_roles(user)):
		return View(True, AUDIENCES, user)
	if user == "Guest":
		return View(False, ("Public",), None)
	if frappe.get_cached_value("User", user, "user_type") == "System User":
		return View(False, AUDIENCES, user)
	return View(False, ("Customers", "Public"), None)


def query_conditions(user: str | None = None) -> str:
	"""SQL condition for lists, links, reports and exports of FAQ (hook `permission_query_conditions`)."""
	view = view_of(user)
	if view.everything:
		return ""
	audiences = ", ".join(frappe.db.escape(audience) for audience in view.audiences)
	published = f"(`tabFAQ`.`published` = 1 and `tabFAQ`.`audience` in ({audiences}))"
	if not view.own:
		return published
	own = frappe.db.escape(view.own)
	# Frappe adds what was shared with somebody to a list only where no condition like this one is in force.
	shared = (
		"exists (select 1 from `tabDocShare` where `share_doctype` = 'FAQ' and `share_name` = `tabFAQ`.`name` "
		f"and `read` = 1 and (`user` = {own} or `everyone` = 1))"
	)
	return f"({published} or `tabFAQ`.`owner` = {own} or {shared})"


def has_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether *user* may do *ptype* with this FAQ (hook `has_permission`); can only take rights away.

	Others than editors change their own entries only, in the states in which the workflow lets one of their roles
	edit: as a rule while it is a draft.
	"""
	view = view_of(user)
	if view.everything or ptype == "create" or doc.is_new():
		return True
	is_own = bool(view.own) and doc.owner == view.own
	if ptype in CHANGES:
		return is_own and may_edit_now(doc, user or frappe.session.user)
	return is_own or bool(doc.published and doc.audience in view.audiences)


def may_edit_now(doc, user: str) -> bool:
	"""Whether the workflow's state of the stored document, not of the one being saved, is open to the user's roles."""
	workflow = get_workflow_name(doc.doctype)
	if not workflow:
		return True
	status = frappe.db.get_value(doc.doctype, doc.name, "status")
	states = frappe.get_cached_doc("Workflow", workflow).states
	return bool({row.allow_edit for row in states if row.state == status} & set(frappe.get_roles(user)))
