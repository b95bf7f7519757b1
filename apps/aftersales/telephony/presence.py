"""Whether agents take calls: do-not-disturb, the telephone they sit at, the call they are in.

A user's state is a row of Agent Phone State, made when it is first needed. All open Desks of the user hear of a change.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from aftersales.telephony import routing
from aftersales.utils.access import is_permitted

DOCTYPE = "Agent Phone State"
EVENT = "aftersales_phone_state"
# Who sees and changes everybody's state; team leaders see that of their people.
OVERSEERS = ("Aftersales Administrator", "Service Manager")
FIELDS = ("name", "do_not_disturb", "until", "extension", "in_call", "in_call_since")
LONGEST_MINUTES = 24 * 60


def state_of(user: str) -> dict:
	"""Return a user's state as the Desk shows it; times as seconds, so that the browser's clock does not matter.

	:returns: `do_not_disturb`, `seconds_left` (None without an end), `extension`, `in_call`, `seconds_in_call`.
	"""
	row = frappe.db.get_value(DOCTYPE, user, FIELDS, as_dict=True) or frappe._dict()
	now = now_datetime()
	quiet = routing.is_quiet(row, now)
	return {
		"do_not_disturb": quiet,
		"seconds_left": int((row.until - now).total_seconds()) if quiet and row.until else None,
		"extension": row.extension or "",
		"in_call": row.in_call,
		"seconds_in_call": int((now - row.in_call_since).total_seconds()) if row.in_call_since else None,
	}


def change(user: str, do_not_disturb: bool | None, minutes: int | None, extension: str | None) -> dict:
	"""Change a user's own state, and return it as `state_of` does.

	:param do_not_disturb: None leaves it.
	:param minutes: after that the user takes calls again; None or 0 means not by itself.
	:param extension: None leaves it.
	:raises frappe.PermissionError: the user may not have a state.
	:raises frappe.ValidationError: more minutes than a day has, or a bad extension.
	"""
	doc = own(user)
	if do_not_disturb is not None:
		if cint(minutes) < 0 or cint(minutes) > LONGEST_MINUTES:
			frappe.throw(_("Choose between 1 minute and {0} hours.").format(LONGEST_MINUTES // 60))
		doc.do_not_disturb = int(do_not_disturb)
		ends = do_not_disturb and cint(minutes)
		doc.until = now_datetime() + timedelta(minutes=cint(minutes)) if ends else None
	if extension is not None:
		doc.extension = extension
	doc.save()
	return state_of(user)


def own(user: str) -> frappe.model.document.Document:
	"""Return a user's Agent Phone State, locked; made if there is none.

	:raises frappe.PermissionError: the user may not change it.
	"""
	make_row(user)
	doc = frappe.get_doc(DOCTYPE, user, for_update=True)
	if not is_permitted(doc, "write"):
		frappe.throw(_("You have no permission for this {0}.").format(_(DOCTYPE)), frappe.PermissionError)
	return doc


def make_row(user: str) -> None:
	"""Make a user's row unless there is one, and lock it; two at once are no error."""
	now = now_datetime()
	# "insert ignore" would share the lock of a row that is there, and two who then want it alone are a deadlock.
	frappe.db.sql(
		"""insert into `tabAgent Phone State`
			(name, user, full_name, owner, modified_by, creation, modified)
			values (%(user)s, %(user)s, %(full_name)s, %(user)s, %(user)s, %(now)s, %(now)s)
			on duplicate key update name = name""",
		{"user": user, "full_name": frappe.utils.get_fullname(user), "now": now},
	)


def begin_call(user: str, call: str) -> None:
	"""Note that a user speaks in a call from now on, and tell the user's Desks."""
	make_row(user)
	values = {"in_call": call, "in_call_since": now_datetime()}
	frappe.db.set_value(DOCTYPE, user, values, update_modified=False)
	tell(user)


def end_call(user: str, call: str) -> None:
	"""Note that a user no longer speaks in a call; another one that began meanwhile stays."""
	state = frappe.qb.DocType(DOCTYPE)
	(
		frappe.qb.update(state)
		.set(state.in_call, None)
		.set(state.in_call_since, None)
		.where((state.name == user) & (state.in_call == call))
		.run()
	)
	tell(user)


def forget_ended_calls() -> None:
	"""Free everybody whose call is over without anybody having said so; part of a scheduled job, safe to run twice."""
	frappe.db.sql(
		"""update `tabAgent Phone State` state left join `tabService Call` talk on talk.name = state.in_call
			set state.in_call = null, state.in_call_since = null
			where state.in_call is not null and (talk.name is null or talk.state != 'Answered')"""
	)


def tell(user: str) -> None:
	"""Let all open Desks of a user ask for the state anew, after the commit."""
	frappe.publish_realtime(EVENT, {}, user=user, after_commit=True)


def agent_at(extension: str, line: frappe._dict | None) -> str | None:
	"""Return who sits at a telephone: as the agents themselves say, else as Service Staff says.

	:param extension: as `extensions.bare` returns it.
	:param line: what `routing.read_line` returned; of several people with one extension, the one on the line is meant.
	:returns: an enabled user; None if nobody is known there, or more than one.
	"""
	if not extension:
		return None
	found = _enabled(frappe.get_all(DOCTYPE, {"extension": extension}, pluck="name"))
	found = found or _enabled(
		frappe.get_all("Service Staff", {"extension": extension, "enabled": 1}, pluck="user")
	)
	on_line = {row.user for row in line.people} & set(found) if line else set()
	if len(on_line) == 1:
		return on_line.pop()
	return found[0] if len(found) == 1 else None


def _enabled(users: list[str]) -> list[str]:
	return frappe.get_all("User", {"name": ("in", users), "enabled": 1}, pluck="name") if users else []
