"""Part Movements: what came in, went out and was scrapped in any period (S7.33, Q18)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.spare_parts import reporting
from aftersales.spare_parts.ledger import LEDGER, WAREHOUSE
from aftersales.utils.report import column, period_of, stacked_bars

# Counted by -> what the ledger is summed up by.
MODES = {
	"Part": "spare_part",
	"Part Category": "spare_part",
	"Warehouse": "warehouse",
	"Month": "left(posting_date, 7)",
}
# Figure -> purposes and side of the entries that count: what leaves (-1) or what arrives (1).
FIGURES = {
	"received": (("Receipt",), 1),
	"arrived": (("Issue", "Transfer"), 1),
	"issued": (("Issue",), -1),
	"transferred": (("Transfer",), -1),
	"returned": (("Return",), 1),
	"consumed": (("Consumption",), -1),
	"scrapped": (("Scrap",), -1),
}
LARGEST_GROUPS = 12  # in the chart; the table has them all


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date`, `mode` (see `MODES`), `warehouse`, `outlet`, `part_category`, `spare_part`.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read the ledger.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	mode = filters.mode if filters.mode in MODES else "Part"
	sums = summed(mode, [*reporting.conditions(filters), ["posting_date", "between", [start, end]]])
	rows = make_rows(mode, sums)
	return columns(mode), rows, None, chart(rows)


def summed(mode: str, conditions: list) -> list[dict]:
	"""Return sums per group, purpose and direction; no finer than the mode needs, for a month has many entries.

	What lies between warehouses is summed up apart (`in_transit`): it changes the stock, but counts as no transfer.
	"""
	group = MODES[mode]
	transit = frappe.get_all(WAREHOUSE, {"warehouse_kind": "In Transit"}, pluck="name")
	sums = []
	for in_transit, operator in ((0, "not in"), (1, "in")) if transit else ((0, None),):
		found = frappe.get_list(
			LEDGER,
			filters=[*conditions, *([["warehouse", operator, transit]] if operator else [])],
			fields=[
				f"{group} as grouped",
				"purpose",
				"is_reversal",
				f"{reporting.SIDE} as side",
				"sum(qty_change) as qty",
				"sum(value_change) as value",
			],
			group_by=f"{group}, purpose, is_reversal, {reporting.SIDE}",
			order_by=f"{group} asc",
			limit_page_length=0,
			ignore_ifnull=True,
		)
		sums += [row.update(in_transit=in_transit) or row for row in found]
	return sums


def make_rows(mode: str, sums: list[dict]) -> list[dict]:
	"""Return one row per group; what was taken back lessens the figure that it counted for."""
	categories = {}
	if mode == "Part Category":
		categories = reporting.facts("Spare Part", (row.grouped for row in sums), ["part_category"])
	groups = defaultdict(lambda: {**dict.fromkeys(FIGURES, 0.0), "counted": 0.0, "change": 0.0, "value": 0.0})
	for entry in sums:
		figures = groups[_group(mode, entry, categories)]
		figures["change"] += entry.qty
		figures["value"] += entry.value
		if entry.purpose == "Count":
			figures["counted"] += entry.qty
		side = -entry.side if entry.is_reversal else entry.side
		for figure, (purposes, wanted) in FIGURES.items():
			counts = entry.purpose in purposes and side == wanted
			if counts and not (entry.purpose == "Transfer" and entry.in_transit):
				figures[figure] += entry.qty * wanted
	rows = [
		{"group": group, **{name: flt(value, 3) for name, value in figures.items()}}
		for group, figures in groups.items()
	]
	if mode == "Part":
		for row in rows:
			row["spare_part"] = row["group"]
		reporting.add_part_facts(rows)
	return sorted(rows, key=lambda row: row["group"])


def _group(mode: str, entry: dict, categories: dict) -> str:
	if mode != "Part Category":
		return entry.grouped
	category = (categories.get(entry.grouped) or {}).get("part_category")
	return _(category) if category else _("Not Specified")


def columns(mode: str) -> list[dict]:
	"""Return the columns."""
	quantity = {"fieldtype": "Float", "width": 100, "precision": 3}
	head = reporting.part_columns() if mode == "Part" else [column("group", _(mode), "Data", 200)]
	return [
		*head,
		column("received", _("Received"), **quantity),
		column("arrived", _("Arrived"), **quantity),
		column("issued", _("Issued"), **quantity),
		column("transferred", _("Transferred Out"), **quantity),
		column("returned", _("Returned"), **quantity),
		column("consumed", _("Consumed"), **quantity),
		column("scrapped", _("Scrapped"), **quantity),
		column("counted", _("Count Differences"), **quantity),
		column("change", _("Change of Stock"), **quantity),
		column("value", _("Change of Value"), "Currency", 130),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of the groups in which most moved."""
	most = sorted(rows, key=lambda row: -sum(row[figure] for figure in FIGURES))[:LARGEST_GROUPS]
	series = [
		(_("Received"), "received"),
		(_("Issued"), "issued"),
		(_("Consumed"), "consumed"),
		(_("Scrapped"), "scrapped"),
	]
	return stacked_bars(
		most,
		lambda row: row.get("part_name") or row["group"],
		series,
		colors=["green", "blue", "orange", "red"],
	)
