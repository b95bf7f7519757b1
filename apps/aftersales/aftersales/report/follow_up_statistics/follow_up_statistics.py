"""Follow-up Statistics (S7.25): follow-ups of any period by who, how, why, what was said.

Two statements count everything, through `frappe.get_list`, so that users see counts of what they may read.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt, nowdate

from aftersales.utils.people import full_names
from aftersales.utils.report import column, drill, period_of, stacked_bars

DOCTYPE = "Follow-up"
GROUPS = (
	"planned_for",
	"mode",
	"purpose",
	"opinion",
	"satisfied",
	"source_doctype",
	"plan",
	"region",
	"status",
)
SATISFIED = ("Very Satisfied", "Satisfied")
STAGES = {"Open": "open", "Awaiting Feedback": "followed_up", "Done": "followed_up", "Cancelled": "cancelled"}


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date` (of the due date), `group_by` (see `GROUPS`), optionally `planned_for`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read follow-ups.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "planned_for"
	start, end = period_of(filters)
	conditions = {"due_date": ("between", [start, end])}
	if filters.planned_for:
		conditions["planned_for"] = filters.planned_for
	rows = make_rows(group, counts(group, conditions), overdue(group, conditions))
	return columns(group), rows, None, chart(rows), summary(rows)


def counts(group: str, conditions: dict) -> list:
	"""Return rows of group, stage, satisfaction and number."""
	return frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=[f"{group} as group_value", "stage", "satisfied", "count(name) as number"],
		group_by=f"{group}, stage, satisfied",
		order_by=f"{group} asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)


def overdue(group: str, conditions: dict) -> dict:
	"""Return {group: how many are open past their day}."""
	late = [
		[DOCTYPE, field, *condition] if isinstance(condition, tuple) else [DOCTYPE, field, "=", condition]
		for field, condition in conditions.items()
	]
	rows = frappe.get_list(
		DOCTYPE,
		filters=[*late, [DOCTYPE, "stage", "=", "Open"], [DOCTYPE, "due_date", "<", nowdate()]],
		fields=[f"{group} as group_value", "count(name) as number"],
		group_by=group,
		order_by=f"{group} asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	return {row.group_value or "": row.number for row in rows}


def make_rows(group: str, found: list, late: dict) -> list[dict]:
	"""Return one row per group, the largest first."""
	rows = defaultdict(
		lambda: dict.fromkeys(("total", "open", "followed_up", "cancelled", "rated", "satisfied"), 0)
	)
	for entry in found:
		row = rows[entry.group_value or ""]
		row["total"] += entry.number
		row[STAGES.get(entry.stage, "open")] += entry.number
		if entry.satisfied and STAGES.get(entry.stage) == "followed_up":
			row["rated"] += entry.number
			row["satisfied"] += entry.number if entry.satisfied in SATISFIED else 0
	names = full_names(set(rows)) if group == "planned_for" else {}
	result = [
		{
			"group": value,
			"label": names.get(value) or (_(value) if value else _("Not Specified")),
			**row,
			"overdue": late.get(value, 0),
			"done_share": flt(100 * row["followed_up"] / row["total"], 1),
			"satisfied_share": flt(100 * row["satisfied"] / row["rated"], 1) if row["rated"] else None,
		}
		for value, row in rows.items()
	]
	return sorted(result, key=lambda row: (-row["total"], row["label"]))


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	return [
		column("label", _(frappe.get_meta(DOCTYPE).get_label(group)), width=220),
		column("total", _("Planned"), "Int", 90, drill=drill(DOCTYPE, "due_date", {group: "group"})),
		column("followed_up", _("Followed Up"), "Int", 110),
		column("done_share", _("Done (%)"), "Float", 90, disable_total=True),
		column("open", _("Open"), "Int", 80),
		column("overdue", _("Overdue"), "Int", 90),
		column("cancelled", _("Cancelled"), "Int", 100),
		column("rated", _("With Satisfaction"), "Int", 130),
		column("satisfied", _("Satisfied"), "Int", 100),
		column("satisfied_share", _("Satisfied (%)"), "Float", 110, disable_total=True),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return stacked bars of the largest groups."""
	series = [(_("Followed Up"), "followed_up"), (_("Open"), "open"), (_("Cancelled"), "cancelled")]
	return stacked_bars(rows[:12], "label", series)


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the chart."""
	total, done, rated, satisfied, late = (
		sum(row[key] for row in rows) for key in ("total", "followed_up", "rated", "satisfied", "overdue")
	)
	return [
		{"label": _("Planned"), "value": total, "datatype": "Int", "indicator": "Blue"},
		{"label": _("Followed Up"), "value": done, "datatype": "Int", "indicator": "Green"},
		{"label": _("Overdue"), "value": late, "datatype": "Int", "indicator": "Red" if late else "Gray"},
		{
			"label": _("Satisfied (%)"),
			"value": flt(100 * satisfied / rated, 1) if rated else 0,
			"datatype": "Float",
			"precision": 1,
			"indicator": "Green",
		},
	]
