"""The dispatch board: technicians and their days, orders that nobody has yet, and what speaks against a plan (S2.14, S17.09, S18.08)."""

from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime, getdate

from aftersales.field_service import planning
from aftersales.field_service.moves import move
from aftersales.field_service.order_stages import TO_DO
from aftersales.field_service.planning import ORDER, Job, Person
from aftersales.field_service.technicians import MOST, TECHNICIAN, Grounds, Judge
from aftersales.utils.access import check_permission

MOST_DAYS = 14
MOST_WAITING = 100
# These are not gone out for; the workshop has a board of its own.
NOT_PLANNED = ("Pre-report", "Counter Repair", "Workshop")
URGENCIES = ("Critical", "High", "Normal", "Low")
FIELDS = [
	"name",
	"modified",
	"creation",
	"status",
	"stage",
	"order_kind",
	"urgency",
	"customer_name",
	"address",
	"region",
	"product_name",
	"product_category",
	"symptom",
	"outlet",
	"technician",
	"planned_start",
	"planned_end",
	"promised_at",
]


class DispatchError(frappe.ValidationError):
	"""The board was asked for days that it cannot show, or for a technician who cannot be sent."""


@frappe.whitelist()
def board(start: str, days: int = 1, outlet: str | None = None) -> dict:
	"""Return what the board shows, with the rights of the session's user; the number of statements does not grow with the rows.

	:param start: first day.
	:param days: 1 to 14.
	:param outlet: only this one's technicians and orders; everything that the user sees when left out.
	:returns: `technicians` (with `windows`: per day the working time in minutes from midnight, and `absent`), `jobs` (with
		`conflicts`; of orders that the user may not see only the time), `waiting` (with the best `proposal`), `may_change`.
	:raises DispatchError: too many days.
	"""
	check_permission(ORDER)
	check_permission(TECHNICIAN)
	first, days = getdate(start), cint(days)
	if not 1 <= days <= MOST_DAYS:
		frappe.throw(_("The board shows 1 to {0} days.").format(MOST_DAYS), DispatchError)
	of_outlet = {"outlet": outlet} if outlet else {}
	names = frappe.get_list(
		TECHNICIAN,
		{"enabled": 1, **of_outlet},
		pluck="name",
		order_by="technician_name",
		limit_page_length=MOST,
	)
	persons = planning.people(names)
	begin = datetime.combine(first, time())
	planned = planning.jobs(persons, begin, begin + timedelta(days=days))
	return {
		"technicians": [row_of(person, first, days) for person in persons.values()],
		"jobs": shown_jobs(planned, persons),
		"waiting": waiting(of_outlet, first, planned, persons),
		"may_change": bool(frappe.has_permission(ORDER, "write")),
	}


def row_of(person: Person, first: date, days: int) -> dict:
	"""Return a row of the board."""
	dates = [first + timedelta(days=number) for number in range(days)]
	return {
		"name": person.name,
		"technician_name": person.technician_name,
		"outlet": person.outlet,
		"daily_hours": person.daily_hours,
		"windows": [
			[[begin // 60, end // 60] for begin, end in person.calendar.day(day.toordinal())] for day in dates
		],
		"absent": [
			planning.absence_text(person, gone) if (gone := person.absence_on(day, day)) else None
			for day in dates
		],
	}


def shown_jobs(planned: list[Job], persons: dict[str, Person]) -> list[dict]:
	"""Return the bars: what the user may see of each order, and what speaks against it."""
	names = sorted({job.order for job in planned})
	orders = {row.name: row for row in orders_of({"name": ("in", names)}, len(names))} if names else {}
	against = planning.conflicts(planned, persons)
	return [
		{
			**(orders.get(job.order) or {"name": None}),
			"technician": job.technician,
			"planned_start": job.start,
			"planned_end": job.end,
			"conflicts": against.get((job.order, job.technician), []) if job.order in orders else [],
		}
		for job in planned
	]


def orders_of(filters: dict, most: int) -> list:
	"""Return orders that the user may see, oldest first."""
	return frappe.get_list(ORDER, filters, FIELDS, order_by="creation", limit_page_length=most)


def waiting(of_outlet: dict, day: date, planned: list[Job], persons: dict[str, Person]) -> list[dict]:
	"""Return the orders without technician or time, the most urgent and oldest first, each with the best technician for it."""
	filters = {"stage": ("in", TO_DO), "order_kind": ("not in", NOT_PLANNED), **of_outlet}
	# The urgent ones on their own, so that many old ones do not hide them.
	kinds = ({"urgency": ("in", URGENCIES[:2])}, {})
	rows = {
		row.name: row
		for missing in ("technician", "planned_start")
		for kind in kinds
		for row in orders_of({**filters, **kind, missing: ("is", "not set")}, MOST_WAITING)
	}
	ordered = sorted(rows.values(), key=lambda row: (urgency_rank(row.urgency), row.creation))[:MOST_WAITING]
	grounds = Grounds(ordered, planned, persons)
	on_day = [job for job in planned if job.start.date() <= day <= job.end.date()]
	hours = planning.hours_by_day(on_day)
	for row in ordered:
		judge = Judge({**row, "planned_start": None}, day, on_day, grounds, hours)
		found = [judge.proposal(person) for person in persons.values() if row.outlet in (None, person.outlet)]
		able = [proposal for proposal in found if proposal["available"]]
		row.proposal = max(able, key=lambda proposal: proposal["score"], default=None)
	return ordered


def urgency_rank(urgency: str | None) -> int:
	"""Return 0 for the most urgent."""
	return URGENCIES.index(urgency) if urgency in URGENCIES else URGENCIES.index("Normal")


@frappe.whitelist()
def check(order: str, technician: str, start: str, minutes: int | None = None) -> list[dict]:
	"""Return what would speak against a plan, before it is made.

	:param order: Service Order.
	:param technician: Technician.
	:param start: beginning, in the site's zone.
	:param minutes: how long; as planned before, or usual, when left out.
	:returns: see `planning.conflicts`.
	:raises frappe.PermissionError: the user may not read the order or the technician.
	"""
	doc = frappe.get_doc(ORDER, order)
	doc.check_permission("read")
	check_permission(TECHNICIAN, "read", technician)
	begin = get_datetime(start)
	return conflicts_of(doc, technician, begin, begin + timedelta(minutes=length_of(doc, minutes)))


@frappe.whitelist(methods=["POST"])
def plan(
	order: str, technician: str, start: str, minutes: int | None = None, modified: str | None = None
) -> list[dict]:
	"""Give an order a technician and a time. Conflicts do not hinder it; they are returned.

	:param order: Service Order.
	:param technician: enabled Technician.
	:param start: beginning, in the site's zone.
	:param minutes: how long; as planned before, or usual, when left out.
	:param modified: time of the order's last change as the board showed it.
	:returns: see `planning.conflicts`.
	:raises frappe.PermissionError: the user may not change the order, or see the technician.
	:raises frappe.TimestampMismatchError: somebody changed the order meanwhile.
	:raises DispatchError: the technician is not enabled.
	"""
	doc = frappe.get_doc(ORDER, order, for_update=True)
	doc.check_permission("write")
	check_permission(TECHNICIAN, "read", technician)
	person = frappe.db.get_value(
		TECHNICIAN, technician, ["enabled", "outlet", "technician_name"], as_dict=True
	)
	if not person.enabled:
		frappe.throw(
			_("{0} is not enabled any more.").format(frappe.bold(person.technician_name)), DispatchError
		)
	begin = get_datetime(start)
	end = begin + timedelta(minutes=length_of(doc, minutes))
	values = {"technician": technician, "planned_start": begin, "planned_end": end}
	move(doc, {**values, "outlet": doc.outlet or person.outlet}, modified)
	return conflicts_of(doc, technician, begin, end)


@frappe.whitelist(methods=["POST"])
def unplan(order: str, modified: str | None = None) -> None:
	"""Take technician and time from an order, so that it waits again.

	:raises frappe.PermissionError: the user may not change the order.
	:raises frappe.TimestampMismatchError: somebody changed the order meanwhile.
	"""
	doc = frappe.get_doc(ORDER, order, for_update=True)
	doc.check_permission("write")
	move(doc, {"technician": None, "planned_start": None, "planned_end": None}, modified)


def length_of(doc: Document, minutes: int | None) -> int:
	"""Return the minutes of a plan: those asked for, those planned before, or the usual ones.

	:raises DispatchError: less than five minutes.
	"""
	if minutes is not None:
		if cint(minutes) < 5:
			frappe.throw(_("Plan at least five minutes."), DispatchError)
		return cint(minutes)
	if doc.planned_start and doc.planned_end:
		return round((get_datetime(doc.planned_end) - get_datetime(doc.planned_start)).total_seconds() / 60)
	return planning.usual_minutes(doc)


def conflicts_of(doc: Document, technician: str, start: datetime, end: datetime) -> list[dict]:
	"""Return what speaks against one plan, with everything else of those days."""
	persons = planning.people([technician])
	first = datetime.combine(start.date(), time())
	last = datetime.combine(end.date(), time()) + timedelta(days=1)
	others = [job for job in planning.jobs([technician], first, last) if job.order != doc.name]
	wanted = Job(doc.name, technician, start, end, doc.product_category, doc.region)
	return planning.conflicts([*others, wanted], persons).get((doc.name, technician), [])
