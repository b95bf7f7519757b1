"""Serial Trace: every document that names a serial number or its device, the newest first (S24.10)."""

import frappe
from frappe import _

from aftersales.field_service.devices import DEVICE
from aftersales.field_service.serial_trace import trace
from aftersales.utils.access import check_permission
from aftersales.utils.report import column


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a message; called by Frappe.

	:param filters: `serial_no`, as typed.
	:raises frappe.PermissionError: the user may not read devices.
	"""
	check_permission(DEVICE, "read")
	serial_no = (frappe._dict(filters or {}).serial_no or "").strip()
	if not serial_no:
		return columns(), [], _("Type or scan a serial number.")
	rows = trace(serial_no)
	for row in rows:
		row.kind_of_document = _(row.doctype)
	return columns(), rows


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("date", _("Date"), "Datetime", 160),
		column("kind_of_document", _("Document Type"), width=170),
		column("document", _("Document"), "Dynamic Link", 160, options="doctype"),
		column("named_in", _("Named In"), width=130),
		column("status", _("Status"), width=130),
		column("customer_name", _("Customer Name"), width=170),
		column("about", _("About"), width=320),
	]
