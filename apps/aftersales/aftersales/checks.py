"""Drawing the samples of check plans, and proving later that they were drawn fairly (S1.10).

A period of a plan is drawn once: the draw's name consists of both, so the database itself refuses the second one, however
many people or workers try at the same time. The population, the method and the seed are kept with the draw.
"""

import hashlib
import json
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import add_days, add_months, cint, get_first_day, get_last_day, getdate, now_datetime, today

from aftersales.utils.access import check_permission
from aftersales.utils.sampling import draw as draw_names

# More check forms than this in one draw help nobody; a narrower filter does.
MAX_SAMPLE = 5000
# A sample up to this size is drawn while the user waits.
AT_ONCE = 100
SHOWN_IN_PREVIEW = 50


class NoPeriodError(frappe.ValidationError):
	"""It is not clear for which days to draw."""


class SampleTooLargeError(frappe.ValidationError):
	"""More records would be sampled than anybody checks."""


def last_period(frequency: str, on: date) -> tuple[date, date]:
	"""Return first and last day of the last complete period before a day.

	:param frequency: "Daily", "Weekly" (Monday to Sunday) or "Monthly".
	:param on: the day on which it is drawn.
	:raises NoPeriodError: the plan has dates of its own.
	"""
	if frequency == "Daily":
		return add_days(on, -1), add_days(on, -1)
	if frequency == "Weekly":
		monday = on - timedelta(days=on.weekday())
		return add_days(monday, -7), add_days(monday, -1)
	if frequency == "Monthly":
		before = add_months(get_first_day(on), -1)
		return before, get_last_day(before)
	frappe.throw(_("Choose From Date and To Date."), NoPeriodError)


def due_periods(plan: Document, on: date) -> list[tuple[date, date]]:
	"""Return the periods of a plan that are over by a day and were not drawn, the oldest first."""
	if plan.frequency == "Own Dates":
		periods = [(getdate(row.from_date), getdate(row.to_date)) for row in plan.periods]
		periods = sorted(period for period in periods if period[1] < on)
	else:
		periods = [last_period(plan.frequency, on)]
	return [period for period in periods if not frappe.db.exists("Check Draw", draw_name(plan.name, period))]


def draw_name(plan: str, period: tuple[date, date]) -> str:
	"""Return the name of the draw of a plan's period; there can be only one."""
	return f"{plan} {period[0]} {period[1]}"


def population_of(plan: Document, period: tuple[date, date]) -> dict[str, str]:
	"""Return the records of a period in their order, each with the person in charge or "".

	Not limited to what a user may see: a sample of a part would not be one. Who makes or draws a plan needs the right to
	read the kind of record.
	"""
	field = plan.date_field
	filters = [
		*plan.get_filters(),
		[plan.reference_doctype, field, ">=", period[0]],
		[plan.reference_doctype, field, "<", add_days(period[1], 1)],
	]
	rows = frappe.get_all(
		plan.reference_doctype,
		filters=filters,
		fields=["name", f"{plan.person_field or 'owner'} as person"],
		order_by=f"`tab{plan.reference_doctype}`.`{field}` asc, `tab{plan.reference_doctype}`.name asc",
		limit_page_length=0,
	)
	return {str(row.name): row.person or "" for row in rows}


def sample_of(plan: Document, period: tuple[date, date], population: dict[str, str]) -> list[str]:
	"""Return the records of the population that are checked."""
	return draw_names(list(population), plan.method, plan.size, seed_of(plan, period), population)


def seed_of(plan: Document, period: tuple[date, date]) -> str:
	"""Return the seed of one draw: another one for each period."""
	return f"{plan.seed} {period[0]} {period[1]}"


def period_for(plan: Document, from_date: str | None, to_date: str | None) -> tuple[date, date]:
	"""Return the days to draw from: the given ones, else the oldest that are due, else the last complete period.

	:raises NoPeriodError: one date is missing, they are in the wrong order or not over, or the plan has no period that is over.
	"""
	if from_date or to_date:
		if not (from_date and to_date):
			frappe.throw(_("Choose From Date and To Date."), NoPeriodError)
		period = getdate(from_date), getdate(to_date)
		if period[1] < period[0]:
			frappe.throw(_("To Date lies before From Date."), NoPeriodError)
		if period[1] > getdate(today()):
			frappe.throw(_("To Date lies in the future: the records are not there yet."), NoPeriodError)
		return period
	due = due_periods(plan, getdate(today()))
	if due:
		return due[0]
	if plan.frequency == "Own Dates":
		frappe.throw(
			_("All periods of this plan that are over have been drawn. Choose From Date and To Date."),
			NoPeriodError,
		)
	return last_period(plan.frequency, getdate(today()))


@frappe.whitelist()
def preview(plan: str, from_date: str | None = None, to_date: str | None = None) -> dict:
	"""Return what a draw would bring now; it will bring the same as long as no record changes.

	:param plan: name of the Check Plan.
	:param from_date: first day; without dates the period that is due.
	:param to_date: last day.
	:returns: `from_date`, `to_date`, `population`, `sample` (sizes), `rows` (name, title, person; the first ones, of those
	    that the user may read) and `draw` (name, if the period was drawn before).
	:raises frappe.PermissionError: the user may not draw this plan.
	:raises NoPeriodError: see `period_for`.
	"""
	doc = _plan_for_drawing(plan)
	period = period_for(doc, from_date, to_date)
	population = population_of(doc, period)
	sample = sample_of(doc, period, population)
	drawn = draw_name(doc.name, period)
	return {
		"from_date": str(period[0]),
		"to_date": str(period[1]),
		"population": len(population),
		"sample": len(sample),
		"rows": _readable_rows(doc, sample[:SHOWN_IN_PREVIEW], population),
		"draw": drawn if frappe.db.exists("Check Draw", drawn) else None,
	}


@frappe.whitelist(methods=["POST"])
def draw_sample(plan: str, from_date: str | None = None, to_date: str | None = None) -> dict:
	"""Draw the sample of a period and make a check form for each record in it, once.

	:param plan: name of the Check Plan.
	:param from_date: first day; without dates the period that is due.
	:param to_date: last day.
	:returns: `draw` (name), `made` (number of check forms), `already` (the period was drawn before: nothing happened) and
	    `queued` (a large sample is being made in the background).
	:raises frappe.PermissionError: the user may not draw this plan.
	:raises NoPeriodError: see `period_for`.
	:raises SampleTooLargeError: more than `MAX_SAMPLE` records.
	"""
	doc = _plan_for_drawing(plan)
	period = period_for(doc, from_date, to_date)
	name = draw_name(doc.name, period)
	if frappe.db.exists("Check Draw", name):
		return {"draw": name, "made": 0, "already": True, "queued": False}
	size = len(sample_of(doc, period, population_of(doc, period)))
	_refuse_too_large(size)
	if size > AT_ONCE:
		frappe.enqueue(
			make_draw, queue="long", timeout=3600, plan=doc.name, from_date=period[0], to_date=period[1]
		)
		return {"draw": name, "made": size, "already": False, "queued": True}
	made = make_draw(doc.name, *period)
	return {"draw": name, "made": made or 0, "already": made is None, "queued": False}


def make_draw(plan: str, from_date: date, to_date: date) -> int | None:
	"""Store the draw of a period and its check forms, all or nothing; the caller commits.

	:returns: number of check forms, or None when the period was drawn before, perhaps a moment ago by somebody else.
	:raises SampleTooLargeError: more than `MAX_SAMPLE` records.
	"""
	doc = frappe.get_doc("Check Plan", plan)
	period = getdate(from_date), getdate(to_date)
	population = population_of(doc, period)
	sample = sample_of(doc, period, population)
	_refuse_too_large(len(sample))
	draw = _insert_draw(doc, period, population, sample)
	if not draw:
		return None
	for number, name in enumerate(sample, start=1):
		_insert_record(doc, draw, name, population[name])
		if number % 20 == 0:
			frappe.publish_progress(100 * number / len(sample), _("Draw Sample"), "Check Plan", doc.name)
	_tell_checkers(doc, draw)
	return len(sample)


def draw_due() -> None:
	"""Draw what is due of the plans that draw automatically; daily job. One broken plan does not stop the others."""
	for name in frappe.get_all(
		"Check Plan", filters={"enabled": 1, "draw_automatically": 1}, order_by="name", pluck="name"
	):
		frappe.db.savepoint("check_plan")
		try:
			plan = frappe.get_doc("Check Plan", name)
			for period in due_periods(plan, getdate(today())):
				make_draw(name, *period)
		except Exception:
			frappe.db.rollback(save_point="check_plan")
			frappe.log_error(title=f"Check Plan {name}", reference_doctype="Check Plan", reference_name=name)


@frappe.whitelist()
def verify_draw(draw: str) -> dict:
	"""Draw again from the kept population and compare (S1.10).

	:param draw: name of the Check Draw.
	:returns: `intact` (the population is as it was stored), `repeated` (the same records are drawn), `sample` (size),
	    `records` (check forms that exist), `without_record` (drawn, but their check form is gone), `not_drawn` (have a check form
	    of this draw, but were not drawn), `gone` (records of the population that do not exist any more).
	:raises frappe.PermissionError: the user may not read the draw.
	"""
	doc = frappe.get_doc("Check Draw", draw)
	doc.check_permission("read")
	population = read_population(doc.population)
	sample = draw_names(list(population), doc.method, doc.size, doc.seed, population)
	records = set(frappe.get_all("Check Record", filters={"draw": doc.name}, pluck="reference_name"))
	there = set(
		frappe.get_all(doc.reference_doctype, filters={"name": ("in", list(population))}, pluck="name")
		if population
		else ()
	)
	return {
		"intact": checksum(doc.population) == doc.population_hash,
		"repeated": checksum("\n".join(sample)) == doc.sample_hash,
		"sample": len(sample),
		"records": len(records),
		"without_record": sorted(set(sample) - records),
		"not_drawn": sorted(records - set(sample)),
		"gone": len(set(population) - {str(name) for name in there}),
	}


def read_population(text: str | None) -> dict[str, str]:
	"""Return what `_insert_draw` stored: record -> person in charge or ""."""
	return dict(line.split("\t", 1) for line in (text or "").split("\n") if line)


def checksum(text: str | None) -> str:
	"""Return the SHA-256 of a text."""
	return hashlib.sha256((text or "").encode()).hexdigest()


def _plan_for_drawing(name: str) -> Document:
	plan = frappe.get_doc("Check Plan", name)
	plan.check_permission("write")
	check_permission("Check Record", "create")
	check_permission(plan.reference_doctype, "read")
	return plan


def _readable_rows(plan: Document, names: list[str], population: dict[str, str]) -> list[dict]:
	if not names:
		return []
	title = frappe.get_meta(plan.reference_doctype).get_title_field()
	rows = frappe.get_list(
		plan.reference_doctype,
		filters={"name": ("in", names)},
		fields=["name", f"{title} as title"],
		limit_page_length=len(names),
	)
	titles = {str(row.name): row.title for row in rows}
	return [
		{"name": name, "title": titles[name], "person": population[name]} for name in names if name in titles
	]


def _refuse_too_large(size: int) -> None:
	if size > MAX_SAMPLE:
		frappe.throw(
			_(
				"{0} records would be checked. Make the sample smaller or the filters narrower; {1} are possible."
			).format(size, MAX_SAMPLE),
			SampleTooLargeError,
			title=_("Sample Too Large"),
		)


def _insert_draw(
	plan: Document, period: tuple[date, date], population: dict[str, str], sample: list[str]
) -> Document | None:
	text = "\n".join(f"{name}\t{person}" for name, person in population.items())
	draw = frappe.get_doc(
		doctype="Check Draw",
		plan=plan.name,
		reference_doctype=plan.reference_doctype,
		from_date=period[0],
		to_date=period[1],
		method=plan.method,
		size=plan.size,
		seed=seed_of(plan, period),
		date_field=plan.date_field,
		person_field=plan.person_field,
		filters=json.dumps(plan.get_filters(), ensure_ascii=False) if plan.get_filters() else None,
		population_size=len(population),
		sample_size=len(sample),
		population=text,
		population_hash=checksum(text),
		sample_hash=checksum("\n".join(sample)),
		drawn_by=frappe.session.user,
		drawn_on=now_datetime(),
	)
	try:
		return draw.insert(ignore_permissions=True)
	except frappe.DuplicateEntryError:
		# Frappe has put a message about the taken name up for the user; for us it is the answer, not an error.
		frappe.clear_last_message()
		return None


def _insert_record(plan: Document, draw: Document, name: str, person: str) -> None:
	frappe.get_doc(
		doctype="Check Record",
		plan=plan.name,
		draw=draw.name,
		reference_doctype=plan.reference_doctype,
		reference_name=name,
		checked_person=person or None,
		checker=checker_for(plan, person),
		from_date=draw.from_date,
		to_date=draw.to_date,
		pass_score=plan.pass_score,
		findings=[
			{"criterion": row.criterion, "weight": row.weight, "mandatory": row.mandatory}
			for row in plan.criteria
		],
	).insert(ignore_permissions=True)


def checker_for(plan: Document, person: str) -> str | None:
	"""Return who checks a person's record: the checker, for the checker's own records the deputy, else nobody yet."""
	return next((user for user in (plan.checker, plan.deputy) if user and user != person), None)


def _tell_checkers(plan: Document, draw: Document) -> None:
	rows = frappe.get_all(
		"Check Record",
		filters={"draw": draw.name},
		fields=["checker", "count(name) as number"],
		group_by="checker",
	)
	for row in rows:
		if not row.checker or row.checker == frappe.session.user:
			continue
		enqueue_create_notification(
			[row.checker],
			{
				"type": "Alert",
				"document_type": "Check Draw",
				"document_name": draw.name,
				"subject": _("{0} records to check: {1}").format(cint(row.number), frappe.bold(plan.title)),
				"from_user": frappe.session.user,
			},
		)
