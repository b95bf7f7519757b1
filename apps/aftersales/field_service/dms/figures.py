"""The figures that several reports of service outlets show, each defined once."""

import frappe
from frappe import _
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Count, Date, Sum
from frappe.utils import flt

from aftersales.field_service.dms import sources
from aftersales.field_service.dms.shapes import Derived, Figure, Part
from aftersales.field_service.dms.source import count_if
from aftersales.utils.report import average, share

days_between = CustomFunction("DATEDIFF", ["later", "earlier"])
SATISFIED = ("Very Satisfied", "Satisfied")
DISSATISFIED = ("Dissatisfied", "Very Dissatisfied")


def visits() -> Part:
	"""How many orders were taken in."""
	order = frappe.qb.DocType(sources.ORDER)
	return Part(sources.received(), (Figure("visits", _("Visits to the Outlet"), Count(order.name)),))


def turnover(*, with_kinds: bool = True) -> Part:
	"""What completed orders cost and what of it the customers pay.

	:param with_kinds: also what for.
	"""
	order = frappe.qb.DocType(sources.ORDER)
	kinds = (
		Figure("service_fee", _("Work Fee"), Sum(order.service_fee), "Currency"),
		Figure("parts_fee", _("Parts Fee"), Sum(order.parts_fee), "Currency"),
		Figure("way_fee", _("Visit and Way"), Sum(order.visit_fee + order.transport_fee), "Currency"),
		Figure("other_fee", _("Other Charges"), Sum(order.other_fee), "Currency"),
	)
	return Part(
		sources.completed(),
		(
			Figure("orders", _("Completed"), Count(order.name)),
			*(kinds if with_kinds else ()),
			Figure("total_fee", _("Turnover"), Sum(order.total_fee), "Currency"),
			Figure("customer_pays", _("Customers Pay"), Sum(order.customer_pays), "Currency"),
		),
	)


def others_pay() -> Derived:
	"""What warranty, agreements and the company pay."""
	return Derived(
		"others_pay",
		_("Others Pay"),
		lambda row: flt(row.total_fee - row.customer_pays, 6),
		("total_fee", "customer_pays"),
		"Currency",
	)


def per_order() -> Derived:
	"""The turnover of an order."""
	return Derived(
		"per_order",
		_("Per Order"),
		lambda row: average(row.total_fee, row.orders, 2),
		("total_fee", "orders"),
		"Currency",
	)


def part_of_all(of: str, label: str) -> Derived:
	"""A figure's part in the sum of its column; `fill_shares` fills it when all rows are there.

	:param of: the figure.
	"""
	return Derived("share", label, lambda row: 100 if row.get("is_total") else None, (of,))


def fill_shares(of: str):
	"""Return the function that fills the column of `part_of_all`."""

	def fill(rows: list[dict]) -> None:
		total = sum(row[of] for row in rows)
		for row in rows:
			row.share = share(row[of], total)

	return fill


def deliveries() -> Part:
	"""How many devices were delivered, how many of them on the day on which they came."""
	order, delivery = frappe.qb.DocType(sources.ORDER), frappe.qb.DocType(sources.DELIVERY)
	same_day = count_if(Date(delivery.delivered_at) == Date(order.creation))
	return Part(
		sources.delivered(),
		(
			Figure("deliveries", _("Deliveries to Customers"), Count(delivery.name)),
			Figure("same_day", _("On the Same Day"), same_day),
		),
	)


def same_day_rate() -> Derived:
	"""The part of the deliveries on the day on which the device came."""
	return Derived(
		"same_day_rate",
		_("Same-day Rate"),
		lambda row: share(row.same_day, row.deliveries),
		("same_day", "deliveries"),
	)


def punctuality() -> Part:
	"""How many completed orders had a promised time, and how many were ready by then."""
	order = frappe.qb.DocType(sources.ORDER)
	promised = order.promised_at.isnotnull()
	return Part(
		sources.completed(),
		(
			Figure("promised", _("With a Promised Time"), count_if(promised), hidden=True),
			Figure(
				"in_time",
				_("In Time"),
				count_if(promised & (order.completed_at <= order.promised_at)),
				hidden=True,
			),
		),
	)


def in_time_rate() -> Derived:
	"""The part of the orders that were ready when they were promised."""
	return Derived(
		"in_time_rate",
		_("Ready in Time"),
		lambda row: share(row.in_time, row.promised),
		("in_time", "promised"),
	)


def hours() -> Part:
	"""Hours at work."""
	entry = frappe.qb.DocType(sources.HOURS)
	return Part(sources.worked(), (Figure("hours", _("Hours at Work"), Sum(entry.hours), "Float"),))


def sold_hours() -> Part:
	"""Standard hours of the work on completed orders, and what it cost."""
	item = frappe.qb.DocType(sources.ITEM)
	return Part(
		sources.work_lines(),
		(
			Figure("lines", _("Lines of Work"), Count(item.name)),
			Figure("standard_hours", _("Standard Hours"), Sum(item.qty * item.standard_hours), "Float"),
			Figure("work_amount", _("Work Fee"), Sum(item.amount), "Currency"),
		),
	)


def efficiency() -> Derived:
	"""Standard hours in percent of the hours at work."""
	return Derived(
		"efficiency",
		_("Efficiency"),
		lambda row: share(row.standard_hours, row.hours),
		("standard_hours", "hours"),
	)


def inspections() -> Part:
	"""Completion inspections, and those that found a defect."""
	entry = frappe.qb.DocType(sources.INSPECTION)
	return Part(
		sources.inspected(),
		(
			Figure("inspections", _("Inspections"), Count(entry.name)),
			Figure("rework", _("Rework"), count_if(entry.result == "Rework")),
		),
	)


def rework_rate() -> Derived:
	"""The part of the inspections that found a defect."""
	return Derived(
		"rework_rate",
		_("Rework Rate"),
		lambda row: share(row.rework, row.inspections),
		("rework", "inspections"),
	)


def tracking() -> Part:
	"""Customers who were asked after the repair, and what they said."""
	call = frappe.qb.DocType(sources.FOLLOW_UP)
	return Part(
		sources.tracked(),
		(
			Figure("tracked", _("Followed Up"), Count(call.name)),
			Figure("answered", _("Said How Satisfied"), count_if(call.satisfied != "")),
			Figure("satisfied", _("Satisfied"), count_if(call.satisfied.isin(SATISFIED))),
			Figure("dissatisfied", _("Dissatisfied"), count_if(call.satisfied.isin(DISSATISFIED))),
		),
	)


def satisfied_rate() -> Derived:
	"""The part of those satisfied among all who said it."""
	return Derived(
		"satisfied_rate",
		_("Satisfied Rate"),
		lambda row: share(row.satisfied, row.answered),
		("satisfied", "answered"),
	)


def part_costs() -> Part:
	"""What the parts cost that orders used up."""
	entry = frappe.qb.DocType(sources.LEDGER)
	return Part(
		sources.parts_used(),
		(Figure("part_costs", _("Cost of Parts"), Sum(0 - entry.value_change), "Currency"),),
	)
