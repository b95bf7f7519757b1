"""Spare Part: what is stocked, fitted and sold (S7.07)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.spare_parts import renaming
from aftersales.spare_parts.ledger import LEDGER
from aftersales.utils.naming import check_number, clean_number
from aftersales.utils.text import clean_fields


class PartChangeError(frappe.ValidationError):
	"""The change contradicts what happened to the part."""


class SparePart(Document):
	def before_naming(self):
		self.part_no = clean_number(self.part_no)
		check_number(self.doctype, self.part_no)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			renaming.refuse_merge(self.doctype)
		number = clean_number(new)
		if number.casefold() != old.casefold():
			check_number(self.doctype, number)
		renaming.lock("spare_part", old)
		return number

	def after_rename(self, old: str, new: str, merge: bool = False):
		renaming.renew_keys("spare_part", new)

	def validate(self):
		clean_fields(self, "part_name", "specification", "stock_uom", "bar_code")
		self.validate_tracking()
		self.validate_substitutes()

	def validate_tracking(self) -> None:
		"""Serial numbers are tracked from the first piece on, or never.

		:raises PartChangeError: there were movements already.
		"""
		before = self.get_doc_before_save()
		if (
			before
			and before.serial_tracked != self.serial_tracked
			and frappe.db.exists(LEDGER, {"spare_part": self.name})
		):
			frappe.throw(
				_("{0} has been moved already. Make a new part to track its serial numbers or not.").format(
					frappe.bold(self.name)
				),
				PartChangeError,
			)

	def validate_substitutes(self) -> None:
		"""A part does not stand in for itself, and each substitute is named once.

		:raises PartChangeError: names the row.
		"""
		seen = {self.name}
		for row in self.substitutes:
			if row.spare_part in seen:
				frappe.throw(
					_("Row {0}: {1} is the part itself or is named twice.").format(
						row.idx, frappe.bold(row.spare_part)
					),
					PartChangeError,
				)
			seen.add(row.spare_part)


def on_doctype_update():
	"""The list by last change and within a category; by name and bar code, see the JSON."""
	frappe.db.add_index("Spare Part", ["part_category", "modified"])
