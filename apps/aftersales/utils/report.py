"""What reports share: the period that their filters name, conditions, columns, shares, pictures and ways to the documents.

Months, quarters and comparisons are in `report_periods`, statements over several DocTypes in `report_query`.
"""

from collections.abc import Callable, Iterable, Sequence

import frappe
from frappe import _
from frappe.utils import add_days, flt, formatdate, getdate

# Class -> percentage of the whole up to which rows belong to it.
CLASSES = (("A", 80), ("B", 95), ("C", 100))


# What a chart takes so that many steps of time share few labels.
OVER_TIME = {"axisOptions": {"xIsSeries": 1}}


class PeriodError(frappe.ValidationError):
	"""The filters name no period."""


def period_of(filters: dict) -> tuple:
	"""Return first and last day of the filters `from_date` and `to_date`.

	:raises PeriodError: one is missing, or the last lies before the first.
	"""
	if not (filters.get("from_date") and filters.get("to_date")):
		frappe.throw(_("Choose From Date and To Date."), PeriodError)
	start, end = getdate(filters.get("from_date")), getdate(filters.get("to_date"))
	if end < start:
		frappe.throw(_("To Date lies before From Date."), PeriodError)
	return start, end


def period_text(start, end) -> str:
	"""Return a period as people read it."""
	return f"{formatdate(start)} – {formatdate(end)}"


def within(field: str, start, end, doctype: str | None = None) -> list[list]:
	"""Return the conditions for a moment or day from the first to the end of the last day; an index can serve them.

	:param doctype: DocType of the field where a statement reads several.
	"""
	head = [doctype, field] if doctype else [field]
	return [[*head, ">=", getdate(start)], [*head, "<", add_days(getdate(end), 1)]]


def chosen(filters: dict, *fields: str, trees: Iterable[str] = ()) -> list[list]:
	"""Return conditions for the filters that are set.

	:param fields: names of filters that equal the field of that name.
	:param trees: those that mean a place in a tree, with everything below.
	"""
	found = [[field, "=", filters[field]] for field in fields if filters.get(field)]
	return found + [
		[field, "descendants of (inclusive)", filters[field]] for field in trees if filters.get(field)
	]


def column(fieldname: str, label: str, fieldtype: str = "Data", width: int = 120, **more) -> dict:
	"""Return a column of a report; the label is translated already, fractions have one decimal unless `precision` says more.

	:param more: what else Frappe's columns take, and `drill`, see `drill`.
	"""
	if fieldtype in ("Float", "Percent"):
		more.setdefault("precision", 1)
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}


def drill(doctype: str, period: str | None = None, rows: dict | None = None, **fixed) -> dict:
	"""Return where a click on a column's figures leads: the list of a DocType with the conditions of the row.

	`aftersales.reports.drill` in `public/js/reports/filters.js` makes the link.

	:param period: field of the DocType that lies between the report's From Date and To Date, or in the row's own period
	    if it has `from_date` and `to_date`.
	:param rows: field of the DocType -> field of the row that holds its value; a row without value has no condition.
	:param fixed: further conditions, value by field.
	"""
	return {"doctype": doctype, "period": period, "rows": rows or {}, "fixed": fixed}


def share(part: float, whole: float, digits: int = 1) -> float | None:
	"""Return a percentage; None of nothing, which is not the same as 0."""
	return flt(100 * flt(part) / flt(whole), digits) if flt(whole) else None


def average(total: float, number: float, digits: int = 1) -> float | None:
	"""Return what falls upon one; None where there is none."""
	return flt(flt(total) / flt(number), digits) if flt(number) else None


def change(now: float, before: float) -> float | None:
	"""Return by how many percent a figure grew; None where there was nothing before."""
	return flt(100 * (flt(now) - flt(before)) / flt(before), 1) if flt(before) else None


def classify(rows: Iterable[dict], field: str, total: float) -> None:
	"""Put `share`, `share_so_far` and `class_of` (A, B, C) into rows that are sorted by a figure, the greatest first.

	A row belongs to the class in which the sum stood before it, so that there is always one of class A.

	:param total: what the shares are of.
	"""
	before = 0.0
	for row in rows:
		reached = 100 * before / flt(total) if flt(total) else 0
		row["class_of"] = next((name for name, limit in CLASSES if reached < limit), CLASSES[-1][0])
		before += flt(row[field])
		row["share"], row["share_so_far"] = share(row[field], total), share(before, total)


def stacked_bars(
	rows: Sequence[dict],
	label: str | Callable[[dict], str],
	series: Sequence[tuple[str, str | Callable[[dict], float]]],
	**more,
) -> dict | None:
	"""Return a chart with one bar for each row, made of several figures; None without rows.

	:param rows: those to show, in order.
	:param label: field of a row that names its bar, or a function of the row.
	:param series: translated name of each figure, and its field or a function of the row.
	:param more: what else Frappe's chart takes, such as `colors`.
	"""
	if not rows:
		return None

	def values(of: str | Callable) -> list:
		return [of(row) if callable(of) else row[of] for row in rows]

	datasets = [{"name": name, "values": values(of)} for name, of in series]
	data = {"labels": values(label), "datasets": datasets}
	return {"data": data, "type": "bar", "barOptions": {"stacked": 1}, **more}


def lines(rows: Sequence[dict], label: str, series: Sequence[tuple[str, str]], **more) -> dict | None:
	"""Return a chart with a line for each figure, for rows that follow each other in time; see `stacked_bars`."""
	picture = stacked_bars(rows, label, series, **{**OVER_TIME, **more})
	return picture and {**picture, "type": "line", "barOptions": {}}


def figure(label: str, value, datatype: str = "Int", indicator: str = "Blue") -> dict:
	"""Return one of the figures above the table; the label is translated already."""
	if datatype == "Percent":
		value, datatype = "–" if value is None else f"{value} %", "Data"
	return {"label": label, "value": value, "datatype": datatype, "indicator": indicator}
