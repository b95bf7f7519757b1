"""Agent Phone State: whether an agent takes calls at the moment, and on which telephone."""

import re

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.aftersales import organisation
from aftersales.telephony import calls, presence

EXTENSION = re.compile(r"[0-9A-Za-z*#._/-]{1,16}")


class BadExtensionError(frappe.ValidationError):
	"""No exchange calls a telephone so."""


class AgentPhoneState(Document):
	def validate(self):
		self.validate_extension()
		if not self.do_not_disturb:
			self.until = None

	def on_update(self):
		self.leave_other_telephones()
		presence.tell(self.user)
		if self.has_value_changed("do_not_disturb") or self.has_value_changed("until"):
			calls.tell_again(self.user)

	def validate_extension(self) -> None:
		"""
		:raises BadExtensionError: says what to type.
		"""
		self.extension = (self.extension or "").strip() or None
		if self.extension and not EXTENSION.fullmatch(self.extension):
			frappe.throw(
				_("{0} is no extension. Type it as the exchange shows it, for example 8001.").format(
					frappe.bold(frappe.utils.escape_html(self.extension[:40]))
				),
				BadExtensionError,
			)

	def leave_other_telephones(self) -> None:
		"""A telephone belongs to who sat down at it last: the shift before has gone home."""
		if not self.extension or not self.has_value_changed("extension"):
			return
		others = {"extension": self.extension, "name": ("!=", self.name)}
		for user in frappe.get_all(self.doctype, others, pluck="name"):
			frappe.db.set_value(self.doctype, user, "extension", None)
			presence.tell(user)


def people_of(user: str) -> set[str] | None:
	"""Return whose states a user sees; None means everybody's.

	Oneself; a team leader also who reports to them and the members of groups that they lead.
	"""
	if user == "Administrator":
		return None
	roles = frappe.get_roles(user)
	if set(presence.OVERSEERS) & set(roles):
		return None
	if "Agent Team Leader" not in roles:
		return {user}
	group, member = frappe.qb.DocType("Agent Group"), frappe.qb.DocType("Agent Group Member")
	led = (
		frappe.qb.from_(member)
		.join(group)
		.on(group.name == member.parent)
		.where((group.leader == user) & (member.parenttype == "Agent Group"))
		.select(member.user)
		.run(pluck=True)
	)
	return {user, *led, *organisation.subordinates_of(user)}


def query_conditions(user: str | None = None) -> str:
	"""SQL condition for lists, links, reports and exports (hook `permission_query_conditions`)."""
	people = people_of(user or frappe.session.user)
	if people is None:
		return ""
	names = ", ".join(frappe.db.escape(name) for name in sorted(people))
	return f"`tabAgent Phone State`.`name` in ({names})"


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether *user* may do *ptype* with this state (hook `has_permission`); can only take rights away.

	Leaders see how their people are, and change nothing of it; overseers may.
	"""
	user = user or frappe.session.user
	people = people_of(user)
	# What is stored counts: otherwise somebody could first write their own name into it.
	owner = doc.user if doc.is_new() else doc.name
	if people is None or owner == user:
		return True
	return ptype not in ("write", "create", "delete") and owner in people
