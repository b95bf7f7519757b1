import frappe
from frappe import _
from frappe.contacts.address_and_contact import load_address_and_contact
from frappe.model.document import Document
from frappe.utils import add_days, cint, getdate, now_datetime, today

from aftersales.aftersales import customer_duplicates, customer_merge, customer_profile, customer_referrals
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.phones import clean_phones
from aftersales.utils.text import clean_fields


class DuplicateMemberNumberError(frappe.UniqueValidationError):
	"""Another customer has this member number."""


class BlackListReasonMissingError(frappe.MandatoryError):
	"""A customer is put on the black list without a reason."""


class OwnReferrerError(frappe.ValidationError):
	"""A customer refers to themselves."""


class PrivacyDateError(frappe.ValidationError):
	"""The privacy notice was given on a day that has not come yet."""


# Channel -> field that holds the address it needs; a letter needs an Address.
ADDRESS_OF_CHANNEL = {"Phone": "phone", "SMS": "phone", "E-mail": "email", "Fax": "fax"}
LETTER = "Letter"


class ServiceCustomer(Document):
	def autoname(self):
		set_number(self)

	def onload(self):
		load_address_and_contact(self)
		self.set_onload("named_by", named_by(self.name))
		self.set_onload("vip", vip_details(self.vip_level))
		self.set_onload("new_customer", is_new_customer(self.customer_since))

	def validate(self):
		clean_fields(self, "customer_name", "organisation", "member_no", "black_list_reason")
		clean_phones(self, ("phone", "fax"))
		self.validate_name()
		self.validate_member_no()
		self.validate_black_list()
		self.validate_relations()
		self.keep_company()
		self.set_registration()
		self.set_groups()
		self.set_privacy_date()
		self.warn_of_channel()
		customer_profile.set_scores(self)
		customer_duplicates.hint(self)

	def on_update(self):
		customer_referrals.remind_to_thank(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		"""Merging keeps what the other customer does not know; renaming needs the right to own numbers."""
		if merge:
			customer_merge.before_merge(self, new)
			return new
		return check_rename(self, new)

	def after_rename(self, old: str, new: str, merge: bool = False):
		if merge:
			customer_merge.follow_names(old, new)
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
			self.black_list_reason = self.black_listed_on = self.black_listed_by = None
			return
		before = self.get_doc_before_save()
		if before and before.black_listed:
			self.black_listed_on, self.black_listed_by = before.black_listed_on, before.black_listed_by
		elif not self.flags.merging:
			self.black_listed_on, self.black_listed_by = now_datetime(), frappe.session.user
		if not self.black_list_reason:
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

	def keep_company(self) -> None:
		"""A person belongs to a company; a company to none, and nobody to themselves."""
		if self.customer_kind == "Organisation" or self.company == self.name:
			self.company = None

	def set_registration(self) -> None:
		"""Who made the file, and since when the customer is one (S4.02, S6.04); typed values win."""
		if self.is_new():
			self.customer_since = self.customer_since or today()
			self.registered_by = self.registered_by or frappe.session.user

	def set_groups(self) -> None:
		"""All groups hold the main one, once; a main group that gives way to another leaves them (S7.50)."""
		before = self.get_doc_before_save()
		gone = before.customer_group if before and before.customer_group != self.customer_group else None
		listed = [row.customer_group for row in self.customer_groups]
		if gone and not self._groups_changed(before):
			listed = [group for group in listed if group != gone]
		groups = list(dict.fromkeys(filter(None, [self.customer_group, *listed])))
		if groups and not self.customer_group:
			self.customer_group = groups[0]
		if groups != listed or len(listed) != len(self.customer_groups):
			self.set("customer_groups", [{"customer_group": group} for group in groups])

	def _groups_changed(self, before: Document) -> bool:
		return {row.customer_group for row in before.customer_groups} != {
			row.customer_group for row in self.customer_groups
		}

	def set_privacy_date(self) -> None:
		"""The day on which the privacy notice was given: today unless typed (S6.05).

		:raises PrivacyDateError: it lies in the future.
		"""
		if not self.privacy_notice_given:
			self.privacy_notice_on = None
			return
		self.privacy_notice_on = self.privacy_notice_on or today()
		if getdate(self.privacy_notice_on) > getdate():
			frappe.throw(
				_("The privacy notice cannot have been given in the future. Correct the date."),
				PrivacyDateError,
			)

	def warn_of_channel(self) -> None:
		"""Say when the preferred channel lacks its address (S2.23); the record is saved all the same."""
		if not self.preferred_channel or frappe.flags.in_import:
			return
		field = ADDRESS_OF_CHANNEL.get(self.preferred_channel)
		if self.preferred_channel == LETTER:
			missing = _("Address") if not self.is_new() and not customer_profile.has_address(self) else None
		else:
			missing = _(self.meta.get_label(field)) if field and not self.get(field) else None
		if missing:
			frappe.msgprint(
				_("The customer prefers {0}, but {1} is missing.").format(
					frappe.bold(_(self.preferred_channel)), frappe.bold(missing)
				),
				indicator="orange",
				alert=True,
			)


def named_by(customer: str) -> list[dict]:
	"""Return relations that other customers hold to this one, the other direction of `relations` (S3.03).

	:returns: rows of customer, customer_name and relation, those that the user may read.
	"""
	if not frappe.db.exists("Customer Relation", {"related_customer": customer}):
		return []
	rows = frappe.get_list(
		"Service Customer",
		filters=[["Customer Relation", "related_customer", "=", customer]],
		fields=["name as customer", "customer_name", "`tabCustomer Relation`.relation"],
		order_by="`tabService Customer`.modified desc",
		limit=100,
	)
	return [row for row in rows if row.customer != customer]


def vip_details(level: str | None) -> dict | None:
	"""Return what agents tell customers of a VIP level (S6.06): requirements, discount, benefits, colour."""
	if not level:
		return None
	doc = frappe.get_cached_doc("VIP Level", level)
	return {
		field: doc.get(field)
		for field in ("level_name", "rank", "colour", "requirements", "discount", "benefits")
	}


def is_new_customer(customer_since) -> bool:
	"""Return whether a customer counts as new (S4.02): in the days after `customer_since` that the settings say.

	Without a date nobody knows, and the customer counts as old.
	"""
	days = cint(frappe.get_cached_doc("Aftersales Settings").new_customer_days)
	return bool(customer_since) and getdate(customer_since) > getdate(add_days(today(), -days))


def on_doctype_update():
	"""The lists by last change within a group, a region, a dealer, an owner, a level, the black list.

	Indexes of one column stand in the JSON: Frappe drops others when a site adds a Custom Field.
	"""
	for columns in (
		["customer_group", "modified"],
		["region", "modified"],
		["dealer", "modified"],
		["account_owner", "modified"],
		["vip_level", "modified"],
		["black_listed", "modified"],
	):
		frappe.db.add_index("Service Customer", columns)
