"""The reports on discount levels and ABC classes (Q38, Q39, S18.25, S18.26, S18.34)."""

from dataclasses import replace

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Sum
from frappe.utils import flt

from aftersales.field_service import device_classes
from aftersales.field_service.dms import figures, sources
from aftersales.field_service.dms.shapes import Derived, Figure, Listing, Part, Table
from aftersales.field_service.dms.source import sum_if
from aftersales.utils.report import average, column

ABC, LEVEL = "ABC Class", "Discount Level"
# Without an enabled rule for all devices customers are sorted as usual.
USUAL = (80.0, 95.0)


def level_statistics() -> Table:
	"""车辆折扣等级统计: how many devices have each level, and what they brought in."""
	device = frappe.qb.DocType(sources.DEVICE)
	return Table(
		("discount_level",),
		(
			Part(sources.devices(), (Figure("devices", _("Devices"), Count(device.name)),)),
			with_device(figures.visits()),
			with_device(figures.turnover(with_kinds=False)),
		),
		derived=(
			figures.part_of_all("devices", _("Share of All")),
			Derived(
				"per_device",
				_("Per Device"),
				lambda row: average(row.total_fee, row.devices, 2),
				("total_fee", "devices"),
				"Currency",
			),
		),
		order=("devices", "share", "visits", "orders", "total_fee", "customer_pays", "per_device"),
		sort="devices",
		chart=("devices", "visits"),
		finish=figures.fill_shares("devices"),
	)


def with_device(part: Part) -> Part:
	"""Return figures of orders by the level of the device."""
	order, device = frappe.qb.DocType(sources.ORDER), frappe.qb.DocType(sources.DEVICE)
	source = part.source.showing(discount_level=device.discount_level).only(order.device.isnotnull())
	joined = replace(source, left=((sources.DEVICE, device.name == order.device),))
	return Part(joined, part.figures)


def level_list() -> Listing:
	"""车辆折扣等级清单: the devices with a discount level."""
	device = frappe.qb.DocType(sources.DEVICE)
	shown = ("serial_no", "product_name", "customer_name", "sale_date", "warranty_end", "maintenance_count")
	return Listing(
		sources.devices()
		.only(device.discount_level != "")
		.showing(name=device.name, **sources.of(sources.DEVICE, *shown)),
		[
			column("discount_level", _("Discount Level"), "Link", 120, options=LEVEL),
			column("name", _("Customer Device"), "Link", 130, options="Customer Device"),
			column("serial_no", _("Serial No."), width=130),
			column("product_name", _("Product Name"), width=150),
			column("customer", _("Customer"), "Link", 120, options="Service Customer"),
			column("customer_name", _("Customer Name"), width=140),
			column("abc_class", _("ABC Class"), width=90),
			column("sale_date", _("Sale Date"), "Date", 105),
			column("warranty_end", _("Warranty End"), "Date", 110),
			column("maintenance_count", _("Maintenance Count"), "Int", 110),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("discount_level", "customer_name", "name"),
	)


def level_changes() -> Table:
	"""车辆折扣等级变动统计: how many devices went from which level to which."""
	return changes(LEVEL)


def class_change_statistics() -> Table:
	"""车辆级别变动统计: how many devices went from which class to which."""
	return changes(ABC)


def changes(kind: str) -> Table:
	"""Return the table of changes of a kind, from value to value."""
	change = frappe.qb.DocType(sources.CHANGE)
	return Table(
		("old_value", "new_value"),
		(
			Part(
				sources.class_changes(kind),
				(
					Figure("changes", _("Changes"), Count(change.name)),
					Figure("devices", _("Devices"), Count(change.device).distinct()),
				),
			),
		),
		derived=(figures.part_of_all("changes", _("Share of All")),),
		sort="changes",
		chart=("changes",),
		finish=figures.fill_shares("changes"),
		without_total=("devices",),
	)


def class_change_list() -> Listing:
	"""车辆级别变动清单: each change of a class, with who or which rule made it."""
	change, device = frappe.qb.DocType(sources.CHANGE), frappe.qb.DocType(sources.DEVICE)
	source = replace(sources.class_changes(ABC), left=((sources.DEVICE, device.name == change.device),))
	return Listing(
		source.showing(
			**sources.of(sources.CHANGE, "changed_on", "device", "serial_no", "changed_by", "rule"),
			**sources.of(sources.DEVICE, "product_name", "customer", "customer_name"),
		),
		[
			column("changed_on", _("Changed On"), "Datetime", 165),
			column("device", _("Customer Device"), "Link", 130, options="Customer Device"),
			column("serial_no", _("Serial No."), width=130),
			column("product_name", _("Product Name"), width=150),
			column("customer_name", _("Customer Name"), width=140),
			column("old_value", _("Before"), width=80),
			column("new_value", _("After"), width=80),
			column("rule", _("Rule"), "Link", 140, options="Device Class Rule"),
			column("changed_by", _("Changed By"), width=120),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("-changed_on", "device"),
		users=("changed_by",),
	)


def customer_classification() -> Table:
	"""用户分类明细: customers as class A, B or C by what they brought in."""
	order = frappe.qb.DocType(sources.ORDER)
	spent = figures.turnover(with_kinds=False)
	count = Figure("devices", _("Devices"), Count(order.device).distinct())
	return Table(
		("customer",),
		(Part(spent.source.only(order.customer.isnotnull()), (*spent.figures, count)),),
		derived=(
			Derived("abc_class", _("Class"), lambda row: None, fieldtype="Data"),
			figures.part_of_all("total_fee", _("Share of Turnover")),
			figures.per_order(),
		),
		order=("abc_class", "orders", "devices", "total_fee", "share", "customer_pays", "per_order"),
		sort="total_fee",
		chart=("total_fee",),
		finish=classify_rows,
	)


def classify_rows(rows: list[dict]) -> None:
	"""Fill share and class of customers, who come with the largest turnover first."""
	figures.fill_shares("total_fee")(rows)
	rule = frappe.db.get_value(
		"Device Class Rule",
		{"enabled": 1, "product_category": ("is", "not set")},
		["a_share", "b_share"],
	)
	found = [(row.customer, row.total_fee) for row in rows if flt(row.total_fee) > 0]
	classes = device_classes.classes_by_share(found, *(rule or USUAL))
	for row in rows:
		row.abc_class = classes.get(row.customer, "C")


def dealer_costs() -> Table:
	"""特约店费用: what the services of each outlet cost the company, and how much of it is settled and paid."""
	fee = frappe.qb.DocType(sources.FEE)

	def of(name: str, label: str, kind: str) -> Figure:
		return Figure(name, label, sum_if(fee.fee_kind == kind, fee.amount), "Currency")

	settled = fee.settlement.isnotnull()
	return Table(
		("outlet",),
		(
			Part(
				sources.fees(),
				(
					Figure("orders", _("Orders"), Count(fee.service_order).distinct()),
					of("parts_fee", _("Parts Fee"), "Parts"),
					of("visit_fee", _("Visit Fee"), "Visit"),
					of("service_fee", _("Work Fee"), "Service"),
					of("transport_fee", _("Transport Fee"), "Transport"),
					of("other_fee", _("Other Charges"), "Other"),
					Figure("costs", _("Costs"), Sum(fee.amount), "Currency"),
					Figure("settled", _("Settled Amount"), sum_if(settled, fee.amount), "Currency"),
					Figure("paid", _("Paid Amount"), sum_if(fee.paid == 1, fee.amount), "Currency"),
				),
			),
		),
		derived=(
			Derived(
				"open",
				_("Not Settled"),
				lambda row: flt(row.costs - row.settled, 6),
				("costs", "settled"),
				"Currency",
			),
			Derived(
				"per_order",
				_("Per Order"),
				lambda row: average(row.costs, row.orders, 2),
				("costs",),
				"Currency",
			),
		),
		sort="costs",
		chart=("parts_fee", "visit_fee", "service_fee", "transport_fee", "other_fee"),
		stacked=True,
	)
