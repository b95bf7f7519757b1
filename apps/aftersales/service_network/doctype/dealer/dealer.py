import frappe
from frappe import _
from frappe.contacts.address_and_contact import load_address_and_contact
from frappe.model.document import Document

from aftersales.utils.phones import clean_phones
from aftersales.utils.text import clean_fields, clean_text, comparison_key


class DuplicateDealerError(frappe.DuplicateEntryError):
	"""Another dealer has the same full name."""


class Dealer(Document):
	def onload(self):
		load_address_and_contact(self)

	def before_naming(self):
		self.dealer_name = clean_text(self.dealer_name)
		self.set_name_key()

	def validate(self):
		clean_fields(self, "short_name", "dealer_code", "technical_lead")
		clean_phones(self)
		self.set_name_key()

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		"""The new name obeys the rules of the first one."""
		new = clean_text(new)
		if not merge:
			self.refuse_same_name(comparison_key(new))
		return new

	def after_rename(self, old: str, new: str, merge: bool = False):
		self.db_set("name_key", comparison_key(new), update_modified=False)

	def set_name_key(self) -> None:
		"""A dealer is chosen by the exact full name (S1.23), so no two may differ in spaces or case only."""
		self.name_key = comparison_key(self.dealer_name)
		self.refuse_same_name(self.name_key)

	def refuse_same_name(self, name_key: str) -> None:
		"""
		:raises DuplicateDealerError: names the dealer that is there already.
		"""
		other = frappe.db.get_value("Dealer", {"name_key": name_key, "name": ["!=", self.name or ""]})
		if name_key and other:
			frappe.throw(
				_(
					"The dealer {0} is there already. Full names must differ in more than spaces and letter case."
				).format(frappe.bold(other)),
				DuplicateDealerError,
				title=_("Duplicate Dealer"),
			)


def on_doctype_update():
	"""The list by last change within a region."""
	frappe.db.add_index("Dealer", ["region", "modified"])
