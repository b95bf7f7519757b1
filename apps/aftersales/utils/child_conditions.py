"""Which rows of tables somebody may list: those of the documents that they may (C11).

Frappe lists the rows of a child DocType to whoever may read the DocType of the parent, whatever rules the parent's documents have. In
hooks.py `permission_query_conditions` names for each table one function of this module. It is made when it is asked for: early
releases of Frappe 15 tell such a function who asks, but not for which DocType.
"""

from collections.abc import Callable

import frappe
from frappe.model import table_fields
from frappe.model.db_query import DatabaseQuery

HOOK = "permission_query_conditions"


def __getattr__(name: str) -> Callable[..., str]:
	"""Return the function of a table, by the table's name in lower case with underscores."""
	path = f"{__name__}.{name}"
	table = next((doctype for doctype, paths in frappe.get_hooks(HOOK).items() if path in paths), None)
	if not table:
		raise AttributeError(name)

	def of_table(user: str | None = None, doctype: str | None = None) -> str:
		return conditions(table, user or frappe.session.user)

	return of_table


def conditions(table: str, user: str) -> str:
	"""Return the SQL condition on rows of a table; empty when all of them may be listed.

	:param table: child DocType.
	:param user: who asks.
	"""
	rows = f"`tab{table}`"
	texts = []
	for parent in sorted(parents_of(table)):
		documents = _documents(parent, user)
		if documents is None:
			continue
		kind = frappe.db.escape(parent, percent=False)
		inside = f" or {rows}.parent in ({documents})" if documents else ""
		texts.append(f"({rows}.parenttype != {kind}{inside})")
	return " and ".join(texts)


def parents_of(table: str) -> set[str]:
	"""Return the DocTypes that have a table."""
	filters = {"options": table, "fieldtype": ("in", table_fields)}
	return {
		*frappe.get_all("DocField", filters, pluck="parent"),
		*frappe.get_all("Custom Field", filters, pluck="dt"),
	}


def _documents(doctype: str, user: str) -> str | None:
	"""The statement of the documents that somebody may read: None for all of them, empty for none."""
	if not frappe.has_permission(doctype, "read", user=user):
		return ""
	query = DatabaseQuery(doctype, user=user)
	rules = query.build_match_conditions()
	# What is shared with somebody without a role for it is not in the answer, but among the conditions.
	rules = " and ".join(filter(None, [*query.conditions, rules]))
	return f"select `tab{doctype}`.name from `tab{doctype}` where {rules}" if rules else None
