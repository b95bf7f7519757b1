"""The DocTypes of this app, asked of the database: an administrator's own in our modules count as well."""

import frappe

from aftersales.utils.access import check_permission


def own_doctypes() -> list[str]:
	"""Return the names of the app's documents, without settings pages and tables inside documents."""
	modules = frappe.get_all("Module Def", filters={"app_name": "aftersales"}, pluck="name")
	return frappe.get_all(
		"DocType",
		filters={"module": ("in", modules), "istable": 0, "issingle": 0},
		order_by="name",
		pluck="name",
	)


def readable_doctypes() -> list[str]:
	"""Return those of them that the user may read at all."""
	return [name for name in own_doctypes() if frappe.has_permission(name, "read")]


@frappe.whitelist()
def doctype_choices(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict
) -> list:
	"""Search of a Link field that offers the app's documents which the user may read; called by Frappe.

	:param txt: part of the name, in English or in the user's language; the other parameters are Frappe's.
	:returns: rows of name and translated name.
	:raises frappe.PermissionError: the user does not work with the app's records.
	"""
	check_permission("Service Ticket", "read")
	wanted = (txt or "").lower()
	rows = [(name, frappe._(name)) for name in readable_doctypes()]
	return [row for row in rows if wanted in row[0].lower() or wanted in row[1].lower()][
		start : start + page_len
	]
