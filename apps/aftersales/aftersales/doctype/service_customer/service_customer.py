import frappe
from frappe import _
from frappe.contacts.address_and_contact import load_address_and_contact
from frappe.model.document import Document

from aftersales.aftersales import customer_duplicates, customer_merge
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.phones import clean_phones
from aftersales.utils.text import clean_fields


class DuplicateMemberNumberError(frappe.UniqueValidationError):
	"""Another customer has this member number."""


class BlackListReasonMissingError(frappe.MandatoryError):
	"""A customer is put on the black list without a reason."""


class OwnReferrerError(frappe.ValidationError):
	"""A customer refers to themselves."""


class ServiceCustomer(Document):
	def autoname(self):
		set_number(self)

	def onload(self):
		load_address_and_contact(self)

	def validate(self):
		clean_fields(self, "customer_name", "organisation", "member_no", "black_list_reason")
		clean_phones(self, ("phone", "fax"))
		self.validate_name()
		self.validate_member_no()
		self.validate_black_list()
		self.validate_relations()
		customer_duplicates.hint(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		"""Merging keeps what the other customer does not know; renaming needs the right to own numbers."""
		if merge:
			customer_merge.before_merge(self, new)
			return new
		return check_rename(self, new)

	def after_rename(self, old: str, new: str, merge: bool = False):
		if merge:
			customer_merge.after_merge(self)

	def validate_name(self) -> None:
		"""A name of spaces is no name; Frappe's own check came before trimming."""
		if not self.customer_name:
			frappe.throw(_("Type the customer's name."), frappe.MandatoryError)

	def validate_member_no(self) -> None:
		"""
		:raises DuplicateMemberNumberError: names the customer who has the number.
		"""
		if not self.member_no:
			return
		other = frappe.db.get_value(
			"Service Customer", {"member_no": self.member_no, "name": ["!=", self.name]}
		)
		if other:
			frappe.throw(
				_("The member number {0} belongs to customer {1}.").format(
					frappe.bold(frappe.utils.escape_html(self.member_no)), frappe.bold(other)
				),
				DuplicateMemberNumberError,
				title=_("Member Number Taken"),
			)

	def validate_black_list(self) -> None:
		"""Agents see why when the customer calls (S7.48); a customer taken off the list carries no old reason.

		:raises BlackListReasonMissingError: no reason given.
		"""
		if not self.black_listed:
			self.black_list_reason = None
		elif not self.black_list_reason:
			frappe.throw(
				_("Say why {0} is on the black list.").format(
					frappe.bold(frappe.utils.escape_html(self.customer_name))
				),
				BlackListReasonMissingError,
				title=_("Reason Missing"),
			)

	def validate_relations(self) -> None:
		"""
		:raises OwnReferrerError: the customer is their own referrer or relation.
		"""
		if self.is_new():
			return
		if self.referred_by == self.name:
			frappe.throw(_("A customer cannot be referred by themselves."), OwnReferrerError)
		if any(row.related_customer == self.name for row in self.relations):
			frappe.throw(_("A customer cannot be related to themselves."), OwnReferrerError)


def on_doctype_update():
	"""The lists by last change, by name, within a group, a region, a dealer, an owner; look-up by organisation."""
	for columns in (
		["customer_name"],
		["organisation"],
		["customer_group", "modified"],
		["region", "modified"],
		["dealer", "modified"],
		["account_owner", "modified"],
	):
		frappe.db.add_index("Service Customer", columns)
