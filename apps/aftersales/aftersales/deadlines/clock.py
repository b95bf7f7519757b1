"""Starting, pausing and finishing deadlines. Every function may be called again with the same result; none commits.

A document shows its deadlines in fields of its own, written here and by nobody else: `due_at`, the nearest deadline that is
running, and `deadline_state` if it has them. A controller that shows steps apart names the fields in `deadline_fields`, as
{step: fieldname}. A field is empty while nothing runs, so what lies before now is overdue.
"""

from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Case
from frappe.utils import cint, flt, get_datetime, now_datetime

from aftersales.aftersales.deadlines.calendars import calendar_of, default_working_time
from aftersales.aftersales.deadlines.rows import DOCTYPE, INSERT_FIELDS, OPEN, of, rows_of, show, update
from aftersales.aftersales.deadlines.working_time import (
	Calendar,
	NoWorkingTimeError,
	add_working_time,
	working_seconds_between,
)
from aftersales.aftersales.organisation import department_of

NO_EVENT = -1  # seconds until the next warning when there is none to come
WARNED, BREACHED = 1, 2  # levels; 0 is nobody told, 3 and more are escalated


class DeadlineHoursError(frappe.ValidationError):
	"""The hours are negative, or the working time has not so many."""


@dataclass
class Step:
	"""What is to be done.

	:param name: what people read, an English source text such as "Resolution".
	:param hours: working hours allowed, 0 or more.
	:param working_time: name of a Working Time; None means the one of Aftersales Settings.
	:param warn_before_hours: working hours before the deadline at which the handler is warned, at most half of the time;
		None means as in Aftersales Settings, 0 no warning.
	:param due_at: an absolute deadline in place of hours.
	"""

	name: str
	hours: float = 0
	working_time: str | None = None
	warn_before_hours: float | None = None
	due_at: datetime | str | None = None


def start(
	doc: Document,
	step: str,
	hours: float,
	user: str | None,
	working_time: str | None = None,
	warn_before_hours: float | None = None,
	department: str | None = None,
) -> datetime:
	"""Start the clock for a step of a document; a step that is open already stays as it is.

	:param doc: the saved document.
	:param step: what is to be done; see `Step.name`.
	:param hours: working hours allowed.
	:param user: who has to do it; None when only the department is known.
	:param working_time: see `Step`.
	:param warn_before_hours: see `Step`.
	:param department: whose head is told; None means the department of the user.
	:returns: when it is due, in the site's time zone.
	:raises DeadlineHoursError: the hours are negative or never over.
	"""
	return start_all(doc, [Step(step, hours, working_time, warn_before_hours)], user, department)[0]


def start_at(
	doc: Document,
	step: str,
	due_at: datetime | str,
	user: str | None,
	working_time: str | None = None,
	warn_before_hours: float | None = None,
	department: str | None = None,
) -> datetime:
	"""As `start`, with a deadline that somebody set: `due_at` in the site's time zone."""
	planned = Step(step, 0, working_time, warn_before_hours, due_at)
	return start_all(doc, [planned], user, department)[0]


def start_all(
	doc: Document,
	steps: list[Step],
	user: str | None,
	department: str | None = None,
	fresh: bool = False,
) -> list[datetime]:
	"""Start several steps at once, see `start`; they cost one statement together.

	:param fresh: the document was inserted just now and shows its deadlines already, so nothing of it is looked up.
	:returns: when each is due.
	"""
	now = now_datetime()
	open_rows = {} if fresh else {row.step: row for row in rows_of(doc, states=OPEN)}
	new = [step for step in steps if step.name not in open_rows]
	planned = {step.name: plan(step, now) for step in new}
	if new:
		department = department or department_of(user)
		values = [_values(doc, step, planned[step.name], user, department, now) for step in new]
		frappe.db.bulk_insert(DOCTYPE, INSERT_FIELDS, values)
		if not fresh:
			show(doc)
	return [planned.get(step.name) or open_rows[step.name].due_at for step in steps]


def plan(step: Step, now: datetime) -> datetime:
	"""Return when a step that starts now is due.

	:raises DeadlineHoursError: the hours are negative or never over.
	"""
	if step.due_at:
		return get_datetime(step.due_at)
	return _add(calendar_of(step.working_time or default_working_time()), now, round(flt(step.hours) * 3600))


def _add(calendar: Calendar, moment: datetime, seconds: int) -> datetime:
	try:
		return add_working_time(calendar, moment, seconds)
	except NoWorkingTimeError:
		frappe.throw(_("There are not so many working hours."), DeadlineHoursError, title=_("Deadline"))
	except ValueError:
		frappe.throw(
			_("Type a number of hours that is not negative."), DeadlineHoursError, title=_("Deadline")
		)


def _values(
	doc: Document, step: Step, due: datetime, user: str | None, department: str | None, now: datetime
) -> tuple:
	"""Return the row of a step in the order of INSERT_FIELDS."""
	working_time = step.working_time or (None if step.due_at else default_working_time())
	warn_at = _warning(calendar_of(working_time), now, due, step.warn_before_hours)
	row = {
		"name": frappe.generate_hash(length=10),
		"creation": now,
		"modified": now,
		"owner": frappe.session.user,
		"modified_by": frappe.session.user,
		"reference_doctype": doc.doctype,
		"reference_name": doc.name,
		"step": step.name,
		"user": user or None,
		"department": department,
		"working_time": working_time,
		"allowed_seconds": 0 if step.due_at else round(flt(step.hours) * 3600),
		"started_at": now,
		"due_at": due,
		"warn_at": warn_at,
		"next_event_at": warn_at or due,
		"state": "Running",
		"level": 0,
	}
	return tuple(row[field] for field in INSERT_FIELDS)


def _warning(calendar: Calendar, start: datetime, due: datetime, hours: float | None) -> datetime | None:
	"""Return when the handler is warned, or None: never earlier than at half of the time."""
	if hours is None:
		hours = frappe.get_cached_doc("Aftersales Settings").warn_before_hours
	left = working_seconds_between(calendar, start, due)
	ahead = min(round(flt(hours) * 3600), left // 2)
	return calendar.moment_of(calendar.seconds_until(due) - ahead) if ahead > 0 else None


def pause(doc: Document, step: str | None = None) -> None:
	"""Stop the clock; the working time that is left stays.

	:param step: one step, or None for all that are running.
	"""
	now = now_datetime()
	for row in rows_of(doc, step, states=("Running",), lock=True):
		update(row, {"state": "Paused", "paused_at": now, "next_event_at": None, **_left(row, now)})
	show(doc)


def _left(row: dict, now: datetime) -> dict:
	"""Return the working seconds to the deadline and to the next warning, as a paused row keeps them."""
	calendar = calendar_of(row.working_time)
	return {
		"remaining_seconds": working_seconds_between(calendar, now, row.due_at),
		"event_seconds": max(0, working_seconds_between(calendar, now, row.next_event_at))
		if row.next_event_at
		else NO_EVENT,
	}


def resume(doc: Document, step: str | None = None) -> None:
	"""Let the clock go on with the working time that was left; what was overdue at the pause stays overdue.

	:param step: one step, or None for all that are paused.
	"""
	now = now_datetime()
	for row in rows_of(doc, step, states=("Paused",), lock=True):
		calendar = calendar_of(row.working_time)
		left = cint(row.remaining_seconds)
		due_at = _add(calendar, now, left) if left > 0 else row.due_at
		event_at = _add(calendar, now, row.event_seconds) if row.event_seconds != NO_EVENT else None
		update(
			row,
			{
				"state": "Running",
				"paused_at": None,
				"remaining_seconds": 0,
				"event_seconds": 0,
				"due_at": due_at,
				"warn_at": event_at if row.warn_at and not row.level else row.warn_at,
				"next_event_at": event_at,
			},
		)
	show(doc)


def finish(doc: Document, step: str | None = None) -> None:
	"""End steps that are done: Met in time, else Late.

	:param step: one step, or None for all that are open.
	"""
	table = frappe.qb.DocType(DOCTYPE)
	now = now_datetime()
	in_time = ((table.state == "Running") & (table.due_at >= now)) | (
		(table.state == "Paused") & (table.remaining_seconds >= 0)
	)
	_end(doc, step, Case().when(in_time, "Met").else_("Late"), now)


def cancel(doc: Document, step: str | None = None) -> None:
	"""End steps that need not be done any more.

	:param step: one step, or None for all that are open.
	"""
	_end(doc, step, "Cancelled", now_datetime())


def _end(doc: Document, step: str | None, state, now: datetime) -> None:
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.update(table)
		.set(table.state, state)
		.set(table.finished_at, now)
		.set(table.next_event_at, None)
		.set(table.modified, now)
		.where(of(doc, table) & table.state.isin(OPEN))
	)
	(query.where(table.step == step) if step else query).run()
	show(doc)


def reassign(doc: Document, step: str | None, user: str | None, department: str | None = None) -> None:
	"""Give open steps to somebody else, who is warned in their turn if the deadline is still to come.

	:param step: one step, or None for all that are open.
	:param user: the new handler.
	:param department: None means the department of the user.
	"""
	department = department or department_of(user)
	for row in rows_of(doc, step, states=OPEN, lock=True):
		if row.user == user and row.department == department:
			continue
		values = {"user": user or None, "department": department}
		if row.level == WARNED and row.user != user:
			values["level"] = 0
			if row.state == "Running":
				values["next_event_at"] = row.warn_at
			else:
				values["event_seconds"] = 0
		update(row, values)


def set_due(doc: Document, step: str, due_at: datetime | str) -> None:
	"""Set the deadline of an open step by hand; warnings start anew when it lies ahead.

	:param step: the step; nothing happens when it is not open.
	:param due_at: the new deadline, in the site's time zone.
	"""
	now, due = now_datetime(), get_datetime(due_at)
	for row in rows_of(doc, step, states=OPEN, lock=True):
		if row.state == "Paused" or row.due_at != due:
			_move(row, due, now, 0, None)
	show(doc)


def change(
	doc: Document,
	step: str,
	hours: float,
	working_time: str | None = None,
	warn_before_hours: float | None = None,
) -> None:
	"""Give an open step other hours, as when a ticket becomes urgent; the working time used so far counts.

	:param step: the step; nothing happens when it is not open.
	:param hours: working hours allowed from the start on.
	:param working_time: see `Step`.
	:param warn_before_hours: see `Step`.
	:raises DeadlineHoursError: the hours are negative or never over.
	"""
	now = now_datetime()
	working_time = working_time or default_working_time()
	allowed = round(flt(hours) * 3600)
	for row in rows_of(doc, step, states=OPEN, lock=True):
		left = row.remaining_seconds if row.state == "Paused" else _left(row, now)["remaining_seconds"]
		still = allowed - (cint(row.allowed_seconds) - cint(left))
		row.working_time = working_time
		due = _add(calendar_of(working_time), now, still) if still > 0 else min(now, row.due_at)
		_move(row, due, now, allowed, warn_before_hours)
	show(doc)


def _move(row: dict, due: datetime, now: datetime, allowed: int, warn_before_hours: float | None) -> None:
	"""Write a new deadline of an open row, running or paused."""
	calendar = calendar_of(row.working_time)
	ahead = due > now
	warn_at = _warning(calendar, now, due, warn_before_hours) if ahead else row.warn_at
	row.update({"due_at": due, "next_event_at": (warn_at or due) if ahead else due})
	values = {
		"working_time": row.working_time,
		"allowed_seconds": allowed,
		"due_at": due,
		"warn_at": warn_at,
		"level": 0 if ahead else row.level,
	}
	if row.state == "Paused":
		values.update(_left(row, now))
	elif ahead or row.level < BREACHED:
		values["next_event_at"] = row.next_event_at
	update(row, values)


def current(doc: Document) -> list[dict]:
	"""Return the open steps of a document, the nearest deadline first, with the fields of ROW_FIELDS and `overdue`."""
	now = now_datetime()
	rows = sorted(rows_of(doc, states=OPEN), key=lambda row: row.due_at)
	for row in rows:
		row.overdue = row.due_at < now if row.state == "Running" else cint(row.remaining_seconds) < 0
	return rows
