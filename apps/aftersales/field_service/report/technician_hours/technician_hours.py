"""Technician Hours: hours noted on orders, by technician and day, against what the technician works on a day (S18.32)."""

import frappe
from frappe import _
from frappe.utils import add_days, flt

from aftersales.utils.report import column, period_of


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date` and `to_date`; optional `technician` and `outlet`.
	:raises PeriodError: the period is missing or turned around.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	conditions = [["started_at", ">=", start], ["started_at", "<", add_days(end, 1)]]
	conditions += [[field, "=", filters[field]] for field in ("technician", "outlet") if filters.get(field)]
	rows = frappe.get_list(
		"Job Time",
		filters=conditions,
		fields=[
			"technician",
			"date(started_at) as work_date",
			"count(distinct service_order) as orders",
			"sum(hours) as hours",
		],
		group_by="technician, date(started_at)",
		order_by=None,
		limit_page_length=0,
	)
	people = {
		row.name: row
		for row in frappe.get_all(
			"Technician",
			{"name": ("in", [row.technician for row in rows] or [""])},
			["name", "technician_name", "outlet", "daily_hours"],
		)
	}
	for row in rows:
		person = people[row.technician]
		row.update({"technician_name": person.technician_name, "outlet": person.outlet})
		row.share = 100 * flt(row.hours) / person.daily_hours if person.daily_hours else None
	return columns(), sorted(rows, key=lambda row: (row.work_date, row.technician_name))


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("work_date", _("Day"), "Date", 110),
		column("technician", _("Technician"), "Link", 110, options="Technician"),
		column("technician_name", _("Technician Name"), width=160),
		column("outlet", _("Outlet"), "Link", 160, options="Service Outlet"),
		column("orders", _("Orders"), "Int", 90),
		column("hours", _("Hours"), "Float", 90, precision=2),
		column("share", _("Of the Daily Hours"), "Percent", 140, disable_total=1),
	]
