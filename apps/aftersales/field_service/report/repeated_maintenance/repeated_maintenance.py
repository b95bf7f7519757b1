"""Repeated Maintenance: devices that were maintained several times in a period (S24.22).

The source defines it as "once or more" under the title "repeated"; so the number is the reader's to choose, and two is
what is proposed (A11).
"""

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.query_builder.functions import Count, Max
from frappe.utils import add_days, cint

from aftersales.field_service.devices import DEVICE
from aftersales.service_network import outlet_scope
from aftersales.utils.access import check_permission
from aftersales.utils.report import column, period_of

DEFAULT = 2
MOST = 1000
FIELDS = (
	"name",
	"serial_no",
	"product",
	"product_name",
	"customer",
	"customer_name",
	"warranty_state",
	"status",
)


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date` and `to_date` of the completion, `at_least` (times, 2 by default), `product`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read devices or service orders.
	"""
	check_permission(DEVICE, "read")
	check_permission("Service Order", "read")
	filters = frappe._dict(filters or {})
	counted = {row.device: row for row in count(filters)}
	devices = (
		frappe.get_list(DEVICE, {"name": ("in", list(counted))}, list(FIELDS), limit_page_length=0)
		if counted
		else []
	)
	for row in devices:
		row.update(device=row.name, times=counted[row.name].times, last=counted[row.name].last)
		row.warranty_state, row.status = _(row.warranty_state), _(row.status)
	return columns(), sorted(devices, key=lambda row: (-row.times, row.serial_no))


def count(filters: dict) -> list[dict]:
	"""Return how often each device was maintained, and when last; one statement over the orders completed in the period."""
	start, end = period_of(filters)
	order = frappe.qb.DocType("Service Order")
	times = Count("*")
	query = (
		frappe.qb.from_(order)
		.select(order.device, times.as_("times"), Max(order.completed_at).as_("last"))
		.where((order.completed_at >= start) & (order.completed_at < add_days(end, 1)))
		.where(order.device.isnotnull() & (order.device != ""))
		.groupby(order.device)
		.having(times >= max(cint(filters.at_least or DEFAULT), 1))
		.orderby(times, order=Order.desc)
		.limit(MOST)
	)
	if filters.product:
		query = query.where(order.product == filters.product)
	if condition := outlet_scope.criterion(order.outlet):
		query = query.where(condition)
	return query.run(as_dict=True)


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("device", _("Device"), "Link", 120, options=DEVICE),
		column("serial_no", _("Serial No."), width=150),
		column("product_name", _("Product Name"), width=170),
		column("customer_name", _("Customer Name"), width=170),
		column("times", _("Times Maintained"), "Int", 130),
		column("last", _("Last Time"), "Datetime", 160),
		column("warranty_state", _("Warranty"), width=120),
		column("status", _("Status"), width=110),
	]
