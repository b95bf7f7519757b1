"""The monthly reports of an outlet on devices that stayed away, and on what customers said (Q38, S18.16, S18.33)."""

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Max, NullIf
from frappe.utils import add_days, add_months, cint, getdate, today
from pypika import Case
from pypika.queries import Selectable

from aftersales.field_service.dms import daily, figures, sources
from aftersales.field_service.dms.shapes import AsOf, Derived, Figure, Listing, Part, Table
from aftersales.field_service.dms.source import Source, count_if
from aftersales.utils.report import column, share

# Months since the last visit, up to which a band goes.
MONTHS = (3, 6, 12, 24)


def last_visit_statistics() -> AsOf:
	"""最后来店统计表: how many devices last came how long ago, seen from the last day."""
	return AsOf(by_last_visit)


def last_visit_list() -> AsOf:
	"""最后来店情况清单: the devices that came once, those away for longest first."""
	return AsOf(away_for_long)


def by_last_visit(span: tuple, filters: dict) -> Table:
	"""Return the numbers of devices in bands of months since their last visit."""
	seen = last_visits(span[1], filters)
	bands = Case()
	for band, months in enumerate(MONTHS):
		bands = bands.when(seen.last_visit >= getdate(add_months(span[1], -months)), band)
	device = frappe.qb.DocType(sources.DEVICE)

	def name_bands(rows: list[dict]) -> None:
		figures.fill_shares("devices")(rows)
		for row in rows:
			row.last_seen = band_name(cint(row.last_seen))

	return Table(
		("last_seen",),
		(
			Part(
				devices_seen(seen).showing(last_seen=bands.else_(len(MONTHS))),
				(
					Figure("devices", _("Devices"), Count(device.name)),
					Figure("warranty", _("In Warranty"), count_if(device.warranty_state == "In Warranty")),
				),
			),
		),
		derived=(figures.part_of_all("devices", _("Share of All")),),
		chart=("devices",),
		finish=name_bands,
	)


def band_name(band: int) -> str:
	"""Return how a band of `MONTHS` is called."""
	if band == 0:
		return _("Less Than {0} Months Ago").format(MONTHS[0])
	if band == len(MONTHS):
		return _("More Than {0} Months Ago").format(MONTHS[-1])
	return _("{0} to {1} Months Ago").format(MONTHS[band - 1], MONTHS[band])


def away_for_long(span: tuple, filters: dict) -> Listing:
	"""Return the list of devices with their last visit; `months` of the filters leaves out those that came since."""
	seen, device = last_visits(span[1], filters), frappe.qb.DocType(sources.DEVICE)
	months = cint(*(filters.get("months") or [0]))
	since = getdate(add_days(add_months(span[1], -months), 1))
	shown = ("serial_no", "product_name", "customer_name", "warranty_end", "abc_class", "discount_level")
	return Listing(
		devices_seen(seen)
		.only(seen.last_visit < since)
		.showing(
			name=device.name,
			last_visit=seen.last_visit,
			days=figures.days_between(getdate(span[1]), seen.last_visit),
			visits=seen.visits,
			**sources.of(sources.DEVICE, *shown),
		),
		[
			column("last_visit", _("Last Visit to the Outlet"), "Datetime", 165),
			column("days", _("Days Ago"), "Int", 90, disable_total=1),
			column("name", _("Customer Device"), "Link", 130, options="Customer Device"),
			column("serial_no", _("Serial No."), width=130),
			column("product_name", _("Product Name"), width=150),
			column("customer", _("Customer"), "Link", 120, options="Service Customer"),
			column("customer_name", _("Customer Name"), width=140),
			column("visits", _("Visits to the Outlet"), "Int", 80),
			column("warranty_end", _("Warranty End"), "Date", 110),
			column("abc_class", _("ABC Class"), width=80),
			column("discount_level", _("Discount Level"), "Link", 110, options="Discount Level"),
		],
		("last_visit", "name"),
	)


def last_visits(until, filters: dict) -> Selectable:
	"""Return the statement of each device's visits to outlets that the user may know of.

	:param until: last day that counts.
	:param filters: `outlet` and `order_kind` are those of the visits.
	"""
	order = frappe.qb.DocType(sources.ORDER)
	of_visits = {name: filters.get(name) for name in ("outlet", "order_kind")}
	visits = sources.received().only(order.device.isnotnull()).statement((None, until), of_visits)
	return (
		visits.select(order.device, Max(order.creation).as_("last_visit"), Count(order.name).as_("visits"))
		.groupby(order.device)
		.as_("seen")
	)


def devices_seen(seen: Selectable) -> Source:
	"""Return the devices in use that came at least once."""
	device = frappe.qb.DocType(sources.DEVICE)
	fields = ("customer", "product", "product_category", "abc_class")
	return Source(
		sources.DEVICE,
		sources.of(sources.DEVICE, *fields),
		left=((seen, seen.device == device.name),),
		where=(device.stage == "Active", seen.device.isnotnull()),
	)


def tracking_results() -> Table:
	"""用户跟踪结果统计分析: what customers said after the repair, by outlet."""
	call = frappe.qb.DocType(sources.FOLLOW_UP)

	def said(name: str, label: str, value: str) -> Figure:
		return Figure(name, label, count_if(call.satisfied == value))

	answers = (
		Figure("tracked", _("Followed Up"), Count(call.name)),
		Figure("not_real", _("No Visit Says the Customer"), count_if(call.customer_real == "No")),
		said("very_satisfied", _("Very Satisfied"), "Very Satisfied"),
		said("content", _("Satisfied"), "Satisfied"),
		said("neutral", _("Neutral"), "Neutral"),
		said("unhappy", _("Dissatisfied"), "Dissatisfied"),
		said("very_unhappy", _("Very Dissatisfied"), "Very Dissatisfied"),
		Figure("answered", "", count_if(call.satisfied != ""), hidden=True),
		Figure("satisfied", "", count_if(call.satisfied.isin(figures.SATISFIED)), hidden=True),
		Figure("complaints", _("Became a Complaint"), count_if(Coalesce(call.complaint, "") != "")),
	)
	return Table(
		("outlet",),
		(Part(sources.tracked(), answers), figures.turnover(with_kinds=False)),
		derived=(
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
			"tracked",
			"tracked_rate",
			"not_real",
			"very_satisfied",
			"content",
			"neutral",
			"unhappy",
			"very_unhappy",
			"satisfied_rate",
			"complaints",
		),
		sort="tracked",
		chart=("very_satisfied", "content", "neutral", "unhappy", "very_unhappy"),
		stacked=True,
	)


def opinions() -> Listing:
	"""用户意见处理表: each opinion and dissatisfaction after a repair, with what was done about it."""
	call = frappe.qb.DocType(sources.FOLLOW_UP)
	told = (
		(Coalesce(call.opinion, "") != "")
		| (Coalesce(call.remaining_problem, "") != "")
		| call.satisfied.isin(figures.DISSATISFIED)
	)
	shown = (
		"followed_up_on",
		"satisfied",
		"opinion",
		"remaining_problem",
		"dissatisfaction_handling",
		"complaint",
		"feedback",
	)
	return Listing(
		sources.tracked()
		.only(told)
		.showing(
			**daily.order_terms(),
			name=call.name,
			asked_by=call.followed_up_by,
			**sources.of(sources.FOLLOW_UP, *shown),
		),
		[
			column("followed_up_on", _("Followed up on"), "Datetime", 165),
			column("name", _("Follow-up"), "Link", 130, options="Follow-up"),
			*daily.order_columns(),
			column("satisfied", _("Satisfaction"), width=110),
			column("opinion", _("Customer Opinion"), "Link", 130, options="Customer Opinion"),
			column("remaining_problem", _("Remaining Problem"), width=180),
			column("dissatisfaction_handling", _("Handling of Dissatisfaction"), width=180),
			column("feedback", _("Feedback"), width=160),
			column("complaint", _("Customer Complaint"), "Link", 130, options="Customer Complaint"),
			column("asked_by", _("Followed up by"), width=120),
			column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		],
		("followed_up_on", "name"),
		translated=("satisfied",),
		users=("asked_by",),
	)


def quality_and_opinions() -> Table:
	"""维修质量及跟踪意见处理汇总: by outlet what inspections found, what customers said, and how much of it was handled."""
	call = frappe.qb.DocType(sources.FOLLOW_UP)
	unhappy = call.satisfied.isin(figures.DISSATISFIED)
	done = (Coalesce(call.dissatisfaction_handling, "") != "") | (Coalesce(call.complaint, "") != "")
	said = Part(
		sources.tracked(),
		(
			Figure("tracked", _("Followed Up"), Count(call.name)),
			Figure("opinions", _("Opinions"), count_if(Coalesce(call.opinion, "") != "")),
			Figure("dissatisfied", _("Dissatisfied"), count_if(unhappy)),
			Figure("handled", _("Of Them Handled"), count_if(unhappy & done)),
			Figure("complaints", _("Became a Complaint"), count_if(Coalesce(call.complaint, "") != "")),
		),
	)
	return Table(
		("outlet",),
		(figures.turnover(with_kinds=False), figures.inspections(), said),
		derived=(
			figures.rework_rate(),
			Derived(
				"handled_rate",
				_("Handled Rate"),
				lambda row: share(row.handled, row.dissatisfied),
				("handled", "dissatisfied"),
			),
		),
		order=(
			"orders",
			"inspections",
			"rework",
			"rework_rate",
			"tracked",
			"opinions",
			"dissatisfied",
			"handled",
			"handled_rate",
			"complaints",
		),
		sort="orders",
		chart=("rework", "dissatisfied", "handled"),
	)


def missed_maintenance() -> Table:
	"""定期保养未来店原因分析: periodic maintenance that was skipped, with the reason, or that nobody came for."""
	visit = frappe.qb.DocType(sources.VISIT)
	overdue = visit.stage.isin(("Planned", "Released")) & (visit.due_date < getdate(today()))
	reason = NullIf(visit.skip_reason, "")
	source = sources.maintenance_due().only(
		visit.visit_kind == "Periodic", (visit.stage == "Skipped") | overdue
	)
	return Table(
		("missed",),
		(
			Part(
				source.showing(missed=Case().when(visit.stage == "Skipped", reason).else_("Did Not Come")),
				(
					Figure("missed_visits", _("Missed Visits"), Count(visit.name)),
					Figure("customers", _("Customers"), Count(visit.customer).distinct()),
				),
			),
		),
		derived=(figures.part_of_all("missed_visits", _("Share of All")),),
		sort="missed_visits",
		chart=("missed_visits",),
		finish=figures.fill_shares("missed_visits"),
		without_total=("customers",),
	)
