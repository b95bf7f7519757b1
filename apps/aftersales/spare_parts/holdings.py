"""What technicians hold: drawn - consumed, up to any day (S7.31)."""

from collections import defaultdict

import frappe
from frappe.utils import getdate

from aftersales.spare_parts import reporting
from aftersales.spare_parts.ledger import LEDGER, WAREHOUSE

FIGURES = ("drawn", "returned", "consumed", "other", "held")
# Moves between warehouses: what comes in is drawn, what goes out is given back.
MOVES = ("Issue", "Transfer", "Receipt", "Return")


def places(filters: dict) -> dict[str, str]:
	"""Return the warehouses that technicians carry, with the technician, as the filters `technician` and `outlet` ask."""
	wanted = [["warehouse_kind", "=", "Technician"], ["is_group", "=", 0]]
	if filters.get("technician"):
		wanted.append(["technician", "=", filters["technician"]])
	named = reporting.warehouses({"outlet": filters.get("outlet"), "warehouse": filters.get("warehouse")})
	if named is not None:
		wanted.append(["name", "in", named or [""]])
	rows = frappe.get_list(WAREHOUSE, filters=wanted, fields=["name", "technician"], limit_page_length=0)
	return {row.name: row.technician for row in rows}


def holding(filters: dict) -> list[dict]:
	"""Return what technicians drew, gave back, used up and hold, by technician and part.

	:param filters: `technician`, `outlet`, `spare_part`, `part_category`; `from_date` and `to_date` limit what was drawn and so
		on, while `held` is what was there at the end of `to_date` (default: now).
	:returns: rows with `technician`, `spare_part`, `drawn`, `returned`, `consumed`, `other` (scrapped, counted), `held`, `value`.
	"""
	carried = places(filters)
	if not carried:
		return []
	wanted = [
		["warehouse", "in", list(carried)],
		*reporting.conditions({key: filters.get(key) for key in ("spare_part", "part_category")}),
	]
	if filters.get("to_date"):
		wanted.append(["posting_date", "<=", filters["to_date"]])
	rows = defaultdict(lambda: dict.fromkeys((*FIGURES, "value"), 0.0))
	since = getdate(filters["from_date"]) if filters.get("from_date") else None
	for entry in _sums(wanted, "sum(qty_change) as qty, sum(value_change) as value"):
		row = rows[carried[entry.warehouse], entry.spare_part]
		row["held"] += entry.qty
		row["value"] += entry.value
	if since:
		wanted.append(["posting_date", ">=", since])
	for entry in _sums(wanted, "sum(qty_change) as qty"):
		row = rows[carried[entry.warehouse], entry.spare_part]
		kind = _kind(entry)
		row[kind] += -entry.qty if kind in ("returned", "consumed") else entry.qty
	return [
		{"technician": technician, "spare_part": part, **figures}
		for (technician, part), figures in sorted(rows.items())
		if any(figures.values())
	]


def _kind(entry: dict) -> str:
	"""Return the figure that entries count for; what was taken back lessens the figure that it counted for before."""
	if entry.purpose in MOVES:
		return "returned" if (entry.side < 0) != bool(entry.is_reversal) else "drawn"
	return "consumed" if entry.purpose == "Consumption" else "other"


def _sums(wanted: list, figures: str) -> list[dict]:
	return frappe.get_list(
		LEDGER,
		filters=wanted,
		fields=[
			"warehouse",
			"spare_part",
			"purpose",
			"is_reversal",
			f"{reporting.SIDE} as side",
			*figures.split(", "),
		],
		group_by=f"warehouse, spare_part, purpose, is_reversal, {reporting.SIDE}",
		order_by="spare_part asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)


def entries(filters: dict) -> list[dict]:
	"""Return the single movements behind `holding`, the newest first (S7.31: detail)."""
	carried = places(filters)
	if not carried:
		return []
	wanted = [
		["warehouse", "in", list(carried)],
		*reporting.conditions({key: filters.get(key) for key in ("spare_part", "part_category")}),
	]
	for field, sign in (("from_date", ">="), ("to_date", "<=")):
		if filters.get(field):
			wanted.append(["posting_date", sign, filters[field]])
	rows = frappe.get_list(
		LEDGER,
		filters=wanted,
		fields=[
			"posting_date",
			"warehouse",
			"spare_part",
			"purpose",
			"qty_change",
			"qty_after",
			"value_change",
			"is_reversal",
			"voucher_type",
			"voucher_no",
			"service_order",
			"serial_nos",
		],
		order_by="posting_date desc, creation desc, idx desc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	for row in rows:
		row.technician = carried[row.warehouse]
	return rows
