"""Stock Capital: what the parts in stock have cost, by outlet and by region (S2.43, Q10)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.spare_parts import reporting
from aftersales.spare_parts.ledger import WAREHOUSE
from aftersales.utils.report import column, stacked_bars

MODES = {
	"Outlet": "outlet",
	"Region": "region",
	"Warehouse": "warehouse",
	"Warehouse Kind": "warehouse_kind",
	"Part Category": "part_category",
}
LARGEST_GROUPS = 12  # in the chart; the table has them all


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `mode` (see `MODES`), `on_date`, `region`, `warehouse`, `outlet`, `part_category`, `spare_part`.
	:raises frappe.PermissionError: the user may not read balances.
	"""
	filters = frappe._dict(filters or {})
	mode = filters.mode if filters.mode in MODES else "Outlet"
	rows = make_rows(mode, placed(reporting.balances(filters), filters.region))
	total = sum(row["value"] for row in rows)
	for row in rows:
		row["share"] = flt(100 * row["value"] / total, 1) if total else 0
	summary = [{"label": _("Stock Capital"), "value": total, "datatype": "Currency", "indicator": "Blue"}]
	return columns(mode), rows, None, chart(rows), summary


def placed(rows: list[dict], region: str | None) -> list[dict]:
	"""Say of each balance where it lies; with `region` only those in it and below it."""
	places = reporting.facts(WAREHOUSE, (row.warehouse for row in rows), ["outlet", "warehouse_kind"])
	outlets = reporting.facts("Service Outlet", (row.outlet for row in places.values()), ["region"])
	for row in rows:
		place = places.get(row.warehouse) or {}
		row.outlet, row.warehouse_kind = place.get("outlet"), place.get("warehouse_kind")
		row.region = (outlets.get(row.outlet) or {}).get("region")
	if region:
		wanted = set(reporting.subtree("Service Region", region))
		rows = [row for row in rows if row.region in wanted]
	reporting.add_part_facts(rows)
	return rows


def make_rows(mode: str, balances: list[dict]) -> list[dict]:
	"""Return one row per group, that which ties up most first."""
	groups = defaultdict(lambda: {"parts": set(), "value": 0.0, "carried": 0.0, "on_the_way": 0.0})
	for row in balances:
		if not flt(row.value, 2) and not flt(row.qty, 3):
			continue
		figures = groups[row.get(MODES[mode]) or ""]
		figures["parts"].add(row.spare_part)
		figures["value"] += row.value
		if row.warehouse_kind == "Technician":
			figures["carried"] += row.value
		elif row.warehouse_kind == "In Transit":
			figures["on_the_way"] += row.value
	rows = [
		{
			"group": _(group)
			if group
			else _("Headquarters, no Outlet")
			if mode in ("Outlet", "Region")
			else _("Not Specified"),
			**figures,
			"parts": len(figures["parts"]),
		}
		for group, figures in groups.items()
	]
	return sorted(rows, key=lambda row: (-row["value"], row["group"]))


def columns(mode: str) -> list[dict]:
	"""Return the columns."""
	return [
		column("group", _(mode), "Data", 220),
		column("parts", _("Different Parts"), "Int", 110, disable_total=True),
		column("value", _("Stock Capital"), "Currency", 150),
		column("share", _("Share (%)"), "Float", 100),
		column("carried", _("With Technicians"), "Currency", 140),
		column("on_the_way", _("In Transit"), "Currency", 130),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of the groups that tie up most."""
	return stacked_bars(rows[:LARGEST_GROUPS], "group", [(_("Stock Capital"), "value")], colors=["blue"])
