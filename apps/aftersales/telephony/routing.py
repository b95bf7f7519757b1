"""Whom a line tells about a call, and when (S7.01).

The agents of a line are told at once, those of its ring steps after some seconds of ringing, and outside its working time
those whom it names for that. No timer runs on the server: everybody gets the same message with the time that they
wait before they show it (`show_after_ms`), and one more when the call is taken or over. Who opens the Desk meanwhile is
answered by the same rule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe
from frappe.utils import cint

from aftersales.aftersales.deadlines.calendars import calendar_of
from aftersales.aftersales.deadlines.working_time import working_seconds_between

RING, RING_GROUP, NOBODY = "Ring", "Ring Group", "Show to Nobody"
# A call nobody reported the end of is over for sure by then.
LASTS_AT_MOST = timedelta(hours=2)

# One statement for a line with everybody on it, since it is read for each event: the line itself first, then agents, steps
# for one user, steps for a group, and the group outside the hours. A member who left or whose group is disabled is left out.
_LINE = """select line.name, line.line_title, line.bridge, line.source_line, line.area_code, line.country_code,
	line.enabled, line.device_state_at, line.working_time, line.outside_hours, null as user, null as after_seconds,
	0 as outside, null as do_not_disturb, null as until,
	(select talking.name from `tabService Call` talking
		where talking.phone_line = line.name and talking.started_at > %(talks_since)s and talking.state = 'Answered'
			and talking.agent is not null and not exists (
				select 1 from `tabCall Event` report where report.service_call = talking.name and report.kind = 'answered'
			)
		order by talking.started_at desc limit 1) as talk
	from `tabPhone Line` line where {where}"""
_PERSON = """select line.name, null, null, null, null, null, null, null, null, null, account.name, {seconds}, {outside},
	state.do_not_disturb, state.until, null
	from `tabPhone Line` line {people}
	join `tabUser` account on account.name = {user} and account.enabled = 1
	left join `tabAgent Phone State` state on state.name = account.name
	where {where}"""
_MEMBERS = """join `tabAgent Group` grp on grp.name = {group} and grp.disabled = 0
	join `tabAgent Group Member` member on member.parent = grp.name and member.parenttype = 'Agent Group'"""
_STEP = "join `tabPhone Line Step` step on step.parent = line.name and step.parenttype = 'Phone Line'"
_PEOPLE = (
	(
		"join `tabPhone Line Agent` agent on agent.parent = line.name and agent.parenttype = 'Phone Line'",
		"agent.user",
		"0",
		"0",
	),
	(_STEP, "step.user", "step.after_seconds", "0"),
	(f"{_STEP} {_MEMBERS.format(group='step.agent_group')}", "member.user", "step.after_seconds", "0"),
	(_MEMBERS.format(group="line.outside_group"), "member.user", "0", "1"),
)


def _statement(where: str) -> str:
	"""Put the statement together from the constants above; values are parameters of it."""
	people = (
		_PERSON.format(people=people, user=user, seconds=seconds, outside=outside, where=where)
		for people, user, seconds, outside in _PEOPLE
	)
	return " union all ".join((_LINE.format(where=where), *people))


_OF_DEVICE = _statement("line.bridge = %(bridge)s and line.source_line in %(source_lines)s")
_BY_NAME = _statement("line.name in %(names)s")
_LINES_OF = " union ".join(
	f"""select line.name, line.line_title, line.bridge, line.source_line from `tabPhone Line` line {people}
	where {user} = %(user)s and line.enabled = 1"""
	for people, user, _seconds, _outside in _PEOPLE
)


@dataclass(frozen=True, slots=True)
class Target:
	"""Somebody who is told about a call.

	:param after_seconds: how long it rings before they see it.
	:param quiet: they are not to be disturbed: no pop-up, a missed call still stands in their list.
	"""

	user: str
	after_seconds: int
	quiet: bool = False


def read_line(bridge: str, source_line: str, at: datetime) -> frappe._dict | None:
	"""Return a Phone Line with everybody on it (`people`), read in one statement; None if nobody set the line up.

	:param bridge: Caller ID Bridge.
	:param source_line: the line as the bridge calls it.
	:param at: now, in the site's time zone.
	:returns: fields of the line; `people`, see `targets`; `talk`, the call that an agent took here in the Desk and that is
		not known to be over.
	"""
	return read_device_lines(bridge, [source_line], at).get(source_line)


def read_device_lines(bridge: str, source_lines: list[str], at: datetime) -> dict[str, frappe._dict]:
	"""Return the Phone Lines of several lines of a bridge as `read_line` does, all in one statement.

	:returns: by the names that were asked for; lines that nobody set up are missing.
	"""
	values = {"bridge": bridge, "source_lines": source_lines, "talks_since": at - LASTS_AT_MOST}
	# The database does not tell large letters from small ones.
	found = {line.source_line.casefold(): line for line in _lines(_OF_DEVICE, values).values()}
	return {name: found[name.casefold()] for name in source_lines if name.casefold() in found}


def read_lines(names: list[str], at: datetime) -> dict[str, frappe._dict]:
	"""Return Phone Lines by name as `read_line` does, all in one statement."""
	if not names:
		return {}
	return _lines(_BY_NAME, {"names": names, "talks_since": at - LASTS_AT_MOST})


def _lines(statement: str, values: dict) -> dict[str, frappe._dict]:
	lines = {}
	for row in frappe.db.sql(statement, values, as_dict=True):
		if row.user is None:
			lines[row.name] = row
			row.people = []
		else:
			lines[row.name].people.append(row)
	return lines


def lines_of(user: str) -> dict[str, frappe._dict]:
	"""Return the enabled Phone Lines that may ring for a user, at any hour and step, by name, with `line_title`."""
	return {row.name: row for row in frappe.db.sql(_LINES_OF, {"user": user}, as_dict=True)}


def targets(line: frappe._dict, at: datetime, now: datetime | None = None) -> list[Target]:
	"""Return who is told about a call on a line, each once, in the order in which they see it.

	Where none of those who come first takes calls, nobody waits for them: the next step rings at once.

	:param line: what `read_line` returned.
	:param at: when the call came in, in the site's time zone; the line's working time is asked for then.
	:param now: when do-not-disturb is asked for; None means `at`.
	"""
	outside = _is_outside(line, at) if line.enabled else None
	people = [row for row in line.people if row.outside == outside]
	first: dict[str, Target] = {}
	for row in people:
		seconds = cint(row.after_seconds)
		known = first.get(row.user)
		if not known or seconds < known.after_seconds:
			first[row.user] = Target(row.user, seconds, is_quiet(row, now or at))
	waited = min((target.after_seconds for target in first.values() if not target.quiet), default=0)
	skipped = waited if any(target.after_seconds < waited for target in first.values()) else 0
	told = [
		Target(target.user, max(0, target.after_seconds - skipped), target.quiet) for target in first.values()
	]
	return sorted(told, key=lambda target: (target.after_seconds, target.user))


def is_quiet(state: frappe._dict, at: datetime) -> bool:
	"""Return whether somebody is not to be disturbed at a moment.

	:param state: `do_not_disturb` and `until` of an Agent Phone State; without one, everybody takes calls.
	"""
	return bool(state.do_not_disturb) and (not state.until or state.until > at)


def _is_outside(line: frappe._dict, at: datetime) -> int | None:
	"""Return 0 for the ordinary people of a line, 1 for those outside its hours, None for nobody."""
	if not line.working_time or line.outside_hours not in (RING_GROUP, NOBODY):
		return 0
	if working_seconds_between(calendar_of(line.working_time), at, at + timedelta(seconds=1)):
		return 0
	return 1 if line.outside_hours == RING_GROUP else None
