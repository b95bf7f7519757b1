"""Bring-back List (来厂促进, S18.17): devices whose customers should hear from us, with the reason."""

import frappe
from frappe import _

from aftersales.field_service.bring_back import DEVICE, MOST_LISTED, find
from aftersales.utils.report import column


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and message; called by Frappe.

	:param filters: `months` without a visit (default 12), `days` ahead in which a warranty ends (default 30), optionally
	    `outlet`, `region`, `product_category`, `reason`.
	:raises frappe.PermissionError: the user may not read devices.
	"""
	rows, all_of_them = find(frappe._dict(filters or {}))
	message = None
	if not all_of_them:
		message = _(
			"Only the {0} devices with the most reasons are shown. Choose an outlet, a region or a reason."
		)
		message = message.format(MOST_LISTED)
	return columns(), rows, message


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("customer", _("Customer"), "Link", 120, options="Service Customer"),
		column("customer_name", _("Customer Name"), width=140),
		column("phone", _("Phone"), width=120),
		column("product_name", _("Product Name"), width=150),
		column("serial_no", _("Serial No."), width=130),
		column("reasons", _("Why"), width=320),
		column("last_visit", _("Last Visit"), "Date", 105),
		column("maintenance_due", _("Maintenance Due"), "Date", 130),
		column("warranty_end", _("Warranty End"), "Date", 110),
		column("outlet", _("Outlet"), "Link", 120, options="Service Outlet"),
		column("name", _("Customer Device"), "Link", 110, options=DEVICE),
	]
