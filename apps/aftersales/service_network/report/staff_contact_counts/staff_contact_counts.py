"""Staff Contact Counts: follow-ups, calls, messages and care of each employee, as a basis for promotion (Q32, S6.15)."""

from collections import defaultdict

import frappe
from frappe import _

from aftersales.utils.people import full_names
from aftersales.utils.report import column, drill, period_of, stacked_bars, within
from aftersales.utils.report_query import may_read, sums

# Column -> DocType, field of the employee, field of the day, further conditions, what is counted.
COUNTED = {
	"follow_ups": ("Follow-up", "followed_up_by", "followed_up_on", [], "count(name)"),
	"calls": ("Service Call", "agent", "started_at", [["direction", "=", "Outbound"]], "count(name)"),
	"messages": (
		"Outgoing Message",
		"owner",
		"creation",
		[["state", "in", ["Queued", "Sending", "Sent"]]],
		"count(name)",
	),
	"care": ("Care Contact", "user", "care_date", [["outcome", "=", "Task"]], "count(name)"),
	"guests": ("VIP Event", "organiser", "event_date", [["cancelled", "=", 0]], "sum(attended)"),
}
SHOWN = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, nothing and a chart; one statement for each kind of contact, most contacts first.

	:param filters: `from_date`, `to_date`, `employee`.
	:raises frappe.PermissionError: the user may not read follow-ups.
	:raises PeriodError: no period.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	rows: dict[str, dict] = defaultdict(lambda: frappe._dict(dict.fromkeys(COUNTED, 0)))
	for name, (doctype, person, day, conditions, counted) in COUNTED.items():
		if name != "follow_ups" and not may_read(doctype):
			continue
		who = ["=", filters.employee] if filters.employee else ["not in", ["", "Administrator", "Guest"]]
		for row in sums(
			doctype,
			[f"{person} as employee", f"{counted} as number"],
			[*within(day, start, end), *conditions, [person, *who]],
			person,
		):
			if row.employee:
				rows[row.employee][name] = int(row.number or 0)
	names = full_names(rows)
	found = [
		frappe._dict(row, employee=user, full_name=names.get(user, user), total=sum(row.values()))
		for user, row in rows.items()
	]
	found.sort(key=lambda row: (-row.total, row.employee))
	return columns(), found, None, chart(found)


def labels() -> dict[str, str]:
	"""Return the translated name of each kind of contact."""
	return {
		"follow_ups": _("Follow-ups"),
		"calls": _("Calls Made"),
		"messages": _("Messages Sent"),
		"care": _("Care Tasks"),
		"guests": _("Guests of VIP Events"),
	}


def chart(rows: list[dict]) -> dict | None:
	"""Return the bars of those with the most contacts."""
	return stacked_bars(rows[:SHOWN], "full_name", [(label, name) for name, label in labels().items()])


def columns() -> list[dict]:
	"""Return the columns; figures lead to the documents."""
	return [
		column("employee", _("Employee"), "Link", 200, options="User"),
		column("full_name", _("Name"), "Data", 150),
		*(
			column(
				name,
				label,
				"Int",
				130,
				drill=drill(COUNTED[name][0], COUNTED[name][2], {COUNTED[name][1]: "employee"}),
			)
			for name, label in labels().items()
		),
		column("total", _("Total"), "Int", 100),
	]
