"""Device Class Rule: what share of the turnover makes a device one of class A, B or C (S18.26)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt


class ClassRuleError(frappe.ValidationError):
	"""The rule leaves no room for a class, or another one says the same."""


class DeviceClassRule(Document):
	def validate(self):
		self.validate_shares()
		self.validate_months()
		self.validate_alone()

	def validate_shares(self) -> None:
		"""
		:raises ClassRuleError: the shares are not in order.
		"""
		if not 0 < flt(self.a_share) < flt(self.b_share) <= 100:
			frappe.throw(
				_("The share of class A must be above 0 and below that of class B, which is 100 at most."),
				ClassRuleError,
			)

	def validate_months(self) -> None:
		"""
		:raises ClassRuleError: no time is looked at.
		"""
		if cint(self.months) < 1:
			frappe.throw(_("Say how many months are looked at: at least one."), ClassRuleError)

	def validate_alone(self) -> None:
		"""
		:raises ClassRuleError: another enabled rule is for the same category.
		"""
		if not self.enabled:
			return
		category = self.product_category or ("is", "not set")
		other = frappe.db.get_value(
			self.doctype,
			{"enabled": 1, "product_category": category, "name": ("!=", self.name or "")},
		)
		if other:
			frappe.throw(
				_("The rule {0} is for the same devices. Disable one of them.").format(frappe.bold(other)),
				ClassRuleError,
			)
