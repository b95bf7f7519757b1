"""Discount Level: how much cheaper a customer's device is repaired (S18.25)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt


class DiscountPercentError(frappe.ValidationError):
	"""The customer would pay more than the price, or less than nothing."""


class DiscountLevel(Document):
	def validate(self):
		self.validate_percent()

	def validate_percent(self) -> None:
		"""
		:raises DiscountPercentError: a percentage lies outside 0 to 100.
		"""
		for field in ("work_percent", "parts_percent"):
			if not 0 <= flt(self.get(field)) <= 100:
				frappe.throw(
					_("{0} must lie between 0 and 100.").format(frappe.bold(_(self.meta.get_label(field)))),
					DiscountPercentError,
					title=_("Discount Level"),
				)
