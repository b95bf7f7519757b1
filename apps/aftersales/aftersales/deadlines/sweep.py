"""Finds what is due and tells people: the handler before and at the deadline, then superiors, level by level.

A sweep is one transaction. One statement, on the index (state, next_event_at), finds the rows that are due, marks them and moves
them on, so of two sweeps at the same time the second waits and then finds nothing: nobody is told twice. If a sweep
breaks off, nothing of it has happened and the next one does it all. After a pause of the scheduler each row is brought to
the level where it should be, and each person still gets one message.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import frappe
from frappe.query_builder import Case
from frappe.utils import flt, now_datetime
from pypika.terms import Values

from aftersales.aftersales.deadlines.calendars import calendar_of
from aftersales.aftersales.deadlines.clock import BREACHED, WARNED
from aftersales.aftersales.deadlines.digest import Digest, send
from aftersales.aftersales.deadlines.rows import DOCTYPE
from aftersales.aftersales.deadlines.working_time import Calendar, NoWorkingTimeError, add_working_time
from aftersales.aftersales.organisation import Organisation

CHUNK = 2_000
ROW_FIELDS = (
	"name",
	"reference_doctype",
	"reference_name",
	"step",
	"user",
	"department",
	"working_time",
	"due_at",
	"level",
)


def sweep() -> int:
	"""Tell everybody who has to know of the deadlines that came near or passed since the last time.

	Called by the scheduler, which commits; commits nothing itself.

	:returns: how many deadlines moved on.
	"""
	now = now_datetime()
	rows = claim(now)
	if not rows:
		return 0
	settings = frappe.get_cached_doc("Aftersales Settings")
	levels = sorted((flt(row.after_hours), row.recipient) for row in settings.escalations)
	fired = escalate(rows, levels, now)
	send(digests(rows, fired, People(Organisation.load(), settings.deadline_fallback_user)))
	return len(rows)


def claim(now: datetime) -> list[dict]:
	"""Move every row that is due on to its next level, and return those rows as they are now."""
	table = frappe.qb.DocType(DOCTYPE)
	run = frappe.generate_hash(length=20)
	ahead = table.due_at > now
	(
		frappe.qb.update(table)
		.set(table.sweep, run)
		.set(
			table.level,
			Case().when(ahead, WARNED).when(table.level < BREACHED, BREACHED).else_(table.level + 1),
		)
		.set(table.next_event_at, Case().when(ahead, table.due_at))
		.where((table.state == "Running") & (table.next_event_at <= now))
	).run()
	return (
		frappe.qb.from_(table)
		.select(*(table[field] for field in ROW_FIELDS))
		.where(table.sweep == run)
		.orderby(table.due_at)
	).run(as_dict=True)


def escalate(rows: list[dict], levels: list[tuple[float, str]], now: datetime) -> dict[str, list[str]]:
	"""Find which escalation levels each overdue row has reached, and when the next one comes.

	:param rows: as `claim` returns them; their `level` is brought up to date, the one at the claim kept as `claimed`.
	:param levels: (working hours after the deadline, recipient) in the order of the hours.
	:returns: row name -> recipients of the levels that were reached now.
	"""
	fired: dict[str, list[str]] = {}
	changed = []
	moments: dict[tuple, datetime | None] = {}
	calendars: dict[str | None, Calendar] = {}
	for row in rows:
		row.claimed = row.level
		if row.level < BREACHED:
			continue
		reached = row.level - BREACHED
		recipients = [recipient for _hours, recipient in levels[max(reached - 1, 0) : reached]]
		next_event = None
		for hours, recipient in levels[reached:]:
			if row.working_time not in calendars:
				calendars[row.working_time] = calendar_of(row.working_time)
			key = (row.working_time, row.due_at, hours)
			if key not in moments:
				moments[key] = moment_after(calendars[row.working_time], row.due_at, hours)
			next_event = moments[key]
			if next_event is None or next_event > now:
				break
			recipients.append(recipient)
			row.level, next_event = row.level + 1, None
		if recipients:
			fired[row.name] = recipients
		if next_event or row.level > BREACHED:
			changed.append((row.name, row.level, next_event))
	write(changed)
	return fired


def moment_after(calendar: Calendar, due_at: datetime, hours: float) -> datetime | None:
	"""Return the moment that many working hours after a deadline; None when the calendar ends before."""
	try:
		return add_working_time(calendar, due_at, round(hours * 3600))
	except NoWorkingTimeError:
		return None


def write(changed: list[tuple[str, int, datetime | None]]) -> None:
	"""Store levels and next events, some thousand rows with each statement; the rows are locked by `claim`."""
	table = frappe.qb.DocType(DOCTYPE)
	for chunk in chunks(changed, CHUNK):
		(
			frappe.qb.into(table)
			.columns(table.name, table.level, table.next_event_at)
			.insert(*chunk)
			.on_duplicate_key_update(table.level, Values(table.level))
			.on_duplicate_key_update(table.next_event_at, Values(table.next_event_at))
		).run()


def chunks(values: Iterable, size: int) -> Iterator[list]:
	"""Cut into lists of at most `size`."""
	iterator = iter(values)
	while chunk := list(islice(iterator, size)):
		yield chunk


@dataclass
class People:
	"""Who is told; answers are kept, since many rows ask about few people.

	:param organisation: as it is now.
	:param fallback: who is told when nobody else can be.
	"""

	organisation: Organisation
	fallback: str | None
	_known: dict = field(default_factory=dict)

	def superior(self, user: str | None, department: str | None) -> str | None:
		"""Return the superior of a handler, or the head of the department."""
		key = (user, department)
		if key not in self._known:
			self._known[key] = self.organisation.superior_of(user) or self.organisation.head_of(
				department, but=user
			)
		return self._known[key]

	def handler(self, row: dict) -> str | None:
		"""Return who is told in the first place: the handler, or whoever stands in for one that left."""
		if self.organisation.is_available(row.user):
			return row.user
		return self.superior(row.user, row.department) or self._last_resort()

	def of_level(self, recipient: str, row: dict) -> str | None:
		"""Return who an escalation level means for a row."""
		department = row.department or self.organisation.department_of(row.user)
		if recipient == "Superior":
			found = self.superior(row.user, department)
		elif recipient == "Superior of the Superior":
			found = self.superior(self.superior(row.user, department), department)
		else:
			found = self.organisation.head_of(department)
		return found or self._last_resort()

	def _last_resort(self) -> str | None:
		return self.fallback if self.organisation.is_available(self.fallback) else None


def digests(rows: list[dict], fired: dict[str, list[str]], people: People) -> dict[str, Digest]:
	"""Collect for each person what they are told; a row stands in a digest once.

	:param rows: what is due, the longest overdue first.
	:param fired: as `escalate` returns it.
	"""
	found: dict[str, Digest] = defaultdict(Digest)
	for row in rows:
		told = set()
		if row.claimed <= BREACHED:
			handler = people.handler(row)
			left = row.user if row.user and handler != row.user else None
			if handler:
				told.add(handler)
				found[handler].add("warned" if row.level == WARNED else "overdue", row, left)
		for recipient in fired.get(row.name, []):
			person = people.of_level(recipient, row)
			if person and person not in told:
				told.add(person)
				found[person].add("escalated", row)
	return found
