"""Points Rule: how many points customers get, and for what (S7.11); see aftersales.service_network.points_earning."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

from aftersales.service_network.points_earning import REFERRAL, SALE
from aftersales.utils.text import clean_fields


class PointsRuleError(frappe.ValidationError):
	"""The rule gives nothing, or holds at no time."""


class PointsRule(Document):
	def before_naming(self):
		clean_fields(self, "rule_name")

	def validate(self):
		self.clear_what_does_not_count()
		self.validate_points()
		self.validate_days()

	def clear_what_does_not_count(self) -> None:
		"""What the form hides for the base is not kept."""
		if self.base == REFERRAL:
			self.points_per_unit, self.minimum_amount = 0, 0
		else:
			self.points_each = 0
		if self.base != SALE:
			self.product_category = None

	def validate_points(self) -> None:
		"""
		:raises PointsRuleError: nobody would get a point.
		"""
		if (cint(self.points_each) if self.base == REFERRAL else flt(self.points_per_unit)) <= 0:
			frappe.throw(_("Enter how many points there are."), PointsRuleError, title=_("Points Rule"))

	def validate_days(self) -> None:
		"""
		:raises PointsRuleError: the last day lies before the first.
		"""
		if self.valid_from and self.valid_until and getdate(self.valid_until) < getdate(self.valid_from):
			frappe.throw(_("Valid Until lies before Valid From."), PointsRuleError, title=_("Points Rule"))
