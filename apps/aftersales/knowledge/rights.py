"""A user's rights on the documents of a DocType, as conditions of a search query.

Frappe's own rules for lists (owner, User Permissions, shares) are put into the query, so that neither hits nor counts
know of anything else. Each hit is read again with `get_list` all the same: the index may be some seconds old.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe.core.doctype.server_script.server_script_utils import get_server_script_map
from frappe.model.db_query import requires_owner_constraint
from frappe.model.meta import Meta
from frappe.permissions import get_role_permissions, get_user_permissions
from frappe.utils import cint
from tantivy import Query

from aftersales.knowledge.query import all_of, any_of, has_filter, has_name

# More shared documents than these are not looked for.
MAX_SHARED = 500


@dataclass(frozen=True)
class Rights:
	"""What limits a user.

	:param conditions: each must hold for a hit.
	:param complete: False if something limits the user that the index does not know; then hits are counted one by one.
	"""

	conditions: tuple[Query, ...] = ()
	complete: bool = True


def link_fields(meta: Meta) -> list[str]:
	"""Return the fields by which User Permissions may limit documents; their values are indexed, empty ones too."""
	return [field.fieldname for field in meta.get_link_fields() if not field.ignore_user_permissions]


def terms_of(row: dict, fields: Iterable[str]) -> list[str]:
	"""Return the exact terms that `rights_of` asks for: field and value, also where the value is empty."""
	return [f"{field}:{'' if row.get(field) is None else row.get(field)}" for field in fields]


def rights_of(
	doctype: str, indexed: Iterable[str] | None = None, known_hooks: tuple[str, ...] = ()
) -> Rights:
	"""Return what limits the session's user in reading documents of a DocType.

	The caller has checked that the user may read the DocType at all.

	:param indexed: link fields that the index has terms of; None means all of them.
	:param known_hooks: those `permission_query_conditions` that the caller expresses itself.
	"""
	if frappe.session.user == "Administrator":
		return Rights()
	meta = frappe.get_meta(doctype)
	complete = not limited_by_code(doctype, known_hooks)
	roles = get_role_permissions(meta)
	if requires_owner_constraint(roles):
		conditions = [has_filter("owner", [frappe.session.user])]
	else:
		permitted, known = user_permission_conditions(
			meta, set(link_fields(meta) if indexed is None else indexed)
		)
		conditions, complete = permitted, complete and known
	if conditions:
		shared = frappe.share.get_shared(doctype, frappe.session.user)[:MAX_SHARED]
		own = all_of(conditions)
		conditions = [any_of([own, has_name(shared)])] if shared else [own]
	return Rights(tuple(conditions), complete)


def limited_by_code(doctype: str, known_hooks: tuple[str, ...]) -> bool:
	"""Whether a hook or a Server Script adds conditions to the user's lists, beside those that the caller knows."""
	if doctype in get_server_script_map().get("permission_query", {}):
		return True
	hooks = frappe.get_hooks("permission_query_conditions", {}).get(doctype, [])
	return any(
		frappe.call(frappe.get_attr(path), frappe.session.user) for path in hooks if path not in known_hooks
	)


def user_permission_conditions(meta: Meta, indexed: set[str]) -> tuple[list[Query], bool]:
	"""Return one condition per limited link field, as Frappe's lists have them, and whether that is all."""
	permissions = get_user_permissions(frappe.session.user)
	if not permissions:
		return [], True
	strict = cint(frappe.get_system_settings("apply_strict_user_permissions"))
	conditions, complete = [], True
	links = [
		(field.fieldname, field.options)
		for field in meta.get_link_fields()
		if not field.ignore_user_permissions
	]
	for fieldname, options in [*links, ("name", meta.name)]:
		allowed = [
			row.get("doc")
			for row in permissions.get(options, [])
			if not row.get("applicable_for") or row.get("applicable_for") == meta.name
		]
		if not allowed:
			continue
		if fieldname == "name":
			conditions.append(has_name(allowed))
		elif fieldname in indexed:
			conditions.append(has_filter(fieldname, allowed if strict else [*allowed, ""]))
		else:
			complete = False
	return conditions, complete
