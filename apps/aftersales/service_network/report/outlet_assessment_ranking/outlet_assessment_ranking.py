"""Outlet Assessment Ranking: outlets by their scores of some months, with what they were measured by (S13.07)."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.service_network.assessment_measures import MEASURES
from aftersales.utils.report import column, period_of, stacked_bars

DOCTYPE, LINE = "Outlet Assessment", "tabOutlet Assessment Line"
BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date` of the months, optionally `outlet` (with all below it), `only_confirmed`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read assessments.
	"""
	filters = frappe._dict(filters or {})
	conditions = conditions_of(filters)
	rows = rank(read_scores(conditions), read_measures(conditions))
	used = [name for name in MEASURES if any(frappe.scrub(name) in row for row in rows)]
	return columns(used), rows, None, chart(rows)


def conditions_of(filters: dict) -> list[list]:
	"""Return the conditions of both statements."""
	start, end = period_of(filters)
	conditions = [[DOCTYPE, "month", "between", [start, end]]]
	if filters.get("outlet"):
		conditions.append([DOCTYPE, "outlet", "descendants of (inclusive)", filters.outlet])
	if filters.get("only_confirmed"):
		conditions.append([DOCTYPE, "stage", "=", "Confirmed"])
	return conditions


def read_scores(conditions: list[list]) -> list[dict]:
	"""Return mean score, last grade and number of months of each outlet; one statement with the user's permissions."""
	return frappe.get_list(
		DOCTYPE,
		filters=[*conditions, [DOCTYPE, "grade", "is", "set"]],
		fields=["outlet", "count(name) as months", "avg(score) as score", "min(score) as lowest"],
		group_by="outlet",
		order_by=None,
		limit_page_length=0,
	)


def read_measures(conditions: list[list]) -> list[dict]:
	"""Return the mean value of each measure of each outlet; one statement with the user's permissions."""
	return frappe.get_list(
		DOCTYPE,
		filters=[*conditions, ["Outlet Assessment Line", "counted", "=", 1]],
		fields=[
			"outlet",
			f"`{LINE}`.`measure` as measure",
			f"avg(`{LINE}`.`value`) as value",
		],
		group_by=f"`tabOutlet Assessment`.`outlet`, `{LINE}`.`measure`",
		order_by=None,
		limit_page_length=0,
	)


def rank(scores: list[dict], measures: list[dict]) -> list[dict]:
	"""Return one row for each outlet, the best first; outlets with the same score share their place."""
	values: dict[str, dict] = {}
	for row in measures:
		values.setdefault(row.outlet, {})[frappe.scrub(row.measure)] = flt(row.value, 2)
	rows = []
	for row in sorted(scores, key=lambda row: (-flt(row.score, 2), row.outlet)):
		score = flt(row.score, 2)
		place = rows[-1]["place"] if rows and rows[-1]["score"] == score else len(rows) + 1
		rows.append(
			{
				"place": place,
				"outlet": row.outlet,
				"months": row.months,
				"score": score,
				"lowest": flt(row.lowest, 2),
				**values.get(row.outlet, {}),
			}
		)
	return rows


def columns(measures: list[str]) -> list[dict]:
	"""Return the columns: place, outlet, scores, and the measures that were used."""
	return [
		column("place", _("Place"), "Int", 70),
		column("outlet", _("Outlet"), "Link", 220, options="Service Outlet"),
		column("score", _("Score"), "Float", 90, precision=2),
		column("lowest", _("Lowest Score"), "Float", 110, precision=2),
		column("months", _("Months"), "Int", 90),
		*(column(frappe.scrub(name), _(name), "Float", 140, precision=2) for name in measures),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return a bar for each of the best outlets."""
	return stacked_bars(rows[:BARS], "outlet", [(_("Score"), "score")])
