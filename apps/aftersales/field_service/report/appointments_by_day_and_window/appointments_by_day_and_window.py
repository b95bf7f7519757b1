"""Appointments by Day and Window: how much is asked for when, of what kind and where, to judge demand (S4.07, S18.19)."""

from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint

from aftersales.aftersales.deadlines.calendars import WEEKDAYS, seconds_of
from aftersales.field_service.appointment_windows import PLAN, clock, windows_between
from aftersales.utils.report import PeriodError, column, period_of, stacked_bars

DOCTYPE = "Service Appointment"
DAY, WEEKDAY = "Day and Window", "Weekday and Window"
# What a row stands for -> how the database says it.
GROUPS = {
	DAY: "appointment_date",
	WEEKDAY: "weekday(appointment_date)",
	"Kind": "appointment_kind",
	"Channel": "channel",
	"Region": "region",
	"Product Category": "product_category",
	"Appointment Plan": "plan",
	"Outlet": "outlet",
}
LINKS = {
	"Region": "Service Region",
	"Product Category": "Product Category",
	"Appointment Plan": PLAN,
	"Outlet": "Service Outlet",
}
FILTERS = ("appointment_kind", "plan", "region", "channel", "product_category", "outlet")
AHEAD = ("Requested", "Confirmed", "Moved", "Arrived")
COUNTS = ("made", "ahead", "done", "missed", "cancelled", "moved")
MOST_DAYS = 400
BARS = 40


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date` (days of the appointments), `group_by` (key of GROUPS), and fields of FILTERS.
	:raises PeriodError: a day is missing, the period ends before it begins, or is longer than 400 days.
	:raises frappe.PermissionError: the user may not read appointments.
	"""
	filters = filters or {}
	group = filters.get("group_by") if filters.get("group_by") in GROUPS else DAY
	start, end = period_of(filters)
	if (end - start).days >= MOST_DAYS:
		frappe.throw(_("Choose a period of at most {0} days.").format(MOST_DAYS), PeriodError)
	counts = count(filters, group)
	places = places_of(filters, group) if group in (DAY, WEEKDAY) else {}
	keys = {*counts, *places} if filters.get("plan") or group == WEEKDAY else set(counts)
	rows = [
		row_of(group, key, counts.get(key), places.get(key, 0))
		for key in sorted(keys, key=lambda key: tuple(str(part) for part in key))
	]
	chart = chart_of(group, rows)
	if len(rows) > 1:
		rows.append(total_of(rows))
	return columns(group), rows, None, chart


def count(filters: dict, group: str) -> dict[tuple, dict]:
	"""Return how many appointments there are in each stage, by what a row stands for; one statement.

	:returns: (value, begin, end) -> counts; begin and end are seconds from midnight where windows are asked for.
	"""
	by = GROUPS[group]
	windows = ["from_time", "to_time"] if group in (DAY, WEEKDAY) else []
	start, end = period_of(filters)
	wanted = [["appointment_date", "between", (start, end)]]
	wanted += [[field, "=", filters[field]] for field in FILTERS if filters.get(field)]
	rows = frappe.get_list(
		DOCTYPE,
		filters=wanted,
		fields=[
			f"{by} as value",
			*windows,
			"stage",
			"count(name) as number",
			"sum(sign(move_count)) as moved",
		],
		group_by=", ".join([by, *windows, "stage"]),
		order_by=f"{by} asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	counts: dict[tuple, dict] = {}
	for row in rows:
		key = (row.value, *(seconds_of(row[field]) for field in windows))
		_add(counts.setdefault(key, dict.fromkeys(COUNTS, 0)), row)
	return counts


def _add(total: dict, row: dict) -> None:
	"""Add a row of the statement to the counts of its line."""
	kind = (
		"ahead"
		if row.stage in AHEAD
		else {"Done": "done", "No Show": "missed", "Cancelled": "cancelled"}.get(row.stage)
	)
	if kind:
		total[kind] += row.number
	total["made"] += row.number
	total["moved"] += cint(row.moved)


def places_of(filters: dict, group: str) -> dict[tuple, int]:
	"""Return the places that the plans offer in the period, by day or weekday and window."""
	start, end = period_of(filters)
	wanted = {
		"enabled": 1,
		**{field: filters[field] for field in ("appointment_kind",) if filters.get(field)},
	}
	if filters.get("plan"):
		wanted = {"name": filters["plan"]}
	found: dict[tuple, int] = {}
	for name in frappe.get_list(PLAN, filters=wanted, pluck="name", limit_page_length=0):
		for window in windows_between(frappe.get_cached_doc(PLAN, name), start, end):
			value = window.day if group == DAY else window.day.weekday()
			key = (value, window.start, window.end)
			found[key] = found.get(key, 0) + window.places
	return found


def row_of(group: str, key: tuple, counts: dict | None, places: int) -> dict:
	"""Return a row; windows that nobody asked for have one as well."""
	value = key[0]
	counts = counts or dict.fromkeys(COUNTS, 0)
	row = {**counts, "value": value}
	if group == DAY:
		row["weekday"] = _(WEEKDAYS[value.weekday()])
	elif group == WEEKDAY:
		row["value"] = _(WEEKDAYS[value])
	elif group not in LINKS:
		row["value"] = _(value) if value else ""
	if len(key) > 1:
		row["window"] = f"{clock(key[1])}–{clock(key[2])}"
		row["places"] = places
		held = counts["made"] - counts["cancelled"]
		row["load"] = 100 * held / places if places else None
	return row


def total_of(rows: Iterable[dict]) -> dict:
	"""Return the row below all others."""
	total = {field: sum(row[field] for row in rows) for field in COUNTS}
	places = sum(row.get("places", 0) for row in rows)
	held = total["made"] - total["cancelled"]
	return {
		**total,
		"window": _("Total"),
		"weekday": _("Total"),
		"places": places,
		"load": 100 * held / places if places else None,
		"bold": 1,
	}


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	if group == DAY:
		head = [column("value", _("Date"), "Date", 110), column("weekday", _("Weekday"), width=100)]
	elif group in LINKS:
		head = [column("value", _(group), "Link", 180, options=LINKS[group])]
	else:
		head = [column("value", _("Weekday") if group == WEEKDAY else _(group), width=150)]
	windows = group in (DAY, WEEKDAY)
	return [
		*head,
		*([column("window", _("Window"), width=120)] if windows else []),
		column("made", _("Asked For"), "Int", 100),
		*([column("places", _("Places Offered"), "Int", 120)] if windows else []),
		*([column("load", _("Taken (%)"), "Percent", 100)] if windows else []),
		column("ahead", _("Ahead"), "Int", 90),
		column("done", _("Done"), "Int", 90),
		column("missed", _("No Show"), "Int", 90),
		column("cancelled", _("Cancelled"), "Int", 100),
		column("moved", _("Moved"), "Int", 90),
	]


def chart_of(group: str, rows: list[dict]) -> dict | None:
	"""Return a bar for each row, or for each day: ahead, done, missed, cancelled."""
	if group == DAY:
		rows = _by_day(rows)
	return stacked_bars(
		rows[:BARS],
		lambda row: (
			f"{row['value']:%m-%d}"
			if isinstance(row["value"], date)
			else " ".join(filter(None, (row["value"], row.get("window"))))
		),
		[
			(_("Ahead"), "ahead"),
			(_("Done"), "done"),
			(_("No Show"), "missed"),
			(_("Cancelled"), "cancelled"),
		],
		colors=["#3b82c4", "#3c9a5f", "#c0392b", "#9aa5ab"],
	)


def _by_day(rows: list[dict]) -> list[dict]:
	days: dict[date, dict] = {}
	for row in rows:
		total = days.setdefault(row["value"], {"value": row["value"], **dict.fromkeys(COUNTS, 0)})
		for field in COUNTS:
			total[field] += row[field]
	return list(days.values())
