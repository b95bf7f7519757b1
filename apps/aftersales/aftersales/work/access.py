"""Who sees and who directs which work assignment; lists, documents, reports and the API all ask here (S2.01).

A person sees the work that they, or somebody below them, gave or got. Overseers see all.
"""

import frappe
from frappe.model.document import Document

from aftersales.aftersales import organisation

DOCTYPE = "Work Assignment"
OVERSEERS = ("Aftersales Administrator", "Service Manager")


def oversees(user: str | None = None) -> bool:
	"""Return whether a user sees and directs everybody's work."""
	user = user or frappe.session.user
	return user == "Administrator" or bool(set(OVERSEERS) & set(frappe.get_roles(user)))


def people_of(user: str) -> set[str]:
	"""Return a user with everybody who reports to them, directly or not: those whom they may give work to."""
	return {user, *organisation.subordinates_of(user)}


def query_conditions(user: str | None = None) -> str:
	"""SQL condition for lists, links, reports and exports (hook `permission_query_conditions`)."""
	user = user or frappe.session.user
	if oversees(user):
		return ""
	people = ", ".join(frappe.db.escape(person) for person in sorted(people_of(user)))
	return (
		f"(`tabWork Assignment`.`assignee` in ({people}) or `tabWork Assignment`.`assigned_by` in ({people}))"
	)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether *user* may do *ptype* with this assignment (hook `has_permission`); can only take rights away."""
	user = user or frappe.session.user
	if ptype == "create" or doc.is_new() or oversees(user):
		return True
	# What is stored counts: otherwise somebody could first write their own name into it.
	stored = frappe.db.get_value(DOCTYPE, doc.name, ("assignee", "assigned_by"))
	return bool(people_of(user) & set(stored or ()))


def directs(assigned_by: str | None, user: str | None = None) -> bool:
	"""Return whether a user may change what somebody assigned: the assigner, their superiors and overseers."""
	user = user or frappe.session.user
	return oversees(user) or assigned_by in people_of(user)
