"""The indicators of the customer service report (S2.46): what is counted as a case, and of how many.

Each counts by itself for a period and returns (cases, base) by product, part, department or region. Cases are divided by the base;
what has no base has no rate.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from aftersales.utils.report import chosen, within
from aftersales.utils.report_query import Readable, run, sums

COMPLAINT, CUSTOMER, DEVICE, ORDER, PART = (
	"Customer Complaint",
	"Service Customer",
	"Customer Device",
	"Service Order",
	"Service Order Part",
)
FOLLOW_UP, DEPARTMENT = "Follow-up", "Service Department"
SATISFIED = ("Very Satisfied", "Satisfied")
# Devices that customers use.
IN_THE_FIELD = ("Active", "To Be Checked", "Stopped")
DONE = ("Completed", "Followed Up", "Audited")
Counted = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Indicator:
	"""A rate by product, part, department or region."""

	of: str
	link: str | None
	count: Callable[[dict, object, object], Counted]
	labels: Callable[[], tuple[str, str, str]]
	explanation: Callable[[], str]
	# Whether the bases of the rows make a whole.
	adds_up: bool


def complaints_of_products(filters: dict, start, end) -> Counted:
	"""Return complaints and devices in the field by product."""
	cases = _complaints(filters, start, end, "product", [["product", "is", "set"]])
	bases = devices(filters, end)
	if filters.get("product_category"):
		cases = {product: number for product, number in cases.items() if product in _products(filters)}
	return {product: (cases.get(product, 0), bases.get(product, 0)) for product in {*cases, *bases}}


def devices(filters: dict, end) -> dict[str, int]:
	"""Return how many devices of each product were in the field at the end of a period."""
	rows = sums(
		DEVICE,
		["product", "count(name) as number"],
		[
			["stage", "in", IN_THE_FIELD],
			["product", "is", "set"],
			*within("creation", "1900-01-01", end)[1:],
			*chosen(filters, trees=("region", "product_category")),
		],
		"product",
	)
	return {row.product: row.number for row in rows}


def _products(filters: dict) -> set[str]:
	return set(
		frappe.get_list(
			"Product", chosen(filters, trees=("product_category",)), pluck="name", limit_page_length=0
		)
	)


def _complaints(filters: dict, start, end, field: str, more: list) -> dict[str, int]:
	"""Return complaints of a period by a field; their region is that of the customer."""
	conditions = [["kind", "=", "Complaint"], *more, *within("received_on", start, end)]
	if not filters.get("region"):
		rows = sums(COMPLAINT, [f"{field} as value", "count(name) as number"], conditions, field)
		return {row.value: row.number for row in rows}
	cases = Readable("cases", COMPLAINT, ["name", "customer", f"{field} as value"], conditions)
	customers = Readable("customers", CUSTOMER, ["name"], chosen(filters, trees=("region",)))
	query = (
		frappe.qb.from_(cases)
		.inner_join(customers)
		.on(customers.name == cases.customer)
		.select(cases.value, Count(cases.name).as_("number"))
		.groupby(cases.value)
	)
	return {row.value: row.number for row in run(query)}


def failures_of_components(filters: dict, start, end) -> Counted:
	"""Return in how many repairs each part was replaced, and how many devices of products with that part there are."""
	rows = frappe.get_list(
		ORDER,
		filters=[
			[ORDER, "stage", "in", DONE],
			*within("completed_at", start, end, doctype=ORDER),
			[PART, "spare_part", "is", "set"],
			*([ORDER, *condition] for condition in chosen(filters, trees=("region", "product_category"))),
		],
		fields=[
			f"`tab{PART}`.`spare_part` as part",
			f"count(distinct `tab{ORDER}`.`name`) as number",
		],
		group_by=f"`tab{PART}`.`spare_part`",
		order_by=None,
		limit_page_length=0,
		ignore_ifnull=True,
	)
	cases = {row.part: row.number for row in rows}
	known, products = devices(filters, end), defaultdict(set)
	for part, product in frappe.get_all(
		"Part Product", {"parent": ["in", list(cases) or [""]]}, ["parent", "product"], as_list=True
	):
		products[part].add(product)
	return {
		# A part that names no product is in all of them.
		part: (number, sum(known.get(product, 0) for product in products.get(part, known)))
		for part, number in cases.items()
	}


def complaints_against_departments(filters: dict, start, end) -> Counted:
	"""Return complaints against each department, and all complaints of the period."""
	against = _complaints(
		filters, start, end, "target", [["target_doctype", "=", DEPARTMENT], ["target", "is", "set"]]
	)
	total = sum(_complaints(filters, start, end, "kind", []).values())
	return {department: (number, total) for department, number in against.items()}


def satisfaction(filters: dict, start, end) -> Counted:
	"""Return satisfied customers and those who answered, by region."""
	rows = sums(
		FOLLOW_UP,
		["region", "satisfied", "count(name) as number"],
		[
			["satisfied", "is", "set"],
			*within("followed_up_on", start, end),
			*chosen(filters, trees=("region",)),
		],
		"region, satisfied",
	)
	found = defaultdict(lambda: (0, 0))
	for row in rows:
		satisfied, answered = found[row.region or ""]
		content = row.number if row.satisfied in SATISFIED else 0
		found[row.region or ""] = (satisfied + content, answered + row.number)
	return found


INDICATORS = {
	"Complaint Rate of Products": Indicator(
		"Product",
		"Product",
		complaints_of_products,
		lambda: (_("Complaints"), _("Devices in the Field"), _("Complaints per 100 Devices")),
		lambda: _("Complaints of the period by devices in the field at its end"),
		True,
	),
	"Failure Rate of Components": Indicator(
		"Spare Part",
		"Spare Part",
		failures_of_components,
		lambda: (_("Repairs with This Part"), _("Devices with This Part"), _("Failures per 100 Devices")),
		lambda: _("Repairs that replaced the part by devices of the products it belongs to"),
		False,
	),
	"Complaints against Departments": Indicator(
		"Department",
		DEPARTMENT,
		complaints_against_departments,
		lambda: (_("Complaints"), _("All Complaints"), _("Share of All Complaints (%)")),
		lambda: _("Complaints against the department by all complaints of the period"),
		False,
	),
	"Satisfaction": Indicator(
		"Region",
		"Service Region",
		satisfaction,
		lambda: (_("Satisfied"), _("Answers"), _("Satisfied (%)")),
		lambda: _("Follow-ups with a satisfied customer by those that asked"),
		True,
	),
}
