"""Check Findings: what was found, by person and criterion, in any period (S1.10)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import add_days, flt

from aftersales.utils.people import full_names
from aftersales.utils.report import period_of, stacked_bars

RESULTS = {"OK": "fine", "Not OK": "wrong", "Not applicable": "not_applicable"}


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date` and `to_date` (days on which checks were completed); optionally `plan`, `checked_person` and
	    `group_by`: "Person and Criterion" (default), "Person" or "Criterion".
	:raises PeriodError: a date is missing, or they are in the wrong order.
	"""
	filters = frappe._dict(filters or {})
	group_by = filters.group_by or "Person and Criterion"
	rows = make_rows(count(filters), group_by)
	return columns_of(group_by), rows, None, chart_of(rows, group_by)


def count(filters: dict) -> list:
	"""Return person, criterion, finding and number, by one statement with the user's permissions."""
	start, end = period_of(filters)
	conditions = [
		["Check Record", "checked", "=", 1],
		["Check Record", "checked_on", ">=", start],
		["Check Record", "checked_on", "<", add_days(end, 1)],
	]
	for field in ("plan", "checked_person"):
		if filters.get(field):
			conditions.append(["Check Record", field, "=", filters.get(field)])
	return frappe.get_list(
		"Check Record",
		filters=conditions,
		fields=[
			"checked_person",
			"`tabCheck Finding`.criterion as criterion",
			"`tabCheck Finding`.finding as finding",
			"count(`tabCheck Finding`.name) as number",
		],
		group_by="checked_person, `tabCheck Finding`.criterion, `tabCheck Finding`.finding",
		order_by="checked_person asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)


def make_rows(counts: list, group_by: str) -> list[dict]:
	"""Return one row per group, those with most that was not OK first."""
	groups: dict = defaultdict(lambda: dict.fromkeys(RESULTS.values(), 0))
	for entry in counts:
		if entry.finding not in RESULTS:
			continue
		person = entry.checked_person if group_by != "Criterion" else ""
		criterion = entry.criterion if group_by != "Person" else ""
		groups[person, criterion][RESULTS[entry.finding]] += entry.number
	names = full_names(person for person, _criterion in groups)
	rows = []
	for (person, criterion), numbers in groups.items():
		applicable = numbers["fine"] + numbers["wrong"]
		rows.append(
			{
				"person": person,
				"person_name": names.get(person, person) if person else _("Not Specified"),
				"criterion": criterion,
				**numbers,
				"share": flt(100 * numbers["fine"] / applicable, 1) if applicable else None,
			}
		)
	return sorted(rows, key=lambda row: (-row["wrong"], row["person_name"], row["criterion"] or ""))


def columns_of(group_by: str) -> list[dict]:
	"""Return the columns for a grouping."""
	columns = []
	if group_by != "Criterion":
		columns += [
			{"fieldname": "person_name", "label": _("Person in Charge"), "fieldtype": "Data", "width": 180},
		]
	if group_by != "Person":
		columns.append({"fieldname": "criterion", "label": _("Criterion"), "fieldtype": "Data", "width": 320})
	columns += [
		{"fieldname": field, "label": _(finding), "fieldtype": "Int", "width": 120}
		for finding, field in RESULTS.items()
	]
	columns.append(
		{"fieldname": "share", "label": _("OK (%)"), "fieldtype": "Float", "precision": 1, "width": 100}
	)
	return columns


def chart_of(rows: list[dict], group_by: str) -> dict | None:
	"""Return bars of OK and Not OK for the first groups."""
	if group_by == "Person and Criterion":
		return None
	return stacked_bars(
		rows[:12],
		"person_name" if group_by == "Person" else "criterion",
		[(_("OK"), "fine"), (_("Not OK"), "wrong")],
		colors=["#29cd42", "#ff5858"],
	)
