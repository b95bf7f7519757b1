"""Calls by Hour: when the telephone rings, and when nobody answers, by hour of the day or by weekday (S7.49)."""

from frappe import _

from aftersales.telephony.call_statistics import count, nothing, share, total_of
from aftersales.utils.report import column, stacked_bars

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What a row stands for -> how the database says it, and its values in order.
GROUPS = {"Hour": ("hour(started_at)", 24), "Weekday": ("weekday(started_at)", 7)}
COUNTS = ("incoming", "answered", "missed", "unknown", "outgoing", "seconds")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date`, `group_by` (Hour or Weekday), optionally `phone_line`, `agent`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read calls.
	"""
	filters = filters or {}
	group = filters.get("group_by") if filters.get("group_by") in GROUPS else "Hour"
	by, number = GROUPS[group]
	totals = count(filters, by)
	rows = [row_of(group, value, totals.get(value) or nothing()) for value in range(number)] if totals else []
	chart = chart_of(rows)
	if rows:
		total = total_of(totals.values())
		rows.append(row_of(group, 0, total) | {"value": _("Total"), "bold": 1})
	return columns(group), rows, None, chart


def row_of(group: str, value: int, total: dict) -> dict:
	"""Return a row; hours and days without a call have one as well."""
	label = f"{value:02d}:00 – {value:02d}:59" if group == "Hour" else _(WEEKDAYS[value])
	return {
		"value": label,
		**{field: total[field] for field in COUNTS},
		"rate": share(total["answered"], total["incoming"]),
	}


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	return [
		column("value", _(group), width=150),
		column("incoming", _("Incoming"), "Int", 100),
		column("answered", _("Answered"), "Int", 100),
		column("missed", _("Missed"), "Int", 100),
		column("unknown", _("Not Known"), "Int", 100),
		column("rate", _("Answered (%)"), "Percent", 120),
		column("outgoing", _("Outgoing"), "Int", 100),
		column("seconds", _("Talk Time"), "Duration", 120, hide_days=1),
	]


def chart_of(rows: list[dict]) -> dict | None:
	"""Return a bar per hour or day: answered, missed, not known."""
	return stacked_bars(
		rows,
		lambda row: row["value"].split(":")[0],
		[(_("Answered"), "answered"), (_("Missed"), "missed"), (_("Not Known"), "unknown")],
	)
