"""First Free Maintenance (首次保养统计表, S18.20): each one of a period, with what became of it."""

import frappe
from frappe import _

from aftersales.field_service.first_maintenance import between
from aftersales.utils.report import column

VISIT = "Maintenance Visit"


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date` (of the due date), optionally `outlet`, `confirmation`, `product`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read visits.
	"""
	rows = frappe.get_list(
		VISIT,
		filters=between(frappe._dict(filters or {})),
		fields=[
			"name",
			"due_date",
			"customer_name",
			"serial_no",
			"product_name",
			"outlet",
			"status",
			"done_on",
			"reading",
			"service_order",
			"confirmation",
			"confirmation_note",
			"confirmed_on",
		],
		order_by="due_date asc, name asc",
		limit_page_length=0,
	)
	for row in rows:
		row.status, row.confirmation = _(row.status), _(row.confirmation or "")
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("due_date", _("Due Date"), "Date", 105),
		column("name", _("Maintenance Visit"), "Link", 140, options=VISIT),
		column("customer_name", _("Customer Name"), width=140),
		column("serial_no", _("Serial No."), width=130),
		column("product_name", _("Product Name"), width=150),
		column("outlet", _("Outlet"), "Link", 120, options="Service Outlet"),
		column("status", _("Status"), width=90),
		column("done_on", _("Done On"), "Date", 105),
		column("reading", _("Uses at the Visit"), "Int", 90),
		column("service_order", _("Service Order"), "Link", 130, options="Service Order"),
		column("confirmation", _("Confirmation"), width=110),
		column("confirmed_on", _("Confirmed On"), "Date", 105),
		column("confirmation_note", _("Reason"), width=180),
	]
