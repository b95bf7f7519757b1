"""The daily reports of an outlet (Q37, S18.32)."""

from dataclasses import replace

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_days, getdate

from aftersales.field_service.dms import figures, sources
from aftersales.field_service.dms.shapes import AsOf, Derived, Figure, Listing, Part, Table
from aftersales.utils.report import column

ORDER_COLUMNS = ("name", "customer_name", "contact_phone", "product_name", "serial_no")


def order_columns(name: str = "service_order") -> list[dict]:
	"""Return the columns that say which order a row is about.

	:param name: fieldname of the order itself.
	"""
	return [
		column(name, _("Service Order"), "Link", 140, options="Service Order"),
		column("customer_name", _("Customer Name"), width=130),
		column("contact_phone", _("Contact Phone"), width=120),
		column("product_name", _("Product Name"), width=140),
		column("serial_no", _("Serial No."), width=120),
	]


def order_terms(name: str = "service_order") -> dict:
	"""Return the terms of `order_columns`."""
	order = frappe.qb.DocType(sources.ORDER)
	return {name: order.name, **sources.of(sources.ORDER, *ORDER_COLUMNS[1:])}


def visits_of_the_day() -> Listing:
	"""来厂日报表: each order that was taken in."""
	order = frappe.qb.DocType(sources.ORDER)
	return Listing(
		sources.received().showing(
			**order_terms(),
			received=order.creation,
			**sources.of(sources.ORDER, "symptom", "status", "promised_at"),
		),
		[
			column("received", _("Came In"), "Datetime", 165),
			*order_columns(),
			column("order_kind", _("Order Kind"), width=110),
			column("service_type", _("Service Type"), "Link", 110, options="Service Type"),
			column("symptom", _("Symptom"), width=180),
			column("receiver", _("Receptionist"), width=120),
			column("promised_at", _("Promised"), "Datetime", 165),
			column("status", _("Status"), width=110),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("received", "service_order"),
		translated=("order_kind", "status"),
		users=("receiver",),
	)


def visits_to_date() -> Table:
	"""来厂日报表(累计): visits of each day, and from the first day of the period to this day."""
	cancelled = frappe.qb.DocType(sources.ORDER)

	def add_up(rows: list[dict]) -> None:
		total = 0
		for row in rows:
			total += row.visits
			row.total_visits = total

	return Table(
		("day",),
		(
			figures.visits(),
			Part(sources.cancelled(), (Figure("cancelled", _("Cancelled"), Count(cancelled.name)),)),
		),
		derived=(Derived("total_visits", _("Visits to This Day"), lambda row: None, fieldtype="Int"),),
		order=("visits", "total_visits", "cancelled"),
		chart=("visits", "total_visits"),
		finish=add_up,
		complete=True,
	)


def deliveries_of_the_day() -> Listing:
	"""交车日报表: each device that was given back."""
	order, delivery = frappe.qb.DocType(sources.ORDER), frappe.qb.DocType(sources.DELIVERY)
	return Listing(
		sources.delivered().showing(
			**order_terms(),
			name=delivery.name,
			received=order.creation,
			days=figures.days_between(delivery.delivered_at, order.creation),
			**sources.of(sources.DELIVERY, "delivered_at", "delivered_to", "delivered_by"),
			**sources.of(sources.ORDER, "total_fee", "customer_pays"),
		),
		[
			column("delivered_at", _("Delivered at"), "Datetime", 165),
			column("name", _("Order Delivery"), "Link", 130, options="Order Delivery"),
			*order_columns(),
			column("received", _("Came In"), "Datetime", 165),
			column("days", _("Days in the Outlet"), "Int", 90, disable_total=1),
			column("delivered_to", _("Delivered to"), width=110),
			column("delivered_by", _("Delivered by"), width=120),
			column("total_fee", _("Total Fee"), "Currency", 110),
			column("customer_pays", _("Customer Pays"), "Currency", 110),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("delivered_at", "name"),
		users=("delivered_by",),
	)


def not_yet_delivered() -> AsOf:
	"""未交车日报表: what was taken in and had not been given back at the end of the last day."""
	return AsOf(undelivered)


def undelivered(span: tuple, filters: dict) -> Listing:
	"""Return the list of orders of the workshop without a delivery until the last day."""
	order, delivery = frappe.qb.DocType(sources.ORDER), frappe.qb.DocType(sources.DELIVERY)
	after = getdate(add_days(span[1], 1))
	given_back = (delivery.service_order == order.name) & (delivery.delivered_at < after)
	waiting = sources.received().only(delivery.name.isnull(), order.order_kind == "Workshop")
	return Listing(
		replace(waiting, left=((sources.DELIVERY, given_back),)).showing(
			**order_terms(),
			received=order.creation,
			days=figures.days_between(getdate(span[1]), order.creation),
			**sources.of(sources.ORDER, "status", "promised_at", "completed_at", "customer_pays"),
		),
		[
			column("received", _("Came In"), "Datetime", 165),
			*order_columns(),
			column("days", _("Days in the Outlet"), "Int", 90, disable_total=1),
			column("status", _("Status"), width=110),
			column("promised_at", _("Promised"), "Datetime", 165),
			column("completed_at", _("Completed at"), "Datetime", 165),
			column("receiver", _("Receptionist"), width=120),
			column("customer_pays", _("Customer Pays"), "Currency", 110),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("received", "service_order"),
		translated=("status",),
		users=("receiver",),
	)


def turnover_of_the_day() -> Listing:
	"""营业额日报: each order that was completed, with what it cost."""
	fees = (
		"service_fee",
		"parts_fee",
		"visit_fee",
		"transport_fee",
		"other_fee",
		"total_fee",
		"customer_pays",
	)
	return Listing(
		sources.completed().showing(**order_terms(), **sources.of(sources.ORDER, "completed_at", *fees)),
		[
			column("completed_at", _("Completed at"), "Datetime", 165),
			*order_columns(),
			column("order_kind", _("Order Kind"), width=110),
			column("service_type", _("Service Type"), "Link", 110, options="Service Type"),
			column("service_fee", _("Work Fee"), "Currency", 105),
			column("parts_fee", _("Parts Fee"), "Currency", 105),
			column("visit_fee", _("Visit Fee"), "Currency", 105),
			column("transport_fee", _("Transport Fee"), "Currency", 105),
			column("other_fee", _("Other Charges"), "Currency", 105),
			column("total_fee", _("Total Fee"), "Currency", 110),
			column("customer_pays", _("Customer Pays"), "Currency", 110),
			column("receiver", _("Receptionist"), width=120),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("completed_at", "service_order"),
		translated=("order_kind",),
		users=("receiver",),
	)


def turnover_of_the_day_summary() -> Table:
	"""营业额日报汇总: the turnover by kind of order and type of service."""
	return Table(
		("order_kind", "service_type"),
		(figures.turnover(),),
		derived=(figures.others_pay(), figures.per_order()),
		sort="total_fee",
		chart=("service_fee", "parts_fee", "way_fee", "other_fee"),
		stacked=True,
	)


def payments_of_the_day() -> Listing:
	"""收款明细日报: each payment of a customer, and each that was taken back."""
	payment = frappe.qb.DocType(sources.PAYMENT)
	return Listing(
		sources.paid().showing(
			payment=payment.name,
			**sources.of(
				sources.PAYMENT,
				"received_at",
				"customer_name",
				"service_order",
				"amount",
				"receipt_no",
				"invoice_no",
				"reversal_of",
				"handover",
			),
			**sources.of(sources.ORDER, "serial_no", "product_name"),
		),
		[
			column("received_at", _("Received at"), "Datetime", 165),
			column("payment", _("Service Payment"), "Link", 140, options="Service Payment"),
			column("customer_name", _("Customer Name"), width=140),
			column("service_order", _("Service Order"), "Link", 140, options="Service Order"),
			column("product_name", _("Product Name"), width=130),
			column("serial_no", _("Serial No."), width=120),
			column("mode", _("Mode of Payment"), width=110),
			column("amount", _("Amount"), "Currency", 110),
			column("receipt_no", _("Receipt No."), width=110),
			column("invoice_no", _("Invoice No."), width=110),
			column("received_by", _("Received By"), width=120),
			column("reversal_of", _("Reversal Of"), "Link", 130, options="Service Payment"),
			column("handover", _("Cash Handover"), "Link", 130, options="Cash Handover"),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("received_at", "payment"),
		translated=("mode",),
		users=("received_by",),
	)


def technician_hours_of_the_day() -> Table:
	"""维修人员工时统计日报: hours at work and standard hours of the work that was completed."""
	entry = frappe.qb.DocType(sources.HOURS)
	worked = Part(
		sources.worked(),
		(
			Figure("jobs", _("Orders Worked On"), Count(entry.service_order).distinct()),
			Figure("hours", _("Hours at Work"), Sum(entry.hours), "Float"),
		),
	)
	return Table(
		("technician",),
		(worked, figures.sold_hours()),
		derived=(figures.efficiency(),),
		order=("jobs", "hours", "lines", "standard_hours", "efficiency", "work_amount"),
		sort="hours",
		chart=("hours", "standard_hours"),
	)


def receptionists() -> Table:
	"""前台接待人员业绩: what each receptionist took in, gave back and brought in."""
	return Table(
		("receiver",),
		(figures.visits(), figures.deliveries(), figures.turnover(with_kinds=False)),
		derived=(figures.per_order(),),
		order=("visits", "deliveries", "orders", "total_fee", "customer_pays", "per_order"),
		sort="total_fee",
		chart=("total_fee", "customer_pays"),
	)
