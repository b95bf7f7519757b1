"""Customer Goods Repair Register (S6.36, 客户货品维修登记薄): the goods that came in during a period, and where they are."""

import frappe
from frappe import _
from frappe.utils import add_days, formatdate, nowdate

from aftersales.utils.report import column, period_of

DOCTYPE = "Customer Goods Receipt"
FIELDS = (
	"name",
	"received_on",
	"customer_name",
	"contact_phone",
	"product_name",
	"serial_no",
	"fault",
	"accessory_only",
	"accessory_list",
	"origin",
	"route",
	"outlet",
	"service_order",
	"factory_return",
	"status",
	"result",
	"ready_on",
	"picked_up_on",
	"picked_up_by",
	"amount_due",
	"amount_collected",
	"invoice_no",
)
# A register is read and printed; more than this is a job for the export.
MOST_ROWS = 2000
CHOICES = ("outlet", "origin", "status", "route")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and message; called by Frappe.

	:param filters: `from_date`, `to_date` of the receipt; `outlet`, `origin`, `status`, `route`.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read receipts.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	conditions = [["received_on", ">=", start], ["received_on", "<", add_days(end, 1)]]
	conditions += [[field, "=", filters[field]] for field in CHOICES if filters.get(field)]
	rows = frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=list(FIELDS),
		order_by="received_on asc, name asc",
		limit_page_length=MOST_ROWS + 1,
	)
	for number, row in enumerate(rows[:MOST_ROWS], start=1):
		row.number = number
		row.origin, row.route = _(row.origin), _(row.route)
		if row.accessory_only:
			row.fault = f"{row.accessory_list}: {row.fault}"
	return columns(), rows[:MOST_ROWS], message(start, end, len(rows))


def message(start, end, count: int) -> str:
	"""Return the line above the table, which the print shows too."""
	if count > MOST_ROWS:
		return _("Only the first {0} receipts are shown. Choose a shorter period.").format(MOST_ROWS)
	return _("{0} receipts from {1} to {2}, printed on {3}.").format(
		count, formatdate(start), formatdate(end), formatdate(nowdate())
	)


def columns() -> list[dict]:
	"""Return the columns in the order of the paper register."""
	return [
		column("number", _("No."), "Int", 50),
		column("name", _("Goods Receipt"), "Link", 120, options=DOCTYPE),
		column("received_on", _("Received On"), "Datetime", 140),
		column("customer_name", _("Customer")),
		column("contact_phone", _("Contact Phone")),
		column("product_name", _("Product Name"), width=140),
		column("serial_no", _("Serial No.")),
		column("fault", _("Fault Symptom"), width=200),
		column("origin", _("Origin"), width=90),
		column("route", _("Repair Route"), width=80),
		column("outlet", _("Outlet"), "Link", 120, options="Service Outlet"),
		column("status", _("Status"), "Link", 110, options="Workflow State"),
		column("result", _("Result"), width=160),
		column("ready_on", _("Ready Since"), "Datetime", 140),
		column("picked_up_on", _("Picked Up On"), "Datetime", 140),
		column("picked_up_by", _("Picked Up By"), width=100),
		column("amount_due", _("Amount Due"), "Currency", 100),
		column("amount_collected", _("Amount Collected"), "Currency", 100),
		column("invoice_no", _("Invoice Number"), width=100),
		column("service_order", _("Service Order"), "Link", 120, options="Service Order"),
		column("factory_return", _("Factory Return"), "Link", 120, options="Factory Return"),
	]
