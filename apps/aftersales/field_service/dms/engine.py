"""What runs the reports of service outlets; each report's own files only say its name."""

import frappe

from aftersales.field_service.dms.shapes import Preset
from aftersales.field_service.dms.source import values_of
from aftersales.field_service.dms.titles import TITLES
from aftersales.utils.report import period_of


def run(name: str, filters: dict | None = None) -> tuple:
	"""Return columns, rows, and often message and chart, of a report.

	:param name: key of `titles.TITLES`.
	:param filters: `from_date` and `to_date` as the report's period needs them, and filters that it names; others are
	    left out.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read what the report is about.
	"""
	title, given = TITLES[name], frappe._dict(filters or {})
	shape, chosen = title.make(), {key: given.get(key) for key in title.filters}
	if not isinstance(shape, Preset):
		chosen = {key: values_of(key, value) for key, value in chosen.items()}
	return shape.run(span_of(title.period, given), chosen)


def span_of(period: str, filters: dict) -> tuple:
	"""Return first and last day; None where the report has no such limit.

	:raises PeriodError: a day is missing, or the period ends before it begins.
	"""
	if period == "None":
		return None, None
	if period == "Until":
		return None, period_of({"from_date": filters.get("to_date"), "to_date": filters.get("to_date")})[1]
	return period_of(filters)
