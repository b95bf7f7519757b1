"""Serial Number Anomalies: numbers that no device has, that look wrong, or that several devices have (S24.21)."""

import frappe
from frappe import _

from aftersales.field_service.devices import DEVICE
from aftersales.field_service.serial_anomalies import anomalies
from aftersales.utils.access import check_permission
from aftersales.utils.report import column, period_of


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date`, and optionally `kind`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read devices.
	"""
	check_permission(DEVICE, "read")
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	rows = anomalies(start, end, filters.kind)
	for row in rows:
		row.kind_label, row.kind_of_document = _(row.kind), _(row.doctype)
		row.document = row.name
		row.date = row.creation
	return columns(), sorted(rows, key=lambda row: row.creation, reverse=True)


def columns() -> list[dict]:
	"""Return the columns; the last is for the button "Add Device"."""
	return [
		column("kind_label", _("Anomaly"), width=140),
		column("serial_no", _("Serial No."), width=150),
		column("kind_of_document", _("Document Type"), width=140),
		column("document", _("Document"), "Dynamic Link", 150, options="doctype"),
		column("date", _("Date"), "Datetime", 150),
		column("product_name", _("Product Name"), width=160),
		column("customer_name", _("Customer Name"), width=160),
		column("add", "", width=130),
	]
