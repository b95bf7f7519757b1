"""Who sees which outlets' documents: lists, links, reports, exports, prints and the API all ask here (S2.16).

A person whose Service Staff record names an outlet sees that outlet and everything below it. Everybody else sees all:
headquarters has no outlet, or the root of the tree. Whoever holds nothing but a position in the network sees nothing
until their record names the outlet.

A DocType with an outlet names two functions in hooks.py, one for `permission_query_conditions` and one for
`has_permission`; they call `conditions` and `has_permission` with the DocType and its field. Reports with statements of
their own add `criterion`. `fill` gives new documents of limited people their own outlet.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Field
from pypika import Criterion

from aftersales.setup.roles import POSITIONS
from aftersales.utils.workflow_state import SelfApprovalError

OUTLET = "Service Outlet"
# Positions outside headquarters (R11-R14).
NETWORK = frozenset(("Outlet Staff", "Service Centre Staff", "Branch Staff", "Regional Centre Staff"))
HEADQUARTERS = frozenset(POSITIONS) - NETWORK - {"Service Technician"} | {"System Manager"}
# No outlet can be called so: names have 140 characters at most.
NOWHERE = ("-" * 141,)
# Attribute of frappe.local, which lives as long as a request.
KNOWN = "aftersales_outlets_of"


class OtherOutletError(frappe.PermissionError):
	"""The document would belong to an outlet that the user does not see."""


def outlets_of(user: str | None = None) -> tuple[str, ...] | None:
	"""Return the outlets that a user sees, the own one first; None for all. One statement per request and user.

	:param user: default: of the session.
	"""
	user = user or frappe.session.user
	if user in ("Administrator", "Guest"):
		return None
	known = getattr(frappe.local, KNOWN, None)
	if known is None:
		known = {}
		setattr(frappe.local, KNOWN, known)
	if user not in known:
		known[user] = _read(user)
	return known[user]


def own_outlet(user: str | None = None) -> str | None:
	"""Return the outlet to which a user is limited; None for people who see all."""
	outlets = outlets_of(user)
	return outlets[0] if outlets and outlets != NOWHERE else None


def refuse_own(outlet: str | None) -> None:
	"""Refuse somebody who decides for headquarters about the outlet that they work for.

	:raises SelfApprovalError: it is theirs.
	"""
	if outlet and outlet == own_outlet():
		frappe.throw(
			_("You work for {0}. Somebody from outside has to decide about it.").format(frappe.bold(outlet)),
			SelfApprovalError,
		)


def sees(outlet: str | None, user: str | None = None) -> bool:
	"""Return whether a user sees an outlet's documents; those without outlet are for people who see all."""
	outlets = outlets_of(user)
	return outlets is None or outlet in outlets


def forget(doc: Document | None = None, method: str | None = None) -> None:
	"""Read anew: a staff record or the tree changed in this request."""
	setattr(frappe.local, KNOWN, {})


def criterion(field: Field, user: str | None = None) -> Criterion | None:
	"""Return the condition that a report adds to its statement; None for people who see all.

	:param field: column that holds the outlet, of the report's own table.
	"""
	outlets = outlets_of(user)
	return None if outlets is None else field.isin(outlets)


def conditions(doctype: str, field: str = "outlet", user: str | None = None) -> str:
	"""Return the SQL for `permission_query_conditions`; empty for people who see all.

	:param doctype: DocType of the list.
	:param field: its field that holds the outlet; "name" for outlets themselves.
	"""
	outlets = outlets_of(user)
	if outlets is None:
		return ""
	names = ", ".join(frappe.db.escape(outlet, percent=False) for outlet in outlets)
	return f"(`tab{doctype}`.`{field}` in ({names}))"


def has_permission(doc: Document, field: str = "outlet", user: str | None = None) -> bool:
	"""Return whether the user may do anything with a document; for the hook `has_permission`, so it only takes rights away.

	What is stored counts, and what is about to be stored too: nobody takes a document over by writing an own outlet
	into it, and nobody gives one away to strangers. A new document may have none yet, see `fill`.
	"""
	if outlets_of(user) is None:
		return True
	if doc.is_new():
		return not doc.get(field) or sees(doc.get(field), user)
	stored = frappe.db.get_value(doc.doctype, doc.name, field)
	return sees(stored, user) and sees(doc.get(field), user)


def fill(doc: Document, field: str = "outlet") -> None:
	"""Give a document without outlet that of the session's user, and refuse one that they do not see; call it in `validate`.

	:raises OtherOutletError: the outlet is one of others.
	"""
	if doc.flags.ignore_permissions:
		return
	if outlets_of() == NOWHERE:
		frappe.throw(
			_("Your staff record names no outlet. Ask an administrator to enter it."),
			OtherOutletError,
			title=_("Outlet Missing"),
		)
	if not doc.get(field):
		doc.set(field, own_outlet())
	elif doc.has_value_changed(field) and not sees(doc.get(field)):
		frappe.throw(
			_("You work for {0} and cannot give this to {1}. Choose an outlet of your own.").format(
				frappe.bold(own_outlet()), frappe.bold(doc.get(field))
			),
			OtherOutletError,
			title=_("Other Outlet"),
		)


def outlet_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Outlet."""
	return conditions(OUTLET, "name", user)


def outlet_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Service Outlet: a new one may be put below outlets that the user sees."""
	if outlets_of(user) is None:
		return True
	if doc.is_new():
		return not doc.parent_service_outlet or sees(doc.parent_service_outlet, user)
	return sees(doc.name, user)


def order_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Service Order."""
	return conditions("Service Order", user=user)


def order_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Service Order."""
	return has_permission(doc, user=user)


def _read(user: str) -> tuple[str, ...] | None:
	staff = frappe.qb.DocType("Service Staff")
	own, below = frappe.qb.DocType(OUTLET).as_("own"), frappe.qb.DocType(OUTLET).as_("below")
	rows = (
		frappe.qb.from_(staff)
		.join(own)
		.on(own.name == staff.outlet)
		.join(below)
		.on((below.lft >= own.lft) & (below.rgt <= own.rgt))
		.select(below.name, own.parent_service_outlet)
		.where(staff.name == user)
		.orderby(below.lft)
		.run()
	)
	if not rows:
		roles = set(frappe.get_roles(user))
		return NOWHERE if roles & NETWORK and not roles & HEADQUARTERS else None
	# Whoever belongs to the root belongs to headquarters.
	return tuple(name for name, _parent in rows) if rows[0][1] else None
