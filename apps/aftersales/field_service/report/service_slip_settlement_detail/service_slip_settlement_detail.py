"""Service-slip Settlement Detail (Q29, S17.18, 服务单结算明细表): what each completed order cost, who pays, what the customer has paid, and
whether the outlet's fees are settled."""

import frappe
from frappe import _
from frappe.utils import flt
from pypika import Order
from pypika.functions import Coalesce

from aftersales.utils.report import chosen, column, figure, period_of, within
from aftersales.utils.report_query import Readable, may_read, run

ORDER, RECEIVABLE, FEE = "Service Order", "Service Receivable", "Service Fee"
DONE = ("Completed", "Followed Up", "Audited")
MONEY = ("parts_fee", "service_fee", "visit_fee", "transport_fee", "other_fee", "total_fee", "customer_pays")
OF_ORDER = (
	"name",
	"completed_at",
	"order_kind",
	"customer",
	"customer_name",
	"product_name",
	"serial_no",
	"outlet",
	"technician",
	*MONEY,
)
OPEN, SETTLED = "Open", "Settled"
MOST = 5000


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. One statement.

	:param filters: `from_date`, `to_date` of the completion; `outlet` with all below, `technician`, `customer`, `order_kind`; `unpaid`
	    for orders that customers have not paid yet; `settlement` (Open or Settled) of the outlet's fees.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	query, has_receivables, has_fees = build(filters)
	rows = run(query.limit(MOST + 1))
	for row in rows:
		row.order_kind = _(row.order_kind)
		row.others_pay = flt(row.total_fee) - flt(row.customer_pays)
	message = _("More than {0} orders; the first are shown. Narrow the filters.").format(MOST)
	summary = [
		figure(_("Orders"), min(len(rows), MOST)),
		figure(_("Total Fee"), sum(flt(row.total_fee) for row in rows[:MOST]), "Currency"),
	]
	if has_receivables:
		unpaid = sum(flt(row.outstanding) for row in rows[:MOST])
		summary.append(figure(_("Customers Still Owe"), unpaid, "Currency", "Orange" if unpaid else "Green"))
	found = columns(has_receivables, has_fees)
	return found, rows[:MOST], message if len(rows) > MOST else None, None, summary


def build(filters: dict) -> tuple:
	"""Return the query, and whether receivables and fees of outlets are in it: both only for those who may read them."""
	conditions = [
		["stage", "in", DONE],
		*chosen(filters, "technician", "customer", "order_kind", trees=("outlet",)),
		*within("completed_at", *period_of(filters)),
	]
	orders = Readable("orders", ORDER, list(OF_ORDER), conditions)
	query = frappe.qb.from_(orders).select(*(getattr(orders, name) for name in OF_ORDER))
	has_receivables, has_fees = may_read(RECEIVABLE), may_read(FEE)
	if has_receivables:
		owed = Readable(
			"owed",
			RECEIVABLE,
			[
				"reference_name as service_order",
				"sum(received) as received",
				"sum(outstanding) as outstanding",
			],
			[["reference_doctype", "=", ORDER], ["status", "!=", "Cancelled"]],
			"reference_name",
		)
		query = query.left_join(owed).on(owed.service_order == orders.name)
		query = query.select(owed.received, owed.outstanding)
		if filters.unpaid:
			query = query.where(owed.outstanding > 0)
	if has_fees:
		fees = Readable(
			"fees",
			FEE,
			["service_order", "sum(amount) as fees", "max(settlement) as settlement", "min(paid) as paid"],
			[["voided", "=", 0]],
			"service_order",
		)
		query = query.left_join(fees).on(fees.service_order == orders.name)
		query = query.select(Coalesce(fees.fees, 0).as_("fees"), fees.settlement, fees.paid)
		if filters.settlement == OPEN:
			query = query.where(fees.fees.isnotnull()).where(fees.settlement.isnull())
		elif filters.settlement == SETTLED:
			query = query.where(fees.settlement.isnotnull())
	return query.orderby(orders.completed_at, order=Order.asc).orderby(orders.name), has_receivables, has_fees


def columns(has_receivables: bool, has_fees: bool) -> list[dict]:
	"""Return the columns."""
	meta = frappe.get_meta(ORDER)
	found = [
		column("name", _("Service Order"), "Link", 140, options=ORDER),
		column("completed_at", _(frappe.get_meta(ORDER).get_label("completed_at")), "Datetime", 160),
		column("order_kind", _("Order Kind"), "Data", 100),
		column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		column("customer_name", _("Customer Name"), "Data", 130),
		column("product_name", _("Product Name"), "Data", 130),
		column("serial_no", _("Serial No."), "Data", 120),
		column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		column("technician", _("Technician"), "Link", 110, options="Technician"),
		*(column(name, _(meta.get_label(name)), "Currency", 110) for name in MONEY),
		column("others_pay", _("Others Pay"), "Currency", 110),
	]
	if has_receivables:
		found += [
			column("received", _("Received from Customer"), "Currency", 150),
			column("outstanding", _("Outstanding"), "Currency", 120),
		]
	if has_fees:
		found += [
			column("fees", _("Fees of the Outlet"), "Currency", 130),
			column("settlement", _("Settlement"), "Link", 140, options="Settlement"),
			column("paid", _("Paid to the Outlet"), "Check", 120),
		]
	return found
