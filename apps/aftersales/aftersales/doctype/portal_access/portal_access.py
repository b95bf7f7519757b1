"""Portal Access: who may see what in the customer portal (R20, S4.03, S4.05)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.portal import accounts
from aftersales.utils.access import check_permission

PARTY = {"Dealer": ("dealer", "Dealer")}
OF_CUSTOMER = ("customer", "Service Customer")


class PortalAccessError(frappe.ValidationError):
	"""The grant contradicts itself, exists already, or is for somebody who cannot have it."""


class PortalAccess(Document):
	def validate(self):
		self.email = self.email.strip().lower()
		self.keep_one_party()
		self.refuse_second()
		self.refuse_staff()

	def before_insert(self):
		"""The person's account comes first: the grant links to it."""
		self.email = (self.email or "").strip().lower()
		self.check_right_on_party()
		self.refuse_staff()
		self.user = accounts.ensure_user(self.email, self.full_name, self.language)

	def after_insert(self):
		if self.origin == "Invitation" and accounts.send_invitation(self):
			self.db_set("invited_on", now_datetime(), update_modified=False)

	@property
	def party(self) -> tuple[str, str]:
		"""DocType and field of whom the grant is about."""
		field, doctype = PARTY.get(self.access, OF_CUSTOMER)
		return doctype, field

	def keep_one_party(self) -> None:
		"""A grant is about a customer or about a dealer, as the access says.

		:raises PortalAccessError: it names neither.
		"""
		doctype, field = self.party
		if not self.get(field):
			frappe.throw(
				_("Choose the {0} whose data the person may see.").format(_(doctype)), PortalAccessError
			)
		for other in {"customer", "dealer"} - {field}:
			self.set(other, None)

	def refuse_second(self) -> None:
		"""One grant per person and party; change that one instead.

		:raises PortalAccessError: there is another.
		"""
		_doctype, field = self.party
		same = {"email": self.email, field: self.get(field), "name": ("!=", self.name or "")}
		if frappe.db.exists("Portal Access", same):
			frappe.throw(
				_("{0} has access to {1} already. Change that entry instead.").format(
					frappe.bold(frappe.utils.escape_html(self.email)), frappe.bold(self.get(field))
				),
				PortalAccessError,
			)

	def refuse_staff(self) -> None:
		"""Staff work in the Desk; the portal's rules hold for website users only.

		:raises PortalAccessError: the address is a Desk user's.
		"""
		if frappe.db.get_value("User", self.email, "user_type") == "System User":
			frappe.throw(
				_("{0} is an account of the staff. The portal is for customers and dealers.").format(
					frappe.bold(frappe.utils.escape_html(self.email))
				),
				PortalAccessError,
			)

	def check_right_on_party(self) -> None:
		"""Whoever grants access to a party's data must be allowed to read that data.

		:raises frappe.PermissionError: they are not.
		"""
		if self.flags.ignore_permissions:
			return
		doctype, field = self.party
		if self.get(field):
			check_permission(doctype, "read", doc=self.get(field))

	@frappe.whitelist(methods=["POST"])
	def invite_again(self) -> bool:
		"""Send the person another mail with a link to choose a password.

		:returns: whether a mail was queued; without an outgoing account none is.
		:raises frappe.PermissionError: the user may not change the grant.
		"""
		self.check_permission("write")
		sent = accounts.send_invitation(self)
		if sent:
			self.db_set("invited_on", now_datetime())
		return sent


def on_doctype_update():
	frappe.db.add_index("Portal Access", ["user", "enabled"])
