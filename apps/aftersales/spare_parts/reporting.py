"""What the reports on spare parts share: filters, names beside numbers, and figures of people's own outlets only.

Figures come through `frappe.get_list`, so that reports, lists and documents agree on who sees what.
"""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import getdate

from aftersales.knowledge.finder import subtree
from aftersales.spare_parts.ledger import BALANCE, LEDGER, PART, WAREHOUSE
from aftersales.utils.report import column

# What a period is summed up by; Frappe's lists take no "case when".
SIDE = "sign(qty_change)"


def conditions(filters: dict) -> list:
	"""Return the conditions on ledger and balance that the filters `warehouse`, `outlet`, `part_category` and `spare_part` ask for.

	Trees count with everything below.
	"""
	found = []
	if filters.get("spare_part"):
		found.append(["spare_part", "=", filters["spare_part"]])
	elif filters.get("part_category"):
		parts = frappe.get_all(
			PART, {"part_category": ["in", subtree("Part Category", filters["part_category"])]}, pluck="name"
		)
		found.append(["spare_part", "in", parts or [""]])
	places = warehouses(filters)
	if places is not None:
		found.append(["warehouse", "in", places or [""]])
	return found


def warehouses(filters: dict) -> list[str] | None:
	"""Return the warehouses that the filters name; None if they name none."""
	wanted = []
	if filters.get("warehouse"):
		wanted.append(["name", "in", subtree(WAREHOUSE, filters["warehouse"])])
	if filters.get("outlet"):
		wanted.append(["outlet", "in", subtree("Service Outlet", filters["outlet"])])
	if filters.get("technician"):
		wanted.append(["technician", "=", filters["technician"]])
	return frappe.get_all(WAREHOUSE, filters=wanted, pluck="name") if wanted else None


def balances(filters: dict) -> list[dict]:
	"""Return quantity and value of every part in every warehouse at the end of the filter `on_date`, or now.

	An earlier day is worked out from the balances and what was posted after it, so it costs what happened since.

	:returns: rows with `spare_part`, `warehouse`, `qty`, `reserved_qty` and `value`.
	"""
	wanted = conditions(filters)
	rows = frappe.get_list(
		BALANCE,
		filters=wanted,
		fields=["spare_part", "warehouse", "qty", "reserved_qty", "value"],
		order_by="spare_part asc, warehouse asc",
		limit_page_length=0,
	)
	day = filters.get("on_date")
	if day and getdate(day) < getdate():
		_take_off(rows, wanted, day)
	return rows


def _take_off(rows: list[dict], wanted: list, day: str) -> None:
	"""Take off what was posted after a day."""
	later = frappe.get_list(
		LEDGER,
		filters=[*wanted, ["posting_date", ">", day]],
		fields=["spare_part", "warehouse", "sum(qty_change) as qty", "sum(value_change) as value"],
		group_by="spare_part, warehouse",
		order_by="spare_part asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	changes = {(row.spare_part, row.warehouse): row for row in later}
	for row in rows:
		row.reserved_qty = 0
		if change := changes.get((row.spare_part, row.warehouse)):
			row.qty -= change.qty
			row.value -= change.value


def facts(doctype: str, names: Iterable[str], fields: list[str]) -> dict[str, dict]:
	"""Return fields of documents by name, for the columns beside their numbers; one statement."""
	names = {name for name in names if name}
	if not names:
		return {}
	rows = frappe.get_all(
		doctype, filters={"name": ["in", names]}, fields=["name", *fields], limit_page_length=0
	)
	return {row.name: row for row in rows}


def part_columns() -> list[dict]:
	"""Return the columns that say which part a row is about."""
	return [
		column("spare_part", _("Part No."), "Link", 120, options=PART),
		column("part_name", _("Part Name"), "Data", 180),
		column("part_category", _("Part Category"), "Link", 130, options="Part Category"),
	]


def add_part_facts(rows: list[dict], *more: str) -> None:
	"""Put name, category and further fields of the part into each row."""
	fields = ("part_name", "part_category", *more)
	known = facts(PART, (row["spare_part"] for row in rows), list(fields))
	for row in rows:
		part = known.get(row["spare_part"]) or {}
		row.update({field: part.get(field) for field in fields})
