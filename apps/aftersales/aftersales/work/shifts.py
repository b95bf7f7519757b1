"""Who is on duty when: reads shifts, for the assignment of work, the calendar and people (S2.44)."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import frappe
from frappe.utils import cint, get_datetime, get_time, getdate, now_datetime

from aftersales.aftersales.work.patterns import DAY, WEEKDAYS, Pattern
from aftersales.utils.access import check_permission

SHIFT = "Shift"
FIELDS = ("name", "shift_name", "agent_group", "from_date", "to_date", "from_time", "to_time", *WEEKDAYS)
# A calendar shows six weeks; an asked period beyond that would only cost.
MOST_DAYS = 62


def pattern_of(row: dict) -> Pattern:
	"""Return when a shift takes place, from its stored values; times are stored as timedelta."""
	return Pattern(
		getdate(row["from_date"]),
		getdate(row["to_date"]) if row["to_date"] else None,
		frozenset(number for number, day in enumerate(WEEKDAYS) if cint(row[day])),
		_time(row["from_time"]),
		_time(row["to_time"]),
	)


def on_duty(at: datetime | None = None, group: str | None = None, task_kind: str | None = None) -> list[str]:
	"""Return the users who are on a shift at a moment, each once, by name; one statement.

	:param at: moment in the site's time zone; now when empty.
	:param group: only shifts of this Agent Group.
	:param task_kind: only shifts of groups of this kind.
	:returns: enabled users; groups and shifts that are disabled do not count.
	"""
	at = get_datetime(at) if at else now_datetime()
	rows = _rows(None, at.date() - DAY, at.date(), group, task_kind)
	return sorted({row.user for row in rows if row.pattern.covers(at)})


def shifts_of(users: Iterable[str], start: date, end: date | None) -> list[dict]:
	"""Return the shifts of users that may take place in a period, a row per shift and user; one statement.

	:param start: first day.
	:param end: last day, or None for no end.
	:returns: rows with `FIELDS`, `user` and `pattern`.
	"""
	users = list(users)
	return _rows(users, start, end) if users else []


def lock_people(users: Iterable[str]) -> None:
	"""Let others who plan the same people wait until this transaction ends, always in the same order."""
	user = frappe.qb.DocType("User")
	frappe.qb.from_(user).select(user.name).where(user.name.isin(sorted(set(users)) or [""])).orderby(
		user.name
	).for_update().run()


@frappe.whitelist()
def get_events(start: str, end: str, filters: str | list | dict | None = None) -> list[dict]:
	"""Return shifts as they fall between two days, for the calendar.

	:param start: first day, or moment.
	:param end: last day, or moment.
	:param filters: of the calendar's list view.
	:returns: `name`, `title`, `start`, `end`, `agent_group`, at most `MOST_DAYS` days of them.
	:raises frappe.PermissionError: the user may not read shifts.
	"""
	check_permission(SHIFT, "read")
	first, last = getdate(start), min(getdate(end), getdate(start) + timedelta(days=MOST_DAYS))
	conditions = frappe.parse_json(filters) or []
	if isinstance(conditions, dict):
		conditions = [[SHIFT, field, "=", value] for field, value in conditions.items()]
	rows = frappe.get_list(
		SHIFT,
		filters=[*conditions, [SHIFT, "disabled", "=", 0], [SHIFT, "from_date", "<=", last]],
		fields=list(FIELDS),
		limit_page_length=0,
	)
	members = _member_names([row.name for row in rows])
	return [
		{
			"name": row.name,
			"title": f"{row.shift_name}: {', '.join(members.get(row.name, []))}",
			"start": begin,
			"end": finish,
			"agent_group": row.agent_group,
		}
		for row in rows
		for begin, finish in pattern_of(row).occurrences(first - DAY, last)
	]


@frappe.whitelist()
def who_is_on_duty(at: str | None = None) -> list[dict]:
	"""Return who is on duty at a moment, group by group, for people who look for a colleague.

	:param at: moment in the site's time zone; now when empty.
	:returns: `agent_group`, `task_kind`, `shift_name`, `user`, `full_name`, `until` of each, by group and name.
	:raises frappe.PermissionError: the user may not read shifts.
	"""
	check_permission(SHIFT, "read")
	moment = get_datetime(at) if at else now_datetime()
	found = []
	for row in _rows(None, moment.date() - DAY, moment.date()):
		if row.pattern.covers(moment):
			until = max(
				finish
				for begin, finish in row.pattern.occurrences(moment.date() - DAY, moment.date())
				if begin <= moment < finish
			)
			found.append(
				{
					field: row[field]
					for field in ("agent_group", "task_kind", "shift_name", "user", "full_name")
				}
				| {"until": until}
			)
	return sorted(found, key=lambda row: (row["agent_group"], row["full_name"] or row["user"]))


def _rows(
	users: list[str] | None,
	start: date,
	end: date | None,
	group: str | None = None,
	task_kind: str | None = None,
) -> list[dict]:
	shift, member = frappe.qb.DocType(SHIFT), frappe.qb.DocType("Shift Member")
	agent_group, user = frappe.qb.DocType("Agent Group"), frappe.qb.DocType("User")
	query = (
		frappe.qb.from_(shift)
		.join(member)
		.on((member.parent == shift.name) & (member.parenttype == SHIFT))
		.join(agent_group)
		.on(agent_group.name == shift.agent_group)
		.join(user)
		.on(user.name == member.user)
		.select(
			*(shift[field] for field in FIELDS),
			member.user,
			user.full_name,
			agent_group.task_kind,
		)
		.where((shift.disabled == 0) & (agent_group.disabled == 0) & (user.enabled == 1))
		.where(shift.to_date.isnull() | (shift.to_date >= start))
	)
	if end:
		query = query.where(shift.from_date <= end)
	if users:
		query = query.where(member.user.isin(users))
	if group:
		query = query.where(shift.agent_group == group)
	if task_kind:
		query = query.where(agent_group.task_kind == task_kind)
	rows = query.run(as_dict=True)
	for row in rows:
		row.pattern = pattern_of(row)
	return rows


def _member_names(shifts: list[str]) -> dict[str, list[str]]:
	names: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Shift Member",
		filters={"parent": ("in", shifts or [""]), "parenttype": SHIFT},
		fields=["parent", "full_name", "user"],
		order_by="idx",
	):
		names.setdefault(row.parent, []).append(row.full_name or row.user)
	return names


def _time(value: timedelta | time | str) -> time:
	return (datetime.min + value).time() if isinstance(value, timedelta) else get_time(value)
