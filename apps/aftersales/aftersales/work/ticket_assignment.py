"""Who gets a ticket: by load, shift and expertise (S8.11, S9.03, S10.03).

An Agent Group that assigns tickets gives each new one that has nobody in charge to one of its members: those who are on
shift (if it says so), have room for more work, and know the product; among them to whom has the least open work, and of
equals to whom was chosen the longest time ago. Dispatchers assign by hand, with the same figures before them.
"""

from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_fullname, now_datetime

from aftersales.aftersales.organisation import Organisation
from aftersales.aftersales.work import shifts
from aftersales.utils import tasks
from aftersales.utils.access import check_permission

TICKET = "Service Ticket"
GROUP = "Agent Group"
# Nobody of the staff, so whoever a ticket came from without a person: the portal, an e-mail, a program.
NOBODY = (None, "", "Guest", "Administrator")


class NobodyAvailableError(frappe.ValidationError):
	"""No group takes the ticket, or nobody in it has room."""


class NotStaffError(frappe.ValidationError):
	"""The chosen person cannot be in charge of tickets."""


@dataclass
class Candidate:
	"""One member of a group, as a ticket sees them.

	load: open tickets and open work assignments. limit: most that they take at once, 0 for no limit. expert: knows the
	ticket's product. last: when they were chosen last.
	"""

	user: str
	full_name: str
	load: int
	limit: int
	on_duty: bool
	expert: bool
	last: datetime | None

	@property
	def has_room(self) -> bool:
		"""Whether they take one more."""
		return not self.limit or self.load < self.limit


def assign_new(ticket: Document, method: str | None = None) -> None:
	"""`validate` of a ticket: a new one that has nobody in charge goes to whom a group chooses.

	Nobody available is no error: the ticket stays for a dispatcher.
	"""
	if not ticket.is_new() or not _has_nobody(ticket):
		return
	for group in groups_for(ticket):
		if user := choose(ticket, group):
			_put_in_charge(ticket, user)
			ticket.flags.assigned_by_load = True
			return


def tell_chosen(ticket: Document, method: str | None = None) -> None:
	"""`after_insert` of a ticket: put one that a group gave away into the task list of who got it."""
	if ticket.flags.assigned_by_load:
		_add_task(ticket)


@frappe.whitelist()
def candidates(ticket: str) -> list[dict]:
	"""Return who could take a ticket, the best first, with what speaks for them.

	:param ticket: record number.
	:returns: `user`, `full_name`, `load`, `limit`, `on_duty`, `expert`, `has_room`, `agent_group` of each.
	:raises frappe.PermissionError: the user may not change the ticket.
	:raises frappe.DoesNotExistError: there is no such ticket.
	"""
	doc = frappe.get_doc(TICKET, ticket)
	doc.check_permission("write")
	found = {}
	for group in groups_for(doc, any_kind=True):
		for person in sorted(members(doc, group), key=_rank):
			found.setdefault(
				person.user, vars(person) | {"has_room": person.has_room, "agent_group": group.name}
			)
	for row in found.values():
		del row["last"]
	return sorted(
		found.values(),
		key=lambda row: (not row["on_duty"], not row["has_room"], not row["expert"], row["load"]),
	)


@frappe.whitelist(methods=["POST"])
def assign(ticket: str, user: str | None = None) -> str:
	"""Put somebody in charge of a ticket: the given person, or whom load, shift and expertise point to (S8.11).

	:param ticket: record number.
	:param user: the engineer; empty to let the groups that assign tickets decide.
	:returns: the user who is in charge now.
	:raises frappe.PermissionError: the user may not change the ticket.
	:raises NobodyAvailableError: no group takes the ticket, or nobody in it is available.
	:raises NotStaffError: the given person cannot work on tickets.
	"""
	doc = frappe.get_doc(TICKET, ticket, for_update=True)
	doc.check_permission("write")
	if user:
		check_person(user)
	else:
		user = next((found for group in groups_for(doc) if (found := choose(doc, group))), None)
	if not user:
		frappe.throw(
			_("Nobody is available for this ticket now. Choose a person, or look at groups and shifts."),
			NobodyAvailableError,
			title=_("Nobody Available"),
		)
	give(doc, user)
	return user


@frappe.whitelist(methods=["POST"])
def assign_many(tickets: str | list) -> dict:
	"""Assign the chosen tickets of a list by load, each as `assign` does; one that fails leaves the others.

	:param tickets: record numbers, JSON or a list, at most 200.
	:returns: `assigned`: record number -> user; `left`: record numbers that nobody could take.
	:raises frappe.PermissionError: the user may not change tickets, or not one of these.
	"""
	check_permission(TICKET, "write")
	names = frappe.parse_json(tickets)
	if not isinstance(names, list) or len(names) > 200:
		frappe.throw(_("Choose up to {0} tickets.").format(200))
	assigned, left = {}, []
	for name in names:
		try:
			assigned[name] = assign(str(name))
		except NobodyAvailableError:
			frappe.clear_last_message()
			left.append(name)
	return {"assigned": assigned, "left": left}


def groups_for(ticket: Document, any_kind: bool = False) -> list[Document]:
	"""Return the groups that take a ticket, the one with the highest priority first.

	:param any_kind: also groups that assign nothing by themselves.
	"""
	filters = {"disabled": 0} if any_kind else {"disabled": 0, "assigns_tickets": 1}
	names = frappe.get_all(
		GROUP, filters=filters, order_by="assigns_tickets desc, priority desc, name", pluck="name"
	)
	groups = [frappe.get_cached_doc(GROUP, name) for name in names]
	return [group for group in groups if _takes(group, ticket.record_type)]


def choose(ticket: Document, group: Document) -> str | None:
	"""Return the member who shall get a ticket, and remember that; None when nobody is available.

	Whoever chooses in the same group at the same time waits for this transaction, and then sees its choice: the rows are
	read under lock, so that it is what is committed now that is read, and not what was when the transaction began.
	"""
	_lock(group.name)
	available = [
		person
		for person in members(ticket, group)
		if person.has_room and (person.on_duty or not group.only_on_shift)
	]
	if not available:
		return None
	best = min(available, key=_rank)
	frappe.db.set_value(
		"Agent Group Member",
		{"parent": group.name, "user": best.user},
		"last_assigned_on",
		now_datetime(),
		update_modified=False,
	)
	return best.user


def members(ticket: Document, group: Document) -> list[Candidate]:
	"""Return the members of a group who work here at present, with what a choice depends on."""
	organisation = Organisation.load()
	users = [row.user for row in group.members if organisation.is_available(row.user)]
	if not users:
		return []
	staff = {
		row.user: row
		for row in frappe.get_all(
			"Service Staff", filters={"user": ("in", users)}, fields=["user", "expertise", "max_open_tasks"]
		)
	}
	loads, last = open_work(users), _last_chosen(group.name)
	on_duty = set(shifts.on_duty(group=group.name))
	wanted = _topics(ticket)
	return [
		Candidate(
			user=user,
			full_name=get_fullname(user),
			load=loads.get(user, 0),
			limit=cint(staff.get(user, {}).get("max_open_tasks")),
			on_duty=user in on_duty,
			expert=bool(wanted & _expertise(staff.get(user, {}).get("expertise"))),
			last=last.get(user),
		)
		for user in users
	]


def open_work(users: list[str]) -> dict[str, int]:
	"""Return how many open tickets and open work assignments each user has; two statements.

	Reads what is committed at this moment, even in a transaction that began earlier, and passes over tickets that somebody is
	just saving instead of waiting for them.
	"""
	loads: dict[str, int] = {}
	for statement in (
		"select `person_in_charge`, `name` from `tabService Ticket` "
		"where `person_in_charge` in %s and `completed` = 0 lock in share mode skip locked",
		"select `assignee`, `name` from `tabWork Assignment` "
		"where `assignee` in %s and `stage` in ('To Do', 'In Progress') lock in share mode skip locked",
	):
		for user, _name in frappe.db.sql(statement, (users,)):
			loads[user] = loads.get(user, 0) + 1
	return loads


def check_person(user: str) -> None:
	"""Refuse somebody who could not do anything with a ticket.

	:raises NotStaffError: unknown, disabled or gone, or without the right to change tickets.
	"""
	if not Organisation.load().is_available(user) or not frappe.has_permission(TICKET, "write", user=user):
		frappe.throw(
			_("{0} cannot be in charge of tickets. Choose somebody else.").format(
				frappe.bold(frappe.utils.escape_html(get_fullname(user) or user))
			),
			NotStaffError,
		)


def give(ticket: Document, user: str) -> None:
	"""Put a user in charge of a stored ticket and the ticket into their task list, and take it from who had it."""
	before = ticket.person_in_charge
	_put_in_charge(ticket, user)
	# who may change this ticket was checked; what else the ticket's rules refuse, they refuse here as well
	ticket.save()
	if before not in (*NOBODY, user):
		tasks.remove(before, TICKET, ticket.name)
	_add_task(ticket)


def _put_in_charge(ticket: Document, user: str) -> None:
	ticket.person_in_charge = user
	ticket.person_in_charge_name = get_fullname(user)


def _add_task(ticket: Document) -> None:
	task = {"reference_type": TICKET, "reference_name": ticket.name, "status": "Open"}
	if frappe.db.exists("ToDo", task | {"allocated_to": ticket.person_in_charge}):
		return
	about = " · ".join(filter(None, (ticket.customer_name, ticket.product_name))) or ticket.name
	tasks.add(ticket.person_in_charge, TICKET, ticket.name, frappe.utils.escape_html(about))


def _has_nobody(ticket: Document) -> bool:
	person = ticket.person_in_charge
	return person in NOBODY or frappe.get_cached_value("User", person, "user_type") == "Website User"


def _takes(group: Document, record_type: str | None) -> bool:
	wanted = {line.strip() for line in (group.record_types or "").splitlines() if line.strip()}
	return not wanted or record_type in wanted


def _rank(person: Candidate) -> tuple:
	return (not person.expert, person.load, person.last or datetime.min, person.user)


def _topics(ticket: Document) -> set[str]:
	return {
		text.casefold() for text in (ticket.product, ticket.product_name, ticket.product_category) if text
	}


def _expertise(text: str | None) -> set[str]:
	for mark in ("\n", ";", "；", "，", "、"):
		text = (text or "").replace(mark, ",")
	return {part.strip().casefold() for part in text.split(",") if part.strip()}


def _lock(group: str) -> None:
	table = frappe.qb.DocType(GROUP)
	frappe.qb.from_(table).select(table.name).where(table.name == group).for_update().run()


def _last_chosen(group: str) -> dict[str, datetime]:
	row = frappe.qb.DocType("Agent Group Member")
	query = frappe.qb.from_(row).select(row.user, row.last_assigned_on).where(row.parent == group)
	return dict(query.for_update().run())
