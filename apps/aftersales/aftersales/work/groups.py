"""Groups and shifts: who may manage which, and who may be in them (S2.44, S6.28).

Who may write the field `leader` of Agent Group (permission level 1: managers) manages all groups and shifts. An Agent
Team Leader manages those groups that they lead, and puts only themselves and people who report to them into them.
"""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, today

from aftersales.aftersales import organisation

GROUP = "Agent Group"
HOTLINE = "Hotline"
CHANGES = ("write", "delete", "share")


class NotLeaderError(frappe.PermissionError):
	"""Somebody else leads the group."""


class NotOwnPeopleError(frappe.PermissionError):
	"""Somebody who does not report to the leader is put into a group or on a shift."""


class UntrainedError(frappe.ValidationError):
	"""Somebody without training is put on the hotline (S6.28)."""


class DoubleMemberError(frappe.ValidationError):
	"""The same agent is entered twice."""


def manages_all(user: str | None = None) -> bool:
	"""Return whether a user may manage everybody's groups and shifts."""
	user = user or frappe.session.user
	return user == "Administrator" or 1 in frappe.get_meta(GROUP).get_permlevel_access("write", user=user)


def group_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether *user* may do *ptype* with this group (hook `has_permission`); can only take rights away."""
	return ptype not in CHANGES or doc.is_new() or leads(doc.name, user)


def shift_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether *user* may do *ptype* with this shift (hook `has_permission`); can only take rights away."""
	if ptype not in CHANGES or doc.is_new():
		return True
	return leads(frappe.db.get_value("Shift", doc.name, "agent_group"), user)


def leads(group: str | None, user: str | None = None) -> bool:
	"""Return whether a user manages a group: as its leader or as somebody who manages all."""
	user = user or frappe.session.user
	return manages_all(user) or bool(group and frappe.db.get_value(GROUP, group, "leader") == user)


def check_leader(group: Document) -> None:
	"""Refuse a group that a team leader would make or change for somebody else.

	:raises NotLeaderError: the group has another leader, or none.
	"""
	if group.flags.ignore_permissions or manages_all() or group.leader == frappe.session.user:
		return
	frappe.throw(
		_("Only managers can make a group that somebody else leads."),
		NotLeaderError,
		title=_("Not Permitted"),
	)


def check_leads(group: str) -> None:
	"""Refuse who does not manage a group.

	:raises NotLeaderError: always then.
	"""
	if not leads(group):
		frappe.throw(
			_("The group {0} is managed by {1}.").format(
				frappe.bold(group),
				frappe.utils.get_fullname(frappe.db.get_value(GROUP, group, "leader")) or _("a manager"),
			),
			NotLeaderError,
			title=_("Not Permitted"),
		)


def check_own_people(users: Iterable[str]) -> None:
	"""Refuse people who do not report to the session's user, unless that user manages all groups.

	:raises NotOwnPeopleError: with the first of them.
	"""
	users = set(users)
	if not users or manages_all():
		return
	me = frappe.session.user
	strangers = users - {me} - set(organisation.subordinates_of(me))
	if strangers:
		frappe.throw(
			_("{0} does not report to you. Choose people of your own team, or ask a manager.").format(
				frappe.bold(frappe.utils.get_fullname(min(strangers)))
			),
			NotOwnPeopleError,
		)


def check_trained(users: Iterable[str]) -> None:
	"""Refuse people who have not been trained yet (S6.28); Service Staff says who has, and when.

	:raises UntrainedError: with the first of them.
	"""
	users = set(users)
	if not users:
		return
	staff = frappe.qb.DocType("Service Staff")
	trained = (
		frappe.qb.from_(staff)
		.select(staff.user)
		.where(staff.user.isin(list(users)) & (staff.trained_on <= getdate(today())))
		.run(pluck=True)
	)
	if untrained := users - set(trained):
		frappe.throw(
			_("{0} has not been trained for the hotline. Enter the day of the training in {1} first.").format(
				frappe.bold(frappe.utils.get_fullname(min(untrained))), _("Service Staff")
			),
			UntrainedError,
			title=_("Training Missing"),
		)


def refuse_doubles(doc: Document) -> None:
	"""Refuse a table `members` that names somebody twice.

	:raises DoubleMemberError: with the person.
	"""
	seen = set()
	for row in doc.members:
		if row.user in seen:
			frappe.throw(
				_("{0} is entered twice.").format(frappe.bold(frappe.utils.get_fullname(row.user))),
				DoubleMemberError,
			)
		seen.add(row.user)
