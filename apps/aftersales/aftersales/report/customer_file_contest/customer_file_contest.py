"""Who registered how many customer files, and how complete they are (S6.04)."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.utils.people import full_names

CUSTOMER = "Service Customer"


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict]]:
	"""Return columns and rows, the best first.

	Judged are quantity and quality: the points of a person are the files, each counted by its completeness. A file that
	is complete to the percentage of the filter counts as complete.

	:param filters: `from_date`, `to_date` (days on which the files were made), `complete_from` (percent, 80).
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	people = {}
	for row in _grouped(filters, ["avg(profile_score) as average", "sum(profile_score) as points"]):
		people[row.registered_by] = row
	complete = [["profile_score", ">=", flt(filters.complete_from or 80)]]
	for row in _grouped(filters, [], complete):
		people[row.registered_by].complete = row.files
	reachable = [["phone", "is", "set"]]
	for row in _grouped(filters, [], reachable):
		people[row.registered_by].reachable = row.files
	names = full_names(people)
	rows = [
		{
			"registered_by": person,
			"full_name": names.get(person, person) if person else _("Not known"),
			"files": row.files,
			"reachable": row.get("reachable") or 0,
			"complete": row.get("complete") or 0,
			"average": flt(row.average, 1),
			"points": flt(flt(row.points) / 100, 2),
		}
		for person, row in people.items()
	]
	rows.sort(key=lambda row: (-row["points"], -row["files"], row["full_name"]))
	for place, row in enumerate(rows, start=1):
		row["place"] = place
	return columns(), rows


def _grouped(filters: frappe._dict, fields: list[str], more: list | None = None) -> list[frappe._dict]:
	conditions = [["personal_data_deleted_on", "is", "not set"], *(more or [])]
	if filters.from_date:
		conditions.append(["creation", ">=", f"{filters.from_date} 00:00:00"])
	if filters.to_date:
		conditions.append(["creation", "<=", f"{filters.to_date} 23:59:59.999999"])
	return frappe.get_list(
		CUSTOMER,
		filters=conditions,
		fields=["registered_by", "count(name) as files", *fields],
		group_by="registered_by",
		order_by=None,
		limit_page_length=0,
		ignore_ifnull=True,
	)


def columns() -> list[dict]:
	"""Return the columns of the report."""
	return [
		{"fieldname": "place", "label": _("Place"), "fieldtype": "Int", "width": 70},
		{"fieldname": "full_name", "label": _("Employee"), "fieldtype": "Data", "width": 180},
		{
			"fieldname": "registered_by",
			"label": _("Account"),
			"fieldtype": "Link",
			"options": "User",
			"width": 200,
		},
		{"fieldname": "files", "label": _("Customer Files"), "fieldtype": "Int", "width": 120},
		{"fieldname": "reachable", "label": _("With Phone"), "fieldtype": "Int", "width": 110},
		{"fieldname": "complete", "label": _("Complete Files"), "fieldtype": "Int", "width": 120},
		{"fieldname": "average", "label": _("Average Completeness"), "fieldtype": "Percent", "width": 160},
		{"fieldname": "points", "label": _("Points"), "fieldtype": "Float", "precision": 2, "width": 100},
	]
