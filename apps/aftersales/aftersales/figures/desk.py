"""What number cards and charts of the Desk ask for.

The records name the figures in their filters, so an administrator changes them, or makes new ones, without code: `measure` (or
`measures`), `days`, `dimension` and `value`; see docs/guide/dashboards.md.
"""

from collections import defaultdict
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, get_first_day, getdate
from frappe.utils.dateutils import get_from_date_from_timespan

from aftersales.aftersales.figures import reading
from aftersales.aftersales.figures.measures import BY_NAME, Measure
from aftersales.portal.scope import is_website_user
from aftersales.utils.access import check_permission

DAYS = 30
TOP = 8
INTERVALS = ("Daily", "Weekly", "Monthly", "Quarterly", "Yearly")


class UnknownFigureError(frappe.ValidationError):
	"""A card or chart names a measure or a breakdown that there is not."""


@frappe.whitelist()
def card(filters: dict | str | None = None) -> dict:
	"""Number card: what happened in the last days, today included.

	:param filters: of the card: `measure`; `days`, default 30; `value`, "amount" for money; `mine`, the breakdown by person whose
		part of the session's user is asked for.
	:returns: value, its field type, and the list that the card opens.
	:raises UnknownFigureError: there is no such measure or breakdown.
	:raises frappe.PermissionError: the user may not read the documents.
	"""
	only_desk_users()
	options = frappe._dict(frappe.parse_json(filters) or {})
	measure = measure_named(options.measure)
	check_permission(measure.doctype, "read")
	end = getdate()
	start = getdate(add_days(end, 1 - max(1, cint(options.days) or DAYS)))
	conditions = reading.filters_of(measure, start, end)
	if options.mine:
		field = breakdown_field(measure, options.mine)
		rows = reading.read(measure, start, end, options.mine, by_day=False)
		rows = [row for row in rows if row[1] == frappe.session.user]
		conditions.append([field, "=", frappe.session.user])
	else:
		rows = reading.read(measure, start, end, by_day=False)
	money = options.value == "amount" and measure.amount
	value = flt(sum(row[3 if money else 2] for row in rows), 2)
	return {
		"value": value if money else cint(value),
		"fieldtype": "Currency" if money else "Int",
		"route": ["List", measure.doctype],
		"route_options": _route_options(conditions),
	}


@frappe.whitelist()
def chart(
	chart_name: str | None = None,
	filters: dict | list | str | None = None,
	refresh: int | str | None = None,
	time_interval: str | None = None,
	timespan: str | None = None,
	from_date: str | None = None,
	to_date: str | None = None,
	heatmap_year: str | int | None = None,
) -> dict | None:
	"""Return labels and datasets of a chart with the source Daily Figures; None when there is nothing to show.

	A chart with a `dimension` shows its parts, largest first, the rest together; one without shows the course of time.

	:param chart_name: the chart; what is not given is taken from it.
	:param filters: `measure` or `measures`, `dimension`, `value` ("amount" for money), `mine`, `top`.
	:param refresh: not used, nothing is kept.
	:param time_interval: Daily, Weekly, Monthly, Quarterly or Yearly.
	:param timespan: Last Week, Last Month, Last Quarter, Last Year, or Select Date Range with `from_date` and `to_date`.
	:param from_date: first day of a range.
	:param to_date: last day of a range.
	:param heatmap_year: not used.
	:raises UnknownFigureError: there is no such measure or breakdown.
	:raises frappe.PermissionError: the user may not read the chart or the documents.
	"""
	only_desk_users()
	check_permission("Dashboard Chart", "read", chart_name)
	record = frappe.get_cached_doc("Dashboard Chart", chart_name) if chart_name else frappe._dict()
	options = frappe._dict(frappe.parse_json(filters) or frappe.parse_json(record.filters_json) or {})
	measures = [measure_named(name) for name in _names(options)]
	start, end = _span(timespan or record.timespan, from_date or record.from_date, to_date or record.to_date)
	column = 3 if options.value == "amount" else 2
	for measure in measures if options.mine else ():
		breakdown_field(measure, options.mine)
	if options.dimension:
		return _parts(measures[0], options, start, end, column)
	interval = time_interval or record.time_interval or "Daily"
	return _course(measures, options, start, end, column, interval if interval in INTERVALS else "Daily")


def only_desk_users() -> None:
	"""Refuse visitors and portal users, whatever they ask for.

	:raises frappe.PermissionError: the session's user has no Desk.
	"""
	user = frappe.session.user
	if user == "Guest" or is_website_user(user):
		frappe.throw(_("Only people who work at the Desk may see figures."), frappe.PermissionError)


def measure_named(name: str | None) -> Measure:
	"""Return a measure.

	:raises UnknownFigureError: there is none of that name.
	"""
	if name not in BY_NAME:
		frappe.throw(
			_("There is no figure {0}. Choose one of: {1}").format(
				frappe.bold(name or "–"), ", ".join(_(known) for known in BY_NAME)
			),
			UnknownFigureError,
		)
	return BY_NAME[name]


def breakdown_field(measure: Measure, dimension: str) -> str:
	"""Return the field by which a breakdown splits a measure.

	:raises UnknownFigureError: it cannot be split so.
	"""
	if dimension not in measure.breakdowns:
		frappe.throw(
			_("{0} cannot be split by {1}. Choose one of: {2}").format(
				frappe.bold(_(measure.name)),
				frappe.bold(dimension),
				", ".join(_(known) for known in measure.breakdowns),
			),
			UnknownFigureError,
		)
	return measure.breakdowns[dimension]


def _names(options: frappe._dict) -> list[str]:
	names = options.measures or options.measure
	if isinstance(names, str):
		# A line or comma each: what the dialog of a chart's filters gives.
		names = [name.strip() for name in names.replace("\n", ",").split(",") if name.strip()]
	return names or [""]


def _span(timespan: str | None, from_date, to_date) -> tuple[date, date]:
	if timespan == "Select Date Range" and from_date and to_date:
		return getdate(from_date), getdate(to_date)
	today = getdate()
	# Frappe itself takes a chart that says nothing for one of the last year.
	start = get_from_date_from_timespan(today, timespan or "Last Year") or add_days(today, -DAYS)
	return getdate(add_days(start, 1)), today


def _parts(measure: Measure, options: frappe._dict, start: date, end: date, column: int) -> dict | None:
	"""Return the picture of a split: the largest parts, and the rest together."""
	breakdown_field(measure, options.dimension)
	rows = reading.read(measure, start, end, options.dimension, by_day=False)
	rows = sorted((row for row in rows if row[column]), key=lambda row: (-row[column], row[1]))
	if not rows:
		return None
	top = cint(options.top) or TOP
	shown, rest = rows[:top], rows[top:]
	labels = _labels(measure, options.dimension, [row[1] for row in shown])
	values = [flt(row[column], 2) for row in shown]
	if rest:
		labels.append(_("Others"))
		values.append(flt(sum(row[column] for row in rest), 2))
	return {"labels": labels, "datasets": [{"name": _(measure.name), "values": values}]}


def _course(
	measures: list[Measure], options: frappe._dict, start: date, end: date, column: int, interval: str
) -> dict | None:
	"""Return the picture of a course: one line or bar for each measure."""
	if interval == "Monthly":
		start = getdate(get_first_day(start))
	places = list(
		dict.fromkeys(
			_place(start + timedelta(days=step), interval) for step in range((end - start).days + 1)
		)
	)
	datasets = []
	for measure in measures:
		sums = defaultdict(float)
		for day, value, *figures in reading.read(measure, start, end, options.mine or ""):
			if not options.mine or value == frappe.session.user:
				sums[_place(day, interval)] += figures[column - 2]
		datasets.append({"name": _(measure.name), "values": [flt(sums[place], 2) for place in places]})
	if not any(any(dataset["values"]) for dataset in datasets):
		return None
	return {"labels": places, "datasets": datasets}


def _place(day: date, interval: str) -> str:
	"""Return what stands below the bar of a day."""
	if interval == "Weekly":
		return (day - timedelta(days=day.weekday())).strftime("%m-%d")
	if interval == "Monthly":
		return day.strftime("%Y-%m")
	if interval == "Quarterly":
		return f"{day.year} Q{(day.month + 2) // 3}"
	return str(day.year) if interval == "Yearly" else day.strftime("%m-%d")


def _labels(measure: Measure, dimension: str, values: list[str]) -> list[str]:
	"""Return how people read the values of a breakdown; documents by their titles, in one statement."""
	options = frappe.get_meta(measure.doctype).get_field(breakdown_field(measure, dimension))
	titles = {}
	if options.fieldtype == "Link":
		field = "full_name" if options.options == "User" else frappe.get_meta(options.options).title_field
		if field and field != "name":
			rows = frappe.get_all(options.options, {"name": ("in", values)}, ["name", field], as_list=True)
			titles = dict(rows)
	return [_(titles.get(value) or value) if value else _("Not Stated") for value in values]


def _route_options(conditions: list[list]) -> dict:
	options = {}
	for field, *condition in conditions:
		options.setdefault(field, []).append(frappe.as_json(condition, indent=None))
	return options
