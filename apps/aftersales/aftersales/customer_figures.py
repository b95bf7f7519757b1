"""What customers bought, had serviced, complained about and were asked: figures by customer for several reports, by one
statement (Q25, Q28).

Each source is a list with the rights of whoever asks; what somebody may not read at all is left out.
"""

from dataclasses import dataclass, field
from functools import cached_property

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import flt
from pypika import Case, Order
from pypika.functions import Coalesce
from pypika.terms import Term

from aftersales.utils.report import chosen, column, within
from aftersales.utils.report_query import Readable, may_read, run

CUSTOMER = "Service Customer"
DONE = ("Completed", "Followed Up", "Audited")
# Fields of the customer that rows can stand for.
GROUPS = {
	"Customer": "name",
	"Region": "region",
	"Customer Group": "customer_group",
	"VIP Level": "vip_level",
	"Account Owner": "account_owner",
}
LINKS = {
	"Customer": CUSTOMER,
	"Region": "Service Region",
	"Customer Group": "Service Customer Group",
	"VIP Level": "VIP Level",
	"Account Owner": "User",
}
OF_CUSTOMER = ("name", "customer_name", "phone", "region", "customer_group", "vip_level", "account_owner")
# Filters by which customers are chosen, by a value or by a place in a tree with all below.
BY_VALUE, BY_TREE = ("vip_level", "account_owner", "dealer"), ("region", "customer_group")
OPERATORS = {">=": "__ge__", "=": "__eq__", "<=": "__le__"}


@dataclass(frozen=True)
class Source:
	"""Documents that are counted by customer."""

	doctype: str
	date: str
	fields: dict[str, str]
	filters: tuple = ()


SOURCES = {
	"sales": Source(
		"Sale Record",
		"sale_date",
		{
			"sales_total": "sum(total)",
			"sales_received": "sum(received)",
			"sales_outstanding": "sum(outstanding)",
			"sales": "count(name)",
			"last_sale": "max(sale_date)",
		},
		(["docstatus", "=", 1], ["status", "!=", "Returned"]),
	),
	"services": Source(
		"Service Order",
		"completed_at",
		{
			"parts_fee": "sum(parts_fee)",
			"service_fee": "sum(service_fee)",
			"transport_fee": "sum(transport_fee)",
			"total_fee": "sum(total_fee)",
			"services": "count(name)",
			"customer_pays": "sum(customer_pays)",
			"last_service": "max(completed_at)",
		},
		(["stage", "in", DONE],),
	),
	"complaints": Source(
		"Customer Complaint",
		"received_on",
		{"complaints": "count(name)"},
		(["kind", "in", ("Complaint", "Suggestion")],),
	),
	"follow_ups": Source(
		"Follow-up",
		"followed_up_on",
		{"follow_ups": "count(name)", "last_follow_up": "max(followed_up_on)"},
		(["stage", "=", "Done"],),
	),
	"satisfied": Source(
		"Follow-up",
		"followed_up_on",
		{"satisfied": "count(name)"},
		(["satisfied", "in", ("Very Satisfied", "Satisfied")],),
	),
	"answered": Source(
		"Follow-up",
		"followed_up_on",
		{"answered": "count(name)"},
		(["satisfied", "is", "set"],),
	),
	"tickets": Source(
		"Service Ticket",
		"creation_date",
		{"tickets": "count(name)", "last_ticket": "max(creation_date)"},
	),
}
# The eleven of S7.38, in its order, and what other reports show.
ELEVEN = (
	"sales_total",
	"sales_received",
	"sales_outstanding",
	"sales",
	"parts_fee",
	"service_fee",
	"transport_fee",
	"total_fee",
	"services",
	"complaints",
	"follow_ups",
)
COUNTS = {"sales", "services", "complaints", "follow_ups", "satisfied", "answered", "tickets"}
SOURCE_OF = {measure: name for name, source in SOURCES.items() for measure in source.fields}


class CustomerFiguresError(frappe.ValidationError):
	"""The filters cannot be counted by."""


def labels() -> dict[str, str]:
	"""Return what people call the measures."""
	return {
		"sales_total": _("Purchases Receivable"),
		"sales_received": _("Purchases Received"),
		"sales_outstanding": _("Purchases Unreceived"),
		"sales": _("Purchases"),
		"parts_fee": _("Parts Fee"),
		"service_fee": _("Service Fee"),
		"transport_fee": _("Transport Fee"),
		"total_fee": _("Total Service Amount"),
		"services": _("Services"),
		"complaints": _("Complaints and Suggestions"),
		"follow_ups": _("Follow-ups"),
		"customer_pays": _("Paid Service"),
		"satisfied": _("Satisfied"),
		"answered": _("Asked for Satisfaction"),
		"tickets": _("Tickets"),
	}


@dataclass
class Figures:
	"""A query over customers and measures of a period, to be narrowed and run."""

	measures: tuple[str, ...]
	filters: dict = field(default_factory=dict)
	start: object = None
	end: object = None

	@property
	def of_all(self) -> bool:
		"""Whether no filter narrows the customers."""
		return not any(self.filters.get(name) for name in (*BY_VALUE, *BY_TREE))

	@cached_property
	def customers(self) -> Readable:
		"""The customers that the filters name."""
		conditions = [
			["personal_data_deleted_on", "is", "not set"],
			*chosen(self.filters, *BY_VALUE, trees=BY_TREE),
		]
		return Readable("customers", CUSTOMER, list(OF_CUSTOMER), conditions)

	@cached_property
	def sources(self) -> dict[str, Readable]:
		"""The lists that the measures are counted in, as far as the user may read them."""
		wanted = dict.fromkeys(SOURCE_OF[measure] for measure in self.measures)
		return {name: self._source(name) for name in wanted if may_read(SOURCES[name].doctype)}

	def _source(self, name: str) -> Readable:
		source = SOURCES[name]
		period = within(source.date, self.start, self.end) if self.start and self.end else []
		# Only what is asked for: a last day is in an index, sums of money are not.
		fields = [f"{value} as {key}" for key, value in source.fields.items() if key in self.measures]
		conditions = [["customer", "is", "set"], *source.filters, *period]
		return Readable(name, source.doctype, ["customer", *fields], [*map(list, conditions)], "customer")

	@property
	def readable(self) -> tuple[str, ...]:
		"""The measures that the user may see."""
		return tuple(measure for measure in self.measures if SOURCE_OF[measure] in self.sources)

	def value(self, measure: str) -> Term:
		"""Return a measure of one customer; 0 where nothing was."""
		return Coalesce(getattr(self.sources[SOURCE_OF[measure]], measure), 0)

	def joined(self):
		"""Return the query without columns."""
		query = frappe.qb.from_(self.customers)
		for source in self.sources.values():
			query = query.left_join(source).on(source.customer == self.customers.name)
		return query

	def of_customers(self):
		"""Return the query with one row per customer."""
		return self.joined().select(
			*(getattr(self.customers, name) for name in OF_CUSTOMER),
			*(self.value(measure).as_(measure) for measure in self.readable),
		)

	def grouped(self, group: str):
		"""Return the query with one row per region, level and so on (see `GROUPS`), and the number of its customers."""
		by = getattr(self.customers, GROUPS[group])
		one = Case().when(self.customers.name.isnotnull(), 1).else_(0)
		return (
			self.joined()
			.select(
				by.as_("value"),
				Sum(one).as_("customers"),
				*(Sum(self.value(measure)).as_(measure) for measure in self.readable),
			)
			.groupby(by)
		)

	def having(self, query, measure: str, operator: str, number: float):
		"""Return the query narrowed to customers of whom a measure fits.

		:raises CustomerFiguresError: measure or operator is unknown.
		:raises frappe.PermissionError: the user may not see that measure.
		"""
		if measure not in self.measures or operator not in OPERATORS:
			frappe.throw(_("Choose a measure and one of ≥, = and ≤."), CustomerFiguresError)
		if measure not in self.readable:
			doctype = SOURCES[SOURCE_OF[measure]].doctype
			frappe.throw(_("You have no permission for this {0}.").format(_(doctype)), frappe.PermissionError)
		return query.where(getattr(self.value(measure), OPERATORS[operator])(flt(number)))

	def columns(self) -> list[dict]:
		"""Return the columns of the measures."""
		names = labels()
		return [
			column(measure, names[measure], "Int" if measure in COUNTS else "Currency", 120)
			for measure in self.readable
		]


def customer_columns() -> list[dict]:
	"""Return the columns that say who a row is about."""
	return [
		column("name", _("Customer"), "Link", 120, options=CUSTOMER),
		column("customer_name", _("Customer Name"), "Data", 150),
		column("phone", _("Phone"), "Data", 120),
		column("region", _("Region"), "Link", 110, options="Service Region"),
		column("vip_level", _("VIP Level"), "Link", 110, options="VIP Level"),
	]


def largest(query, measure: Term, most: int) -> list[dict]:
	"""Return the rows of a query with the greatest values first, one more than `most` where there are more."""
	return run(query.orderby(measure, order=Order.desc).limit(most + 1))
