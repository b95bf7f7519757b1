import re

import frappe
from frappe import _
from frappe.model.document import Document

ROLE = "Aftersales Bridge"


class InvalidBridgeIDError(frappe.ValidationError):
	"""The ID holds characters that a configuration file or an address cannot carry unchanged."""


class BridgeUserRoleError(frappe.ValidationError):
	"""The account of a bridge may not post calls."""


class CallerIDBridge(Document):
	def onload(self):
		self.set_onload("lines_to_set_up", self.get_lines_to_set_up())

	def validate(self):
		self.validate_bridge_id()
		self.validate_user()

	def get_lines_to_set_up(self) -> list[str]:
		"""Return lines of the device on which calls came in though they have no Phone Line."""
		call = frappe.qb.DocType("Service Call")
		return (
			frappe.qb.from_(call)
			.select(call.source_line)
			.distinct()
			.where((call.bridge == self.name) & (call.phone_line.isnull() | (call.phone_line == "")))
			.orderby(call.source_line)
			.limit(20)
		).run(pluck=True)

	def validate_bridge_id(self) -> None:
		"""
		:raises InvalidBridgeIDError: anything else than letters, digits, dots, hyphens and underscores.
		"""
		if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", self.bridge_id or ""):
			frappe.throw(
				_(
					"A bridge ID consists of letters, digits, dots, hyphens and underscores, for example front-desk."
				),
				InvalidBridgeIDError,
			)

	def validate_user(self) -> None:
		"""
		:raises BridgeUserRoleError: the account lacks the role, so every call would be refused.
		"""
		if ROLE not in frappe.get_roles(self.user):
			frappe.throw(
				_("Give {0} the role {1} first, so that the bridge may post calls.").format(
					frappe.bold(frappe.utils.escape_html(self.user)), frappe.bold(_(ROLE))
				),
				BridgeUserRoleError,
				title=_("Role Missing"),
			)


def own_bridge(bridge_id: str) -> str:
	"""Return the name of the session user's bridge. One answer for all causes: nobody learns which bridges exist.

	:param bridge_id: what the bridge calls itself.
	:raises frappe.PermissionError: unknown, disabled or another account's.
	"""
	name = frappe.db.get_value(
		"Caller ID Bridge", {"name": bridge_id, "user": frappe.session.user, "enabled": 1}, "name"
	)
	if not name:
		frappe.throw(
			_(
				"This account may not post for bridge {0}. Check the bridge ID, its user and whether it is enabled."
			).format(frappe.bold(frappe.utils.escape_html(bridge_id[:64]))),
			frappe.PermissionError,
		)
	return name
