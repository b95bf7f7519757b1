"""Part Consumption Analysis (Q30, S16.07): how much of each part was used up, step by step in time, beside the period and the year
before; for deciding what to buy."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.spare_parts import reporting
from aftersales.spare_parts.ledger import LEDGER
from aftersales.utils.report import average, change, classify, column, figure, lines, period_of
from aftersales.utils.report_periods import UNITS, before, grouping, step_name, step_of, steps, year_ago
from aftersales.utils.report_query import sums

# More columns of time than this nobody reads.
MOST_COLUMNS = 24


class TooManyStepsError(frappe.ValidationError):
	"""The unit of time is too small for the period."""


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. Three statements, and those of names and filters.

	:param filters: `from_date`, `to_date`, `unit` of time (see `report_periods.UNITS`); `warehouse`, `outlet`, `part_category` (with all
	    below), `spare_part`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises TooManyStepsError: the period has more than 24 such steps.
	:raises frappe.PermissionError: the user may not read the ledger.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	unit = filters.unit if filters.unit in UNITS else "Month"
	days = steps(start, end, unit)
	if len(days) > MOST_COLUMNS:
		frappe.throw(
			_("The period has {0} columns. Choose a larger time unit or a shorter period.").format(len(days)),
			TooManyStepsError,
		)
	wanted = [*reporting.conditions(filters), ["purpose", "=", "Consumption"]]
	rows = make_rows(read(wanted, start, end, unit), days, unit)
	compare(rows, totals(wanted, *before(start, end)), totals(wanted, *year_ago(start, end)))
	reporting.add_part_facts(rows)
	return columns(days, unit), rows, None, chart(rows, days, unit), summary(rows)


def read(wanted: list, start, end, unit: str) -> list[dict]:
	"""Return quantity and value used up by part and step; what was taken back lessens them."""
	by = grouping("posting_date", unit)
	return sums(
		LEDGER,
		[
			"spare_part",
			f"{by} as step",
			"sum(qty_change) as qty",
			"sum(value_change) as value",
		],
		[*wanted, ["posting_date", "between", [start, end]]],
		f"spare_part, {by}",
	)


def totals(wanted: list, start, end) -> dict[str, float]:
	"""Return the quantity used up by part in another period."""
	rows = sums(
		LEDGER,
		["spare_part", "sum(qty_change) as qty"],
		[*wanted, ["posting_date", "between", [start, end]]],
		"spare_part",
	)
	return {row.spare_part: -flt(row.qty) for row in rows}


def make_rows(entries: list[dict], days: list, unit: str) -> list[dict]:
	"""Return one row per part with a figure per step, the greatest value first."""
	rows: dict[str, dict] = {}
	for entry in entries:
		row = rows.setdefault(
			entry.spare_part,
			{"spare_part": entry.spare_part, "qty": 0.0, "value": 0.0, **{_key(day): 0.0 for day in days}},
		)
		row[_key(step_of(entry.step, unit))] -= flt(entry.qty)
		row["qty"] -= flt(entry.qty)
		row["value"] -= flt(entry.value)
	found = sorted(rows.values(), key=lambda row: (-row["value"], row["spare_part"]))
	classify(found, "value", sum(row["value"] for row in found))
	for row in found:
		row["average"] = average(row["qty"], len(days), 2)
	return found


def compare(rows: list[dict], earlier: dict[str, float], last_year: dict[str, float]) -> None:
	"""Put what was used up in the period before and a year ago into the rows."""
	for row in rows:
		row["before"] = earlier.get(row["spare_part"], 0.0)
		row["change"] = change(row["qty"], row["before"])
		row["year_ago"] = last_year.get(row["spare_part"], 0.0)


def _key(day) -> str:
	return f"step_{day:%Y%m%d}"


def columns(days: list, unit: str) -> list[dict]:
	"""Return the columns: the part, a column per step, the whole, and what to compare with."""
	quantity = {"fieldtype": "Float", "precision": 3}
	return [
		*reporting.part_columns(),
		*(column(_key(day), step_name(day, unit), width=90, **quantity) for day in days),
		column("qty", _("Quantity"), width=100, **quantity),
		column("average", _("Average per Step"), width=130, disable_total=True, **quantity),
		column("before", _("Period Before"), width=120, **quantity),
		column("change", _("Change (%)"), "Float", 100, disable_total=True),
		column("year_ago", _("A Year Ago"), width=110, **quantity),
		column("value", _("Cost"), "Currency", 120),
		column("share", _("Share (%)"), "Float", 90, disable_total=True),
		column("class_of", _("Class"), "Data", 70),
	]


def chart(rows: list[dict], days: list, unit: str) -> dict | None:
	"""Return a line of the quantity over time."""
	if not rows:
		return None
	over_time = [{"label": step_name(day, unit), "qty": sum(row[_key(day)] for row in rows)} for day in days]
	return lines(over_time, "label", [(_("Quantity"), "qty")])


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	qty, earlier = sum(row["qty"] for row in rows), sum(row["before"] for row in rows)
	return [
		figure(_("Quantity"), qty, "Float"),
		figure(_("Change to the Period Before (%)"), change(qty, earlier), "Percent", "Gray"),
		figure(_("Cost"), sum(row["value"] for row in rows), "Currency", "Orange"),
	]
