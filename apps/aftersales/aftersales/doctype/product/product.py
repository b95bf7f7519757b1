import re

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.utils.naming import check_number, clean_number
from aftersales.utils.text import clean_fields


class SerialPatternError(frappe.ValidationError):
	"""The pattern of serial numbers is no regular expression."""


class Product(Document):
	def before_naming(self):
		self.product_code = clean_number(self.product_code)

	def validate(self):
		clean_fields(self, "product_name", "model", "specification", "package")
		self.validate_serial_pattern()

	def validate_serial_pattern(self) -> None:
		"""
		:raises SerialPatternError: with the place of the mistake.
		"""
		self.serial_pattern = (self.serial_pattern or "").strip() or None
		try:
			re.compile(self.serial_pattern or "")
		except re.error as error:
			frappe.throw(
				_("The pattern of serial numbers cannot be used: {0}").format(
					frappe.utils.escape_html(str(error))
				),
				SerialPatternError,
			)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		"""The new code obeys the rules of the first one."""
		new = clean_number(new)
		if not merge and new.casefold() != old.casefold():
			check_number(self.doctype, new)
		return new


def on_doctype_update():
	"""The list by last change and within a category; by name, see the JSON."""
	frappe.db.add_index("Product", ["product_category", "modified"])
