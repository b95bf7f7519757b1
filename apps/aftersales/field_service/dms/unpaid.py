"""The monthly reports of an outlet on what customers still owe for service (Q38, S18.33)."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Max, Sum
from frappe.utils import getdate, today

from aftersales.field_service.dms import daily, figures, sources
from aftersales.field_service.dms.shapes import Figure, Listing, Part, Table
from aftersales.field_service.dms.source import sum_if
from aftersales.utils.report import column


def unpaid_customers() -> Table:
	"""未付款客户统计表: what each customer owes for service, and since when."""
	owed = frappe.qb.DocType(sources.RECEIVABLE)
	overdue = owed.due_date < getdate(today())
	return Table(
		("customer",),
		(
			Part(
				sources.unpaid(),
				(
					Figure("unpaid", _("Unpaid"), Count(owed.name)),
					Figure("amount", _("Amount"), Sum(owed.amount), "Currency"),
					Figure("received", _("Received Amount"), Sum(owed.received), "Currency"),
					Figure("outstanding", _("Outstanding"), Sum(owed.outstanding), "Currency"),
					Figure("overdue", _("Of It Overdue"), sum_if(overdue, owed.outstanding), "Currency"),
					Figure(
						"oldest_days",
						_("Days Since the Oldest"),
						Max(figures.days_between(getdate(today()), owed.posting_date)),
						"Int",
					),
				),
			),
		),
		sort="outstanding",
		chart=("outstanding", "overdue"),
		without_total=("oldest_days",),
	)


def unpaid_devices() -> Listing:
	"""未付款车辆明细表: each repaired device that was not paid for."""
	owed, order = frappe.qb.DocType(sources.RECEIVABLE), frappe.qb.DocType(sources.ORDER)
	source = sources.unpaid().only(order.name.isnotnull())
	return Listing(
		source.showing(
			**daily.order_terms(),
			receivable=owed.name,
			days=figures.days_between(getdate(today()), owed.posting_date),
			**sources.of(sources.RECEIVABLE, "posting_date", "due_date", "amount", "received", "outstanding"),
		),
		[
			column("posting_date", _("Date"), "Date", 105),
			column("receivable", _("Service Receivable"), "Link", 140, options="Service Receivable"),
			*daily.order_columns(),
			column("amount", _("Amount"), "Currency", 110),
			column("received", _("Received Amount"), "Currency", 110),
			column("outstanding", _("Outstanding"), "Currency", 110),
			column("due_date", _("Due Date"), "Date", 105),
			column("days", _("Days"), "Int", 80, disable_total=1),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("-outstanding", "receivable"),
	)
