"""Calls by Line: what came in on each telephone line, how much of it was answered, how long callers waited (S7.49, S7.54)."""

from frappe import _

from aftersales.telephony.call_statistics import count, line_titles, mean, share, total_of
from aftersales.utils.report import column, stacked_bars

COUNTS = ("incoming", "answered", "missed", "unknown", "outgoing", "reached", "seconds")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date`, optionally `phone_line`, `agent`, `bridge`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read calls.
	"""
	totals = count(filters or {}, "phone_line")
	titles = line_titles(totals)
	rows = [row_of(line, titles.get(line) or _("Not set up"), total) for line, total in totals.items()]
	chart = chart_of(rows)
	if len(rows) > 1:
		rows.append(row_of(None, _("Total"), total_of(totals.values())) | {"bold": 1})
	return columns(), rows, None, chart


def row_of(line: str | None, title: str, total: dict) -> dict:
	"""Return a row; calls on a line that nobody set up stand in a row without a line."""
	return {
		"phone_line": line or None,
		"line_title": title,
		**{field: total[field] for field in COUNTS},
		"rate": share(total["answered"], total["incoming"]),
		"talk": mean(total["seconds"], total["talks"]),
		"wait": mean(total["waited"], total["waits"]),
	}


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("line_title", _("Line Name"), width=150),
		column("phone_line", _("Phone Line"), "Link", 110, options="Phone Line"),
		column("incoming", _("Incoming"), "Int", 100),
		column("answered", _("Answered"), "Int", 100),
		column("missed", _("Missed"), "Int", 100),
		column("unknown", _("Not Known"), "Int", 100),
		column("rate", _("Answered (%)"), "Percent", 120),
		column("wait", _("Mean Wait"), "Duration", 110, hide_days=1),
		column("outgoing", _("Outgoing"), "Int", 100),
		column("reached", _("Reached"), "Int", 100),
		column("seconds", _("Talk Time"), "Duration", 120, hide_days=1),
		column("talk", _("Mean Talk"), "Duration", 110, hide_days=1),
	]


def chart_of(rows: list[dict]) -> dict | None:
	"""Return a bar per line: answered, missed, not known."""
	return stacked_bars(
		rows,
		"line_title",
		[(_("Answered"), "answered"), (_("Missed"), "missed"), (_("Not Known"), "unknown")],
	)
