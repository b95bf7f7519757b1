"""Statements of reports over several DocTypes, with the rights of whoever asks.

`readable` gives the text of the statement that Frappe's own list would run for the user: User Permissions, sharing and the
conditions that hooks add (outlets) are in it. Put into brackets it takes the place of a table. So a report that joins
figures of five DocTypes is one statement, and counts only what its reader may see.
"""

from collections.abc import Iterable

import frappe

from aftersales.utils.access import check_permission


def readable(
	doctype: str, fields: list[str], filters: list | None = None, group_by: str | None = None
) -> str:
	"""Return the SQL of a list as the session's user may read it, to be used as a sub-query.

	:param fields: as for `frappe.get_list`, each with a name (`sum(total_fee) as total`).
	:param filters: as for `frappe.get_list`; values are escaped there.
	:param group_by: fields to group by.
	:raises frappe.PermissionError: the user may not read the DocType.
	"""
	check_permission(doctype, "read")
	return frappe.get_list(
		doctype,
		fields=fields,
		filters=filters or [],
		group_by=group_by,
		order_by=None,
		limit_page_length=0,
		ignore_ifnull=True,
		run=0,
	)


def sums(doctype: str, fields: list[str], filters: list, group_by: str | None = None, **more) -> list[dict]:
	"""Return grouped figures of what the session's user may read, by one statement; parameters as for `readable`.

	Without `order_by` there is no order: those who call sort what they show.

	:raises frappe.PermissionError: the user may not read the DocType.
	"""
	return frappe.get_list(
		doctype,
		fields=fields,
		filters=filters,
		group_by=group_by,
		order_by=more.pop("order_by", None),
		limit_page_length=0,
		# Early releases of Frappe 15 would otherwise wrap dates in ifnull(), and no index could be used.
		ignore_ifnull=True,
		**more,
	)


def titles(doctype: str, names: Iterable[str]) -> dict[str, str]:
	"""Return the titles of documents that the session's user may read, by name; one statement, none without names."""
	names = {name for name in names if name}
	meta = frappe.get_meta(doctype)
	field = meta.get_title_field()
	if not names or field == "name":
		return {}
	rows = frappe.get_list(
		doctype, filters={"name": ["in", names]}, fields=["name", field], limit_page_length=0, order_by=None
	)
	return {row.name: row[field] for row in rows}


def may_read(doctype: str) -> bool:
	"""Return whether the session's user reads a DocType at all; for reports that leave out what others see."""
	return bool(frappe.has_permission(doctype, "read"))
