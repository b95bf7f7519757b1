"""The monthly reports of an outlet on visits, turnover and people (Q38, S18.33)."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Date, Sum
from frappe.utils import flt
from pypika import Case

from aftersales.field_service.dms import daily, figures, sources
from aftersales.field_service.dms.shapes import Derived, Figure, Indicator, Indicators, Listing, Part, Table
from aftersales.field_service.dms.source import count_if
from aftersales.utils.report import average, column, share


def dealer_month() -> Table:
	"""店月报表: everything of each outlet on one line."""
	return Table(
		("outlet",),
		(
			figures.visits(),
			figures.turnover(),
			figures.deliveries(),
			figures.hours(),
			figures.tracking(),
		),
		derived=(figures.same_day_rate(), figures.per_order(), figures.satisfied_rate()),
		order=(
			"visits",
			"orders",
			"deliveries",
			"same_day_rate",
			"hours",
			"service_fee",
			"parts_fee",
			"way_fee",
			"other_fee",
			"total_fee",
			"customer_pays",
			"per_order",
			"tracked",
			"satisfied_rate",
		),
		sort="total_fee",
		chart=("service_fee", "parts_fee", "way_fee", "other_fee"),
		stacked=True,
	)


def service_business() -> Table:
	"""业务统计表: how many orders of each kind and type came, were cancelled and completed."""
	order = frappe.qb.DocType(sources.ORDER)
	return Table(
		("order_kind", "service_type"),
		(
			figures.visits(),
			Part(sources.cancelled(), (Figure("cancelled", _("Cancelled"), Count(order.name)),)),
			figures.turnover(with_kinds=False),
			figures.deliveries(),
		),
		derived=(figures.part_of_all("total_fee", _("Share of Turnover")), figures.per_order()),
		order=(
			"visits",
			"cancelled",
			"orders",
			"deliveries",
			"total_fee",
			"share",
			"customer_pays",
			"per_order",
		),
		sort="visits",
		chart=("visits", "orders"),
		finish=figures.fill_shares("total_fee"),
	)


def business_indicators() -> Indicators:
	"""经营指标月分析表: what matters, beside the period before and the same period a year ago."""
	money = frappe.db.get_default("currency") or ""
	return Indicators(
		(
			figures.visits(),
			figures.turnover(),
			figures.punctuality(),
			figures.deliveries(),
			figures.hours(),
			figures.sold_hours(),
			figures.inspections(),
			figures.tracking(),
		),
		(
			Indicator(_("Visits to the Outlet"), lambda sums: sums.visits),
			Indicator(_("Completed"), lambda sums: sums.orders),
			Indicator(_("Deliveries to Customers"), lambda sums: sums.deliveries, needs=("deliveries",)),
			Indicator(_("Turnover"), lambda sums: sums.total_fee, money),
			Indicator(_("Work Fee"), lambda sums: sums.service_fee, money),
			Indicator(_("Parts Fee"), lambda sums: sums.parts_fee, money),
			Indicator(_("Customers Pay"), lambda sums: sums.customer_pays, money),
			Indicator(_("Per Order"), figures.per_order().of, money),
			Indicator(_("Same-day Rate"), figures.same_day_rate().of, "%", ("deliveries",)),
			Indicator(_("Ready in Time"), figures.in_time_rate().of, "%"),
			Indicator(_("Hours at Work"), lambda sums: sums.hours, _("Hours"), ("hours",)),
			Indicator(_("Efficiency"), figures.efficiency().of, "%", ("hours", "standard_hours")),
			Indicator(_("Rework Rate"), figures.rework_rate().of, "%", ("inspections",)),
			Indicator(_("Satisfied Rate"), figures.satisfied_rate().of, "%", ("answered",)),
		),
	)


def service_profit() -> Table:
	"""服务收益月报: what outlets earned, less what the parts cost that they used; wages are not known here."""
	return Table(
		("outlet",),
		(figures.turnover(), figures.part_costs()),
		derived=(
			Derived(
				"parts_profit",
				_("Earned with Parts"),
				lambda row: flt(row.parts_fee - row.part_costs, 6),
				("parts_fee", "part_costs"),
				"Currency",
			),
			Derived(
				"profit",
				_("Earned in All"),
				lambda row: flt(row.total_fee - row.part_costs, 6),
				("total_fee", "part_costs"),
				"Currency",
			),
			Derived(
				"margin",
				_("Margin"),
				lambda row: share(row.total_fee - row.part_costs, row.total_fee),
				("total_fee", "part_costs"),
			),
		),
		order=(
			"orders",
			"service_fee",
			"parts_fee",
			"way_fee",
			"other_fee",
			"total_fee",
			"part_costs",
			"parts_profit",
			"profit",
			"margin",
		),
		sort="profit",
		chart=("total_fee", "part_costs"),
	)


def turnover_of_the_month() -> Table:
	"""营业额月报汇总: the turnover day by day."""
	return Table(
		("day",),
		(figures.turnover(),),
		derived=(figures.others_pay(), figures.per_order()),
		chart=("total_fee", "customer_pays"),
		complete=True,
	)


def management_items() -> Table:
	"""管理项目统计报表: how well outlets work, each figure as a rate."""
	return Table(
		("outlet",),
		(
			figures.turnover(with_kinds=False),
			figures.punctuality(),
			figures.deliveries(),
			figures.hours(),
			figures.sold_hours(),
			figures.inspections(),
			figures.tracking(),
		),
		derived=(
			figures.per_order(),
			figures.same_day_rate(),
			figures.in_time_rate(),
			figures.efficiency(),
			figures.rework_rate(),
			Derived(
				"tracked_rate",
				_("Followed Up Rate"),
				lambda row: share(row.tracked, row.orders),
				("tracked", "orders"),
			),
			figures.satisfied_rate(),
		),
		order=(
			"orders",
			"total_fee",
			"per_order",
			"same_day_rate",
			"in_time_rate",
			"efficiency",
			"rework_rate",
			"tracked_rate",
			"satisfied_rate",
		),
		sort="total_fee",
		chart=("same_day_rate", "in_time_rate", "satisfied_rate"),
	)


def front_desk() -> Table:
	"""前台业绩报表: what each outlet's front desk took in, gave back, brought in and collected."""
	payment = frappe.qb.DocType(sources.PAYMENT)
	collected = Part(sources.paid(), (Figure("collected", _("Collected"), Sum(payment.amount), "Currency"),))
	return Table(
		("outlet",),
		(figures.visits(), figures.deliveries(), figures.turnover(with_kinds=False), collected),
		derived=(figures.per_order(),),
		order=("visits", "deliveries", "orders", "total_fee", "customer_pays", "collected", "per_order"),
		sort="visits",
		chart=("customer_pays", "collected"),
	)


def technician_performance() -> Table:
	"""维修人员业绩报表: hours, work and turnover of each technician."""
	order = frappe.qb.DocType(sources.ORDER)
	led = Part(
		sources.completed(),
		(
			Figure("orders", _("Completed as Main Technician"), Count(order.name)),
			Figure("total_fee", _("Turnover of These"), Sum(order.total_fee), "Currency"),
		),
	)
	return Table(
		("technician",),
		(led, figures.sold_hours(), figures.hours(), figures.inspections()),
		derived=(figures.efficiency(), figures.rework_rate()),
		order=(
			"orders",
			"total_fee",
			"lines",
			"work_amount",
			"standard_hours",
			"hours",
			"efficiency",
			"inspections",
			"rework",
			"rework_rate",
		),
		sort="work_amount",
		chart=("standard_hours", "hours"),
	)


def same_day_delivery() -> Table:
	"""当日交车率统计月报表: day by day how many devices went home on the day on which they came."""
	return Table(
		("day",),
		(figures.deliveries(), figures.visits()),
		derived=(figures.same_day_rate(),),
		order=("visits", "deliveries", "same_day", "same_day_rate"),
		chart=("deliveries", "same_day"),
		complete=True,
	)


def deliveries_analysis() -> Table:
	"""交车台次分析: how many days devices stayed, and what their repairs cost."""
	order, delivery = frappe.qb.DocType(sources.ORDER), frappe.qb.DocType(sources.DELIVERY)
	days = figures.days_between(delivery.delivered_at, order.creation)
	late = order.promised_at.isnotnull() & (delivery.delivered_at > order.promised_at)
	names = (_("Same Day"), _("1 Day"), _("2 to 3 Days"), _("4 to 7 Days"), _("More Than 7 Days"))
	bands = Case().when(days <= 0, 0).when(days <= 1, 1).when(days <= 3, 2).when(days <= 7, 3).else_(4)

	def name_bands(rows: list[dict]) -> None:
		figures.fill_shares("deliveries")(rows)
		for row in rows:
			row.days_taken = names[int(row.days_taken or 0)]

	return Table(
		("days_taken",),
		(
			Part(
				sources.delivered().showing(days_taken=bands),
				(
					Figure("deliveries", _("Deliveries to Customers"), Count(delivery.name)),
					Figure("late", _("Later Than Promised"), count_if(late)),
					Figure("total_fee", _("Total Fee"), Sum(order.total_fee), "Currency"),
				),
			),
		),
		derived=(
			figures.part_of_all("deliveries", _("Share of All")),
			Derived(
				"average_fee",
				_("Per Delivery"),
				lambda row: average(row.total_fee, row.deliveries, 2),
				("total_fee",),
				"Currency",
			),
		),
		order=("deliveries", "share", "late", "total_fee", "average_fee"),
		chart=("deliveries", "late"),
		finish=name_bands,
	)


def deliveries_by_repair_kind() -> Listing:
	"""修理种类交车明细月报: the deliveries, those of one type of service together."""
	order, delivery = frappe.qb.DocType(sources.ORDER), frappe.qb.DocType(sources.DELIVERY)
	return Listing(
		sources.delivered().showing(
			**daily.order_terms(),
			name=delivery.name,
			received=order.creation,
			**sources.of(sources.DELIVERY, "delivered_at"),
			**sources.of(sources.ORDER, "service_fee", "parts_fee", "total_fee", "customer_pays"),
		),
		[
			column("service_type", _("Service Type"), "Link", 120, options="Service Type"),
			column("delivered_at", _("Delivered at"), "Datetime", 165),
			column("name", _("Order Delivery"), "Link", 130, options="Order Delivery"),
			*daily.order_columns(),
			column("received", _("Came In"), "Datetime", 165),
			column("service_fee", _("Work Fee"), "Currency", 105),
			column("parts_fee", _("Parts Fee"), "Currency", 105),
			column("total_fee", _("Total Fee"), "Currency", 110),
			column("customer_pays", _("Customer Pays"), "Currency", 110),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("service_type", "delivered_at", "name"),
	)


def visits_and_amounts() -> Table:
	"""车辆来厂台次及金额分析表: how often each device came and what it brought in."""
	order = frappe.qb.DocType(sources.ORDER)
	first = Figure("days_came", _("Days on Which It Came"), Count(Date(order.creation)).distinct())
	came = figures.visits()
	known = order.device.isnotnull()
	spent = figures.turnover()
	return Table(
		("device",),
		(
			Part(came.source.only(known), (*came.figures, first)),
			Part(spent.source.only(known), spent.figures),
		),
		derived=(figures.per_order(),),
		order=(
			"visits",
			"days_came",
			"orders",
			"service_fee",
			"parts_fee",
			"total_fee",
			"customer_pays",
			"per_order",
		),
		sort="total_fee",
		chart=("service_fee", "parts_fee"),
		stacked=True,
	)
