"""Business Targets: what was to be reached, what is, and how far that is (S18.36)."""

import frappe
from frappe import _
from frappe.utils import flt, formatdate

from aftersales.service_network import targets
from aftersales.utils.people import full_names
from aftersales.utils.report import chosen, column, period_of, share, stacked_bars

MOST, SHOWN = 1000, 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, nothing and a chart: the targets whose period touches that of the filters.

	:param filters: `from_date`, `to_date`, `measure`, `scope`, `outlet`, `employee`.
	:raises frappe.PermissionError: the user may not read targets.
	:raises PeriodError: no period.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	conditions = chosen(filters, "measure", "scope", "employee", trees=("outlet",))
	rows = frappe.get_list(
		targets.TARGET,
		filters=[["to_date", ">=", start], ["from_date", "<=", end], *conditions],
		fields=["name", "measure", "period", "from_date", "to_date", "scope", "outlet", "employee", "target"],
		order_by="from_date asc, measure asc, name asc",
		limit_page_length=MOST,
	)
	reached = targets.reached(rows)
	names = full_names(row.employee for row in rows)
	for row in rows:
		row.reached = flt(reached[row.name], 2)
		row.ratio = share(row.reached, row.target)
		row.missing = max(flt(row.target - row.reached, 2), 0)
		row.who = (
			row.outlet
			if row.scope == "Outlet"
			else names.get(row.employee, row.employee)
			if row.employee
			else _("Company")
		)
	return columns(), rows, None, chart(rows)


def chart(rows: list[dict]) -> dict | None:
	"""Return the ratios as bars."""
	return stacked_bars(
		rows[:SHOWN],
		lambda row: f"{_(row.measure)} {formatdate(row.from_date, 'yyyy-MM')} {row.who}",
		((_("Reached (%)"), lambda row: row.ratio or 0),),
	)


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("name", _("Target"), "Link", 120, options="Business Target"),
		column("measure", _("Measure"), "Data", 150),
		column("from_date", _("From Date"), "Date", 110),
		column("to_date", _("To Date"), "Date", 110),
		column("who", _("For"), "Data", 180),
		column("target", _("Target Value"), "Float", 130, precision=2),
		column("reached", _("Reached So Far"), "Float", 130, precision=2),
		column("ratio", _("Reached (%)"), "Percent", 110),
		column("missing", _("Still Missing"), "Float", 130, precision=2),
	]
