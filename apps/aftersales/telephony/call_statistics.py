"""Counts of the call log that the reports of this module share; the user's permissions hold, as in a list."""

from collections.abc import Iterable

import frappe
from frappe.utils import add_days

from aftersales.utils.report import period_of

DOCTYPE = "Service Call"
ANSWERED = ("Answered", "Ended")
FILTERS = ("phone_line", "agent", "bridge", "direction", "customer")


def conditions(filters: dict) -> list:
	"""Return the filters of a list of calls that started in the period of a report.

	:param filters: `from_date` and `to_date`, both days included, and optionally fields of `FILTERS`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	"""
	start, end = period_of(filters)
	found = [["started_at", ">=", start], ["started_at", "<", add_days(end, 1)]]
	return found + [[field, "=", filters[field]] for field in FILTERS if filters.get(field)]


def count(filters: dict, by: str) -> dict[object, dict]:
	"""Return what came in and went out per value of a field, by one statement.

	:param filters: see `conditions`.
	:param by: field or function of one, as `hour(started_at)`.
	:returns: value -> `incoming`, `answered`, `missed`, `unknown`, `outgoing`, `reached`, `seconds` of talk, `talks` (of
	    which the length is known), `waited` (seconds) and `waits` (of how many).
	:raises frappe.PermissionError: the user may not read calls.
	"""
	rows = frappe.get_list(
		DOCTYPE,
		filters=conditions(filters),
		fields=[
			f"{by} as value",
			"direction",
			"state",
			"count(name) as calls",
			"sum(duration) as seconds",
			"sum(sign(duration)) as talks",
			"sum(unix_timestamp(answered_at) - unix_timestamp(started_at)) as waited",
			"count(answered_at) as waits",
		],
		group_by=f"{by}, direction, state",
		order_by=f"{by} asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	totals: dict[object, dict] = {}
	for row in rows:
		_add(totals.setdefault(row.value, nothing()), row)
	return totals


def total_of(totals: Iterable[dict]) -> dict:
	"""Return the sums of some counts."""
	total = nothing()
	for one in totals:
		for field, number in one.items():
			total[field] += number
	return total


def nothing() -> dict:
	"""Return the counts of no calls."""
	fields = (
		"incoming",
		"answered",
		"missed",
		"unknown",
		"outgoing",
		"reached",
		"seconds",
		"talks",
		"waited",
		"waits",
	)
	return dict.fromkeys(fields, 0)


def _add(total: dict, row: dict) -> None:
	if row.direction == "Outbound":
		total["outgoing"] += row.calls
		total["reached"] += row.calls if row.state in ANSWERED else 0
	else:
		total["incoming"] += row.calls
		name = "answered" if row.state in ANSWERED else "missed" if row.state == "Missed" else "unknown"
		total[name] += row.calls
		total["waited"] += int(row.waited or 0)
		total["waits"] += row.waits
	total["seconds"] += int(row.seconds or 0)
	total["talks"] += int(row.talks or 0)


def line_titles(names: Iterable[str]) -> dict[str, str]:
	"""Return what lines are called; who sees their calls sees that with each call."""
	rows = frappe.get_all("Phone Line", {"name": ("in", list(names))}, ["name", "line_title"])
	return {row.name: row.line_title for row in rows}


def mean(total: float, number: int) -> int | None:
	"""Return a mean in whole seconds; None of nothing."""
	return round(total / number) if number else None


def share(part: int, whole: int) -> float | None:
	"""Return per cent; None of nothing."""
	return 100 * part / whole if whole else None
