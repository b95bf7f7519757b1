"""First Free Maintenance by Model (首次保养车型统计表, S18.20): how many of a period were done, confirmed and missed, per product."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.field_service.first_maintenance import counts
from aftersales.utils.report import column, stacked_bars


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date` (of the due date), optionally `outlet`, `product`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read visits.
	"""
	rows = sorted(counts(frappe._dict(filters or {})), key=lambda row: (-row.due, row.product_name or ""))
	for row in rows:
		row.rate = flt(100 * row.done / row.due, 1)
	return columns(), rows, None, chart(rows[:15])


def chart(rows: list[dict]) -> dict | None:
	"""Return what was done and what was not, for the models with the most."""
	return stacked_bars(
		rows,
		"product_name",
		[
			(_("Done"), "done"),
			(_("Overdue"), "overdue"),
			(_("Not Due Yet"), lambda row: row.due - row.done - row.overdue - row.skipped),
		],
		colors=["green", "red", "grey"],
	)


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("product", _("Product"), "Link", 130, options="Product"),
		column("product_name", _("Product Name"), width=180),
		column("due", _("Fell Due"), "Int", 90),
		column("done", _("Done"), "Int", 90),
		column("rate", _("Done (%)"), "Percent", 90),
		column("confirmed", _("Confirmed"), "Int", 100),
		column("not_accepted", _("Not Accepted"), "Int", 110),
		column("skipped", _("Skipped"), "Int", 90),
		column("overdue", _("Overdue"), "Int", 90),
	]
