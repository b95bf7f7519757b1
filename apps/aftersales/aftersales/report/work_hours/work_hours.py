"""Work Hours: records and hours of engineers in a period, by month or by how problems were solved (S8.12)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt, getdate

from aftersales.utils.people import full_names
from aftersales.utils.report import period_of

DOCTYPE = "Work Record"
# What a row stands for beside the engineer -> field of the record.
GROUPS = {"Month": None, "Solution Method": "solution_method", "Handling Place": "handling_place"}


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date`, `group_by` (see `GROUPS`), optionally `engineer` and `customer`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read work records.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "Month"
	start, end = period_of(filters)
	rows = make_rows(group, read(group, filters, start, end))
	return columns_of(group), rows, None, chart_of(rows)


def read(group: str, filters: dict, start, end) -> list[dict]:
	"""Return sums per engineer, day or value, by one statement with the user's permissions."""
	field = GROUPS[group] or "work_date"
	conditions = {"work_date": ("between", [start, end])}
	conditions |= {name: filters.get(name) for name in ("engineer", "customer") if filters.get(name)}
	return frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=["engineer", f"{field} as value", "count(name) as records", "sum(minutes) as minutes"],
		group_by=f"engineer, {field}",
		order_by="engineer asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)


def make_rows(group: str, sums: list[dict]) -> list[dict]:
	"""Return one row per engineer and month or value, engineers in the order of their names."""
	totals: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
	for entry in sums:
		value = f"{getdate(entry.value):%Y-%m}" if group == "Month" else entry.value or ""
		total = totals[entry.engineer, value]
		total[0] += entry.records
		total[1] += entry.minutes or 0
	names = full_names(engineer for engineer, _value in totals)
	rows = [
		{
			"engineer": engineer,
			"engineer_name": names.get(engineer, engineer),
			"value": value if group == "Month" else _(value) if value else _("Not Specified"),
			"records": records,
			"hours": flt(minutes / 60, 2),
		}
		for (engineer, value), (records, minutes) in totals.items()
	]
	return sorted(rows, key=lambda row: (row["engineer_name"], row["engineer"], row["value"]))


def columns_of(group: str) -> list[dict]:
	"""Return the columns."""
	return [
		{
			"fieldname": "engineer",
			"label": _("Engineer"),
			"fieldtype": "Link",
			"options": "User",
			"width": 220,
		},
		{"fieldname": "engineer_name", "label": _("Engineer Name"), "fieldtype": "Data", "width": 180},
		{"fieldname": "value", "label": _(group), "fieldtype": "Data", "width": 180},
		{"fieldname": "records", "label": _("Records"), "fieldtype": "Int", "width": 110},
		{"fieldname": "hours", "label": _("Hours"), "fieldtype": "Float", "precision": 2, "width": 110},
	]


def chart_of(rows: list[dict]) -> dict | None:
	"""Return a bar of hours per engineer."""
	hours: dict[str, float] = defaultdict(float)
	for row in rows:
		hours[row["engineer_name"]] += row["hours"]
	if not hours:
		return None
	return {
		"data": {
			"labels": list(hours),
			"datasets": [{"name": _("Hours"), "values": [flt(value, 2) for value in hours.values()]}],
		},
		"type": "bar",
	}
