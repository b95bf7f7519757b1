"""Workshop Progress: where each order of the workshop is, who works on it, and whether it will be ready in time (S18.15)."""

import frappe
from frappe import _
from frappe.utils import flt, get_datetime, getdate, now_datetime

from aftersales.field_service import workshop
from aftersales.field_service.workshop_board import work_on
from aftersales.utils.report import column

MOST = 1000
FIELDS = [
	"name",
	"status",
	"stage",
	"customer_name",
	"contact_phone",
	"product_name",
	"serial_no",
	"outlet",
	"bay",
	"technician",
	"creation",
	"promised_at",
	"completed_at",
]


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a sentence; called by Frappe.

	:param filters: all optional: `outlet`, `order` (part of its number), `customer`, `delivered` (also those that were delivered),
	    `from_date` and `to_date` of the reception.
	"""
	filters = frappe._dict(filters or {})
	orders = find(filters)
	delivered = deliveries([order.name for order in orders])
	if not filters.delivered:
		orders = [order for order in orders if order.name not in delivered]
	fill(orders, delivered)
	late = sum(order.late for order in orders)
	return columns(), orders, _("{0} orders, {1} of them late.").format(len(orders), late)


def find(filters: dict) -> list:
	"""Return the orders of the workshop that the user may see, those promised first first."""
	conditions = [["order_kind", "=", workshop.WORKSHOP], ["stage", "!=", "Cancelled"]]
	for field in ("outlet", "customer"):
		if filters.get(field):
			conditions.append([field, "=", filters[field]])
	if filters.order:
		conditions.append(["name", "like", f"%{filters.order}%"])
	if filters.from_date:
		conditions.append(["creation", ">=", getdate(filters.from_date)])
	if filters.to_date:
		conditions.append(["creation", "<=", f"{getdate(filters.to_date)} 23:59:59.999999"])
	rows = frappe.get_list(
		"Service Order", filters=conditions, fields=FIELDS, order_by="creation desc", limit_page_length=MOST
	)
	return sorted(rows, key=lambda row: (not row.promised_at, row.promised_at or row.creation))


def deliveries(orders: list[str]) -> dict[str, dict]:
	"""Return when orders were delivered."""
	rows = frappe.get_all(
		"Order Delivery", {"service_order": ("in", orders or [""])}, ["service_order", "delivered_at"]
	)
	return {row.service_order: row.delivered_at for row in rows}


def fill(orders: list, delivered: dict) -> None:
	"""Add bay, technician, hours, inspection and delivery, each for all orders at once."""
	names = [order.name for order in orders]
	hours, running = work_on(names)
	inspections = workshop.last_inspections(names)
	bays = titles("Service Bay", "bay_name", {order.bay for order in orders})
	people = titles("Technician", "technician_name", {order.technician for order in orders})
	now = now_datetime()
	for order in orders:
		at_work = [row.technician_name for row in running.get(order.name, [])]
		inspection = inspections.get(order.name)
		order.update(
			{
				"state": _(order.status),
				"bay_name": bays.get(order.bay),
				"people": ", ".join(at_work) or people.get(order.technician),
				"at_work": len(at_work),
				"hours": flt(hours.get(order.name), 2),
				"inspection": _(inspection.result) if inspection else None,
				"delivered_at": delivered.get(order.name),
				"late": int(
					bool(order.promised_at)
					and get_datetime(order.completed_at or now) > get_datetime(order.promised_at)
				),
			}
		)


def titles(doctype: str, field: str, names: set[str | None]) -> dict[str, str]:
	"""Return what records are called."""
	found = frappe.get_all(
		doctype, {"name": ("in", [name for name in names if name] or [""])}, ["name", field]
	)
	return {row.name: row[field] for row in found}


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("name", _("Service Order"), "Link", 140, options="Service Order"),
		column("customer_name", _("Customer Name"), width=130),
		column("contact_phone", _("Contact Phone"), width=120),
		column("product_name", _("Product Name"), width=140),
		column("serial_no", _("Serial No."), width=120),
		column("state", _("Status"), width=110),
		column("bay_name", _("Bay"), width=90),
		column("people", _("Technician"), width=130),
		column("hours", _("Hours"), "Float", 80),
		column("inspection", _("Completion Inspection"), width=120),
		column("promised_at", _("Promised"), "Datetime", 150),
		column("late", _("Late"), "Check", 60),
		column("completed_at", _("Completed at"), "Datetime", 150),
		column("delivered_at", _("Delivered at"), "Datetime", 150),
	]
