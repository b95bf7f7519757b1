"""Planned time of technicians: what is planned for whom, how much, and what speaks against a plan.

Planned time is `planned_start` to `planned_end` of a Service Order; it counts for the order's technician and for each one of its
table of technicians. A plan with a conflict is allowed, the dispatcher decides; it is shown in red with the reason.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, format_date, format_time, get_datetime, getdate

from aftersales.aftersales.deadlines.calendars import calendar_of, default_working_time
from aftersales.aftersales.deadlines.working_time import Calendar, working_seconds_between
from aftersales.field_service.coverage import Areas

ORDER = "Service Order"
# Nobody plans one piece of work for longer; it bounds what has to be looked through for a day.
LONGEST = timedelta(days=31)


class PlannedTimeError(frappe.ValidationError):
	"""A planned time without a begin, that ends before it begins, or that is too long."""


@dataclass(frozen=True)
class Person:
	"""A technician with what planning asks about.

	:param skills: product category -> level, 1 to 5.
	:param absences: (first day, last day, reason).
	:param daily_hours: 0 means without a limit.
	"""

	name: str
	technician_name: str
	outlet: str | None
	user: str | None
	enabled: bool
	daily_hours: float
	calendar: Calendar
	skills: dict[str, int] = field(default_factory=dict)
	regions: tuple[str, ...] = ()
	absences: tuple[tuple[date, date, str], ...] = ()

	def absence_on(self, first: date, last: date) -> tuple[date, date, str] | None:
		"""Return an absence that touches the days, None without one."""
		return next((row for row in self.absences if row[0] <= last and first <= row[1]), None)


@dataclass(frozen=True)
class Job:
	"""Planned work of one technician on one order; times are naive, in the site's zone."""

	order: str
	technician: str
	start: datetime
	end: datetime
	product_category: str | None = None
	region: str | None = None

	def overlaps(self, other: "Job") -> bool:
		"""Whether both want the same time; one may begin when the other ends."""
		return self.start < other.end and other.start < self.end


def check_times(doc: Document, method: str | None = None) -> None:
	"""`validate` of Service Order: give a planned beginning an end, and refuse times that are none.

	:raises PlannedTimeError: says what is wrong.
	"""
	if not doc.planned_start:
		if doc.planned_end:
			frappe.throw(_("Enter the planned beginning, or clear the planned end."), PlannedTimeError)
		return
	start = get_datetime(doc.planned_start)
	if not doc.planned_end:
		doc.planned_end = start + timedelta(minutes=usual_minutes(doc))
	end = get_datetime(doc.planned_end)
	if end <= start:
		frappe.throw(_("The planned end must lie after the planned beginning."), PlannedTimeError)
	if end - start > LONGEST:
		frappe.throw(
			_("Plan at most {0} days at once, and continue with another order.").format(LONGEST.days),
			PlannedTimeError,
		)


def usual_minutes(order: Document) -> int:
	"""Return how long an order takes: the standard hours of its items, else what Aftersales Settings say."""
	hours = sum(flt(row.standard_hours) * (flt(row.qty) or 1) for row in order.get("items") or [])
	usual = cint(frappe.get_cached_doc("Aftersales Settings").default_visit_minutes)
	return round(hours * 60) or usual or 60


def people(names: Iterable[str]) -> dict[str, Person]:
	"""Return technicians by name, with skills, regions and absences: four statements for any number of them."""
	names = sorted(set(names))
	if not names:
		return {}
	fields = ["name", "technician_name", "outlet", "user", "enabled", "daily_hours", "working_time"]
	rows = frappe.get_all("Technician", {"name": ("in", names)}, fields, order_by="technician_name, name")
	skills = _children("Technician Skill", names, ["product_category", "level"])
	regions = _children("Technician Region", names, ["region"])
	absences = _children("Technician Absence", names, ["from_date", "to_date", "reason"])
	usual = default_working_time()
	return {
		row.name: Person(
			row.name,
			row.technician_name,
			row.outlet,
			row.user,
			bool(row.enabled),
			flt(row.daily_hours),
			calendar_of(row.working_time or usual),
			{skill.product_category: cint(skill.level) for skill in skills[row.name]},
			tuple(region.region for region in regions[row.name]),
			tuple(
				(getdate(gone.from_date), getdate(gone.to_date), gone.reason or "")
				for gone in absences[row.name]
			),
		)
		for row in rows
	}


def _children(doctype: str, parents: list[str], fields: list[str]) -> dict[str, list]:
	found = defaultdict(list)
	filters = {"parent": ("in", parents), "parenttype": "Technician"}
	for row in frappe.get_all(doctype, filters, ["parent", *fields], order_by="parent, idx"):
		found[row.parent].append(row)
	return found


def jobs(technicians: Iterable[str], start: datetime, end: datetime) -> list[Job]:
	"""Return what is planned for technicians between two moments, in two statements.

	:param technicians: their names.
	:param start: from this moment on.
	:param end: before this one.
	:returns: jobs that touch the time, cancelled orders left out, in the order of their beginning.
	"""
	technicians = sorted(set(technicians))
	if not technicians:
		return []
	order = frappe.qb.DocType(ORDER)
	helper = frappe.qb.DocType("Service Order Technician")
	query = (
		frappe.qb.from_(order)
		.where((order.planned_start < end) & (order.planned_start > start - LONGEST))
		.where((order.planned_end > start) & (order.stage != "Cancelled"))
		.select(order.name, order.planned_start, order.planned_end, order.product_category, order.region)
	)
	own = query.select(order.technician).where(order.technician.isin(technicians)).run(as_dict=True)
	helping = (
		query.join(helper)
		.on((helper.parent == order.name) & (helper.parenttype == ORDER))
		.select(helper.technician)
		.where(helper.technician.isin(technicians))
		.run(as_dict=True)
	)
	found = {
		(row.name, row.technician): Job(
			row.name, row.technician, row.planned_start, row.planned_end, row.product_category, row.region
		)
		for row in [*own, *helping]
	}
	return sorted(found.values(), key=lambda job: (job.start, job.order, job.technician))


def hours_by_day(planned: Iterable[Job]) -> dict[tuple[str, date], float]:
	"""Return planned hours by technician and day; what goes on over midnight counts for both days."""
	hours: dict[tuple[str, date], float] = defaultdict(float)
	for job in planned:
		day = job.start.date()
		while day <= job.end.date():
			begin = datetime.combine(day, time())
			seconds = (min(job.end, begin + timedelta(days=1)) - max(job.start, begin)).total_seconds()
			if seconds > 0:
				hours[job.technician, day] += seconds / 3600
			day += timedelta(days=1)
	return hours


def conflicts(
	planned: Iterable[Job], persons: dict[str, Person], areas: Areas | None = None
) -> dict[tuple[str, str], list[dict]]:
	"""Return what speaks against plans, by order and technician.

	:param planned: all jobs of the days in question, so that the hours of a day are complete.
	:param persons: the technicians, see `people`.
	:param areas: the product categories of jobs and skills, when they were read already.
	:returns: lists of `kind` (overlap, absent, working-time, skill, hours, disabled) and `reason`, translated.
	"""
	planned = list(planned)
	if areas is None:
		learned = {name for one in persons.values() for name in one.skills}
		areas = Areas("Product Category", learned | {job.product_category for job in planned})
	found: dict[tuple[str, str], list[dict]] = defaultdict(list)
	hours = hours_by_day(planned)
	by_person = defaultdict(list)
	for job in planned:
		by_person[job.technician].append(job)
	for name, own in by_person.items():
		person = persons.get(name)
		if not person:
			continue
		for job in own:
			rows = found[job.order, name]
			rows += (
				_row("overlap", overlap_text(other))
				for other in own
				if other is not job and job.overlaps(other)
			)
			rows += _personal(job, person, areas, hours)
	return {key: rows for key, rows in found.items() if rows}


def overlap_text(other: Job) -> str:
	"""Return which other order wants the same time."""
	return _("At the same time as {0} ({1} to {2}).").format(
		other.order, format_time(other.start.time(), "HH:mm"), format_time(other.end.time(), "HH:mm")
	)


def _personal(job: Job, person: Person, areas: Areas, hours: dict) -> Iterable[dict]:
	"""What speaks against a job for this person, whatever else is planned beside the hours."""
	if not person.enabled:
		yield _row("disabled", _("{0} is not enabled any more.").format(person.technician_name))
	if gone := person.absence_on(job.start.date(), job.end.date()):
		yield _row("absent", absence_text(person, gone))
	elif not in_working_time(job, person.calendar):
		yield _row("working-time", _("Outside the working hours of {0}.").format(person.technician_name))
	if job.product_category and not areas.nearest(person.skills, job.product_category):
		yield _row("skill", no_skill_text(person, job.product_category))
	for day in sorted({job.start.date(), job.end.date()}):
		planned = hours.get((person.name, day), 0)
		if person.daily_hours and planned > person.daily_hours + 1 / 3600:
			yield _row("hours", too_many_hours_text(person, planned))
			break


def no_skill_text(person: Person, category: str) -> str:
	"""Return that somebody has not learned a category."""
	return _("{0} has no skill for {1}.").format(person.technician_name, _(category))


def too_many_hours_text(person: Person, planned: float) -> str:
	"""Return that a day is too full, with both numbers."""
	return _("{0} of {1} hours planned on this day.").format(flt(planned, 1), flt(person.daily_hours, 1))


def absence_text(person: Person, gone: tuple[date, date, str]) -> str:
	"""Return that somebody is away, with days and reason."""
	text = _("{0} is absent from {1} to {2}.").format(
		person.technician_name, format_date(gone[0]), format_date(gone[1])
	)
	return f"{text} {gone[2]}".strip()


def _row(kind: str, reason: str) -> dict:
	return {"kind": kind, "reason": reason}


def in_working_time(job: Job, calendar: Calendar) -> bool:
	"""Return whether a job lies in the working hours; of one over several days only its beginning is asked for."""
	end = job.end if job.end.date() == job.start.date() else job.start + timedelta(minutes=1)
	return working_seconds_between(calendar, job.start, end) >= int((end - job.start).total_seconds())


def job_of(order: dict, technician: str) -> Job | None:
	"""Return an order as a job of a technician, None when it has no planned time."""
	if not (order.get("planned_start") and order.get("planned_end")):
		return None
	return Job(
		order.get("name"),
		technician,
		get_datetime(order.get("planned_start")),
		get_datetime(order.get("planned_end")),
		order.get("product_category"),
		order.get("region"),
	)
