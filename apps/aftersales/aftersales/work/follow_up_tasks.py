"""Arrangement of follow-up calls by sample: which of them, and who of a group calls (S2.44).

The sample is drawn by aftersales.utils.sampling, the calls are shared out by load by aftersales.aftersales.follow_ups.
"""

from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, flt, get_fullname, getdate, today

from aftersales.aftersales import follow_ups
from aftersales.aftersales.follow_ups import ByLoad
from aftersales.aftersales.work import groups, shifts
from aftersales.utils.access import check_permission
from aftersales.utils.sampling import METHODS, SamplingError, draw

DOCTYPE = "Follow-up"
MOST = 500
FIELDS = ["name", "customer_name", "reason", "due_date", "planned_for", "source_doctype", "source_name"]


class ArrangementError(frappe.ValidationError):
	"""Nothing can be arranged as asked."""


@frappe.whitelist()
def preview(
	group: str,
	method: str = "All",
	size: float = 0,
	seed: str = "",
	due_until: str | None = None,
	only_unassigned: int = 0,
	on_date: str | None = None,
	all_members: int = 0,
) -> dict:
	"""Return a sample of open follow-ups and how many of them each agent would get; nothing is changed (S2.44).

	:param group: Agent Group, which the user leads.
	:param method: see `aftersales.utils.sampling.METHODS`; "Random by Person" counts per person who has the call now.
	:param size: number or percentage, as the method asks.
	:param seed: text that decides the chance; the same one draws the same sample again.
	:param due_until: only calls that are due until this day.
	:param only_unassigned: only calls that nobody of the group has yet.
	:param on_date: day on whose shifts the agents are; today when empty.
	:param all_members: let all members of the group take part, on shift or not.
	:returns: `population`: number of open calls; `sample`: rows with `FIELDS`; `shares`: rows of `user`, `full_name`, `share`.
	:raises frappe.PermissionError: the user may not handle follow-ups, or does not lead the group.
	:raises ArrangementError: nobody is on shift, or the sample makes no sense.
	"""
	users = takers(group, on_date, all_members)
	rows = population(group, due_until, cint(only_unassigned))
	sample = sample_of(rows, method, flt(size), seed)
	names = [row.name for row in sample]
	load = ByLoad(users, leave_out=names)
	share = dict.fromkeys(users, 0)
	for _name in names:
		share[load.next()] += 1
	return {
		"population": len(rows),
		"sample": sample,
		"shares": [{"user": user, "full_name": get_fullname(user), "share": share[user]} for user in users],
	}


@frappe.whitelist(methods=["POST"])
def arrange(group: str, names: str | list, on_date: str | None = None, all_members: int = 0) -> dict:
	"""Give the calls of a sample to the agents of a group, by load (S2.44).

	:param group: Agent Group, which the user leads.
	:param names: follow-ups, as `preview` returned them.
	:param on_date: see `preview`.
	:param all_members: see `preview`.
	:returns: user -> how many calls they got.
	:raises frappe.PermissionError: the user may not handle follow-ups, or does not lead the group.
	:raises ArrangementError: nobody is on shift, or nothing is to be arranged.
	"""
	users = takers(group, on_date, all_members)
	names = frappe.parse_json(names)
	if not isinstance(names, list) or not 0 < len(names) <= MOST:
		frappe.throw(_("Choose from 1 to {0} follow-ups.").format(MOST), ArrangementError)
	return follow_ups.assign([str(name) for name in names], users)


def takers(group: str, on_date: str | date | None = None, all_members: int | bool = False) -> list[str]:
	"""Return the agents of a group who take part: those who are on shift on a day, or all.

	:raises frappe.PermissionError: the user may not handle follow-ups, or does not lead the group.
	:raises ArrangementError: nobody.
	"""
	check_permission(DOCTYPE, "write")
	doc = frappe.get_doc("Agent Group", group)
	doc.check_permission("read")
	groups.check_leads(group)
	members = [row.user for row in doc.members]
	if not cint(all_members):
		day = getdate(on_date or today())
		working = {
			row.user
			for row in shifts.shifts_of(members, day, day)
			if row.agent_group == group and row.pattern.takes_place(day)
		}
		members = [user for user in members if user in working]
	if not members:
		frappe.throw(
			_("Nobody of {0} is on shift on that day. Plan a shift, or let all members take part.").format(
				frappe.bold(group)
			),
			ArrangementError,
			title=_("Nobody on Shift"),
		)
	return members


def population(group: str, due_until: str | None, only_unassigned: int) -> list[dict]:
	"""Return the open follow-ups that the user may see, the first due first."""
	filters = [[DOCTYPE, "stage", "=", "Open"]]
	if due_until:
		filters.append([DOCTYPE, "due_date", "<=", getdate(due_until)])
	if only_unassigned:
		members = [row.user for row in frappe.get_cached_doc("Agent Group", group).members]
		filters.append([DOCTYPE, "planned_for", "not in", members])
	return frappe.get_list(
		DOCTYPE, filters=filters, fields=FIELDS, order_by="due_date asc, name asc", limit_page_length=0
	)


def sample_of(rows: list[dict], method: str, size: float, seed: str) -> list[dict]:
	"""Return the rows that are drawn.

	:raises ArrangementError: unknown method or a size that it cannot use, or more than can be arranged at once.
	"""
	person = {row.name: row.planned_for for row in rows}
	if method not in METHODS:
		frappe.throw(_("Choose a method of sampling."), ArrangementError)
	try:
		drawn = set(draw(list(person), method, size, seed or today(), person))
	except SamplingError:
		frappe.throw(_("The size does not fit the method of sampling."), ArrangementError)
	if len(drawn) > MOST:
		frappe.throw(_("Choose from 1 to {0} follow-ups.").format(MOST), ArrangementError)
	return [row for row in rows if row.name in drawn]
