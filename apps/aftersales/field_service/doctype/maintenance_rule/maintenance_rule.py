"""Maintenance Rule: how often devices of a product or category are maintained (S17.04)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from aftersales.field_service import maintenance_plans


class MaintenanceRuleError(frappe.ValidationError):
	"""The rule never leads to a visit, or to one in two ways."""


class MaintenanceRule(Document):
	def validate(self):
		self.validate_cycle()
		if self.product:
			self.product_category = None
		if self.first_free:
			self.count_from = "Last Visit"

	def on_update(self):
		before = self.get_doc_before_save()
		if before and any(before.get(field) != self.get(field) for field in self.given()):
			frappe.enqueue(
				maintenance_plans.apply_rule,
				queue="long",
				enqueue_after_commit=True,
				rule=self.name,
				before={field: before.get(field) for field in self.given()},
			)

	def validate_cycle(self) -> None:
		"""Refuse a first free maintenance that says no time; other rules may take the cycle of the product.

		:raises MaintenanceRuleError: always then.
		"""
		if self.first_free and not (cint(self.every_months) or cint(self.every_uses)):
			frappe.throw(
				_("Say after how many months or uses the first free maintenance is due."),
				MaintenanceRuleError,
			)

	def given(self) -> tuple[str, ...]:
		"""Return the fields whose values the plans of the rule take over."""
		return (*maintenance_plans.OF_RULE, "every_months")
