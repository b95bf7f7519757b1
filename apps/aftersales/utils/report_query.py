"""Statements of reports over several DocTypes, with the rights of whoever asks.

`readable` gives the text of the statement that Frappe's own list would run for the user: User Permissions, sharing and the
conditions that hooks add (outlets) are in it. Put into brackets it takes the place of a table. So a report that joins
figures of five DocTypes is one statement, and counts only what its reader may see.
"""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from pypika.queries import Selectable

from aftersales.utils.access import check_permission

# The lists that are joined become tables for as long as the statement runs. Above this size MariaDB writes them to disk, by
# default above 16 MB, which 30,000 customers fill; a report of 200,000 customers then takes six times as long.
LARGEST_TABLE = 192 * 1024 * 1024
SETTINGS = f"tmp_memory_table_size={LARGEST_TABLE}, max_heap_table_size={LARGEST_TABLE}"
# Without it MariaDB looks into each joined list once per row, which is right for a few rows.
AS_A_WHOLE = "optimizer_switch='split_materialized=off'"


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


class Readable(Selectable):
	"""A list as the session's user may read it, as a table of a query; see `readable` for what it is made of.

	Run such a query by `run`: the text of the list is complete and takes no parameters.
	"""

	def __init__(
		self,
		alias: str,
		doctype: str,
		fields: list[str],
		filters: list | None = None,
		group_by: str | None = None,
	):
		super().__init__(alias)
		self.statement = readable(doctype, fields, filters, group_by)

	def get_sql(self, **options) -> str:
		"""Return the text for the query that it is part of."""
		return f"({self.statement}) `{self.alias}`"


def run(query, every_row: bool = False) -> list[dict]:
	"""Return the rows of a query over `Readable` tables; its own values may be numbers and dates of the code, no texts of users.

	:param every_row: the first table gives most of its rows, so lists that are joined are better read as a whole.
	"""
	settings = f"{SETTINGS}, {AS_A_WHOLE}" if every_row else SETTINGS
	return frappe.db.sql(f"set statement {settings} for {query.get_sql(quote_char='`')}", as_dict=True)


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
	# Names of places and the like are in people's own language.
	return {row.name: _(row[field]) if meta.translated_doctype else row[field] for row in rows}


def name_groups(rows: list[dict], doctype: str | None = None, key: str = "value") -> list[dict]:
	"""Return groups with `label`, what people call them: the title of a document, or the value in their language.

	Groups of nothing and of an empty text are one to people: where a statement brought both, their figures are added up.

	:param rows: each with `key` and figures.
	:param doctype: DocType of the values; None for texts and choices.
	"""
	known = titles(doctype, (row[key] for row in rows)) if doctype else {}
	merged: dict[str, dict] = {}
	for row in rows:
		kept = merged.get(row[key] or "")
		if kept is None:
			kept = merged[row[key] or ""] = frappe._dict(row)
			kept.label = known.get(row[key]) or _(row[key] or "") or _("Not Specified")
			continue
		for name, value in row.items():
			if name != key and isinstance(value, int | float | Decimal):
				kept[name] = (kept[name] or 0) + value
	return list(merged.values())


def may_read(doctype: str) -> bool:
	"""Return whether the session's user reads a DocType at all; for reports that leave out what others see."""
	return bool(frappe.has_permission(doctype, "read"))
