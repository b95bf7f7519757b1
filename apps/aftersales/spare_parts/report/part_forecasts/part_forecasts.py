"""Part Forecasts: what is expected of each part by three methods, how far off they were, and safety stocks from it (S2.29)."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.utils.report import column

FILTERS = ("warehouse", "spare_part", "method", "demand_pattern")
FIELDS = (
	"name",
	"spare_part",
	"part_name",
	"warehouse",
	"demand_pattern",
	"history",
	"average_qty",
	"average_mae",
	"sba_qty",
	"sba_mae",
	"tsb_qty",
	"tsb_mae",
	"method",
	"forecast_qty",
	"mae",
	"mase",
	"safety_stock",
	"proposed_safety_stock",
)


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a sentence; called by Frappe.

	:param filters: `warehouse`, `spare_part`, `method`, `demand_pattern`, `only_proposals` (the safety stock would change).
	:raises frappe.PermissionError: the user may not read forecasts.
	"""
	filters = frappe._dict(filters or {})
	rows = frappe.get_list(
		"Part Forecast",
		filters={field: filters[field] for field in FILTERS if filters.get(field)},
		fields=list(FIELDS),
		order_by="warehouse asc, spare_part asc",
		limit_page_length=0,
	)
	if filters.only_proposals:
		rows = [row for row in rows if flt(row.safety_stock) != flt(row.proposed_safety_stock)]
	sentence = told(rows)
	for row in rows:
		row.demand_pattern = _(row.demand_pattern)
		row.method = _(row.method)
	return columns(), rows, sentence


def told(rows: list[dict]) -> str | None:
	"""Return what the figures say, in a sentence."""
	if not rows:
		return None
	best, average = (sum(flt(row[field]) for row in rows) / len(rows) for field in ("mae", "average_mae"))
	return _(
		"A month's forecast misses by {0} pieces on average; the average of three months by {1}."
	).format(
		frappe.format_value(flt(best, 1), {"fieldtype": "Float", "precision": 1}),
		frappe.format_value(flt(average, 1), {"fieldtype": "Float", "precision": 1}),
	)


def columns() -> list[dict]:
	"""Return the columns."""
	number = {"fieldtype": "Float", "width": 90}
	return [
		column("spare_part", _("Part No."), "Link", 120, options="Spare Part"),
		column("part_name", _("Part Name"), "Data", 160),
		column("warehouse", _("Warehouse"), "Link", 140, options="Part Warehouse"),
		column("demand_pattern", _("Pattern"), "Data", 100),
		column("method", _("Best Method"), "Data", 100),
		column("forecast_qty", _("Forecast"), **number),
		column("mae", _("Error (MAE)"), **number),
		column("mase", _("Error (MASE)"), precision=2, **number),
		column("average_qty", _("Average of 3 Months"), **number),
		column("average_mae", _("Error of the Average"), **number),
		column("sba_qty", _("SBA"), **number),
		column("sba_mae", _("Error of SBA"), **number),
		column("tsb_qty", _("TSB"), **number),
		column("tsb_mae", _("Error of TSB"), **number),
		column("safety_stock", _("Safety Stock"), **number),
		column("proposed_safety_stock", _("Proposed"), **number),
		column("history", _("Pieces per Month"), "Data", 220),
	]
