"""Warranty Rule: how long the warranty of a product, a category or a component lasts, and from when (S6.24)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from aftersales.utils.text import clean_fields


class WarrantyRuleError(frappe.ValidationError):
	"""The rule contradicts itself."""


class WarrantyRule(Document):
	def before_naming(self):
		clean_fields(self, "rule_name")

	def validate(self):
		clean_fields(self, "rule_name", "component")
		self.validate_months()
		self.validate_validity()
		if self.otherwise_from == self.counts_from:
			self.otherwise_from = None

	def validate_months(self) -> None:
		"""
		:raises WarrantyRuleError: it lasts no month, or a century.
		"""
		if not 1 <= cint(self.months) <= 1200:
			frappe.throw(_("Enter the months of the warranty, from 1 to 1200."), WarrantyRuleError)

	def validate_validity(self) -> None:
		"""
		:raises WarrantyRuleError: it ends before it begins.
		"""
		if self.valid_from and self.valid_to and getdate(self.valid_to) < getdate(self.valid_from):
			frappe.throw(_("Valid To lies before Valid From."), WarrantyRuleError)
