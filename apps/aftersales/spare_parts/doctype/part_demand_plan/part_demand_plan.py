"""Part Demand Plan: which parts a warehouse needs next month, approved in levels, then issued (S2.29-S2.31, M8)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, flt, get_first_day, getdate, now_datetime

from aftersales.service_network import outlet_scope
from aftersales.spare_parts import demand_plans, stages, supply
from aftersales.utils.workflow_state import set_field_of_state

EDITABLE = ("Draft",)
FIXED_FIELDS = ("warehouse", "target_month", "plan_date", "source_warehouse")
FIXED_COLUMNS = ("spare_part", "planned_qty", "price")


class PlanError(frappe.ValidationError):
	"""The plan cannot be saved as it is."""


class PlanFixedError(PlanError):
	"""A plan that is being approved, or was, is changed."""


class ReasonMissingError(frappe.MandatoryError):
	"""A plan is rejected without a word why."""


class PartDemandPlan(Document):
	def onload(self):
		# in the reader's language, not in that of whoever computed it
		if self.formula:
			self.formula = demand_plans.formula()

	def validate(self):
		set_field_of_state(self)
		self.set_place()
		self.set_month()
		self.check_fixed()
		self.set_amounts()
		self.validate_step()

	def on_update(self):
		demand_plans.step_taken(self)

	def set_place(self) -> None:
		"""Take the outlet from the warehouse, and the supplying warehouse where none is chosen.

		:raises NoWarehouseError: one of them can hold no parts.
		:raises OtherOutletError: it is a warehouse of people whom the user does not see.
		"""
		if self.has_value_changed("warehouse"):
			supply.check(self.warehouse)
			self.outlet = frappe.get_cached_value("Part Warehouse", self.warehouse, "outlet")
			outlet_scope.fill(self)
		if self.is_new() and not self.source_warehouse:
			self.source_warehouse = supply.headquarters()
		if self.source_warehouse == self.warehouse:
			self.source_warehouse = None
		if self.has_value_changed("source_warehouse"):
			supply.check(self.source_warehouse)

	def set_month(self) -> None:
		"""Plan for the month after that of the plan date unless another one is chosen; store its first day.

		:raises PlanError: the month is over, or there is a plan for it.
		"""
		day = getdate(self.target_month) if self.target_month else add_months(getdate(self.plan_date), 1)
		self.target_month = get_first_day(day)
		if self.target_month < get_first_day(getdate(self.plan_date)):
			frappe.throw(_("The target month lies before the plan date."), PlanError, title=_("Target Month"))
		if not (self.has_value_changed("target_month") or self.has_value_changed("warehouse")):
			return
		twin = frappe.db.get_value(
			self.doctype,
			{
				"warehouse": self.warehouse,
				"target_month": self.target_month,
				"name": ("!=", self.name or ""),
				"stage": ("not in", ["Cancelled", "Rejected"]),
			},
		)
		if twin:
			frappe.throw(
				_(
					"There is a plan for {0} and this month already: {1}. Change that one, or cancel it."
				).format(frappe.bold(self.warehouse), frappe.bold(twin)),
				PlanError,
				title=_("Target Month"),
			)

	def check_fixed(self) -> None:
		"""Keep what is being approved as it was submitted.

		:raises PlanFixedError: place, month or lines changed after the draft.
		"""
		before = self.get_doc_before_save()
		if not before or before.stage in EDITABLE:
			return
		if not stages.check_unchanged(self, FIXED_FIELDS, "items", FIXED_COLUMNS):
			frappe.throw(
				_("The plan is being approved or was. Take it back to a draft before you change it."),
				PlanFixedError,
				title=_("Part Demand Plan"),
			)

	def set_amounts(self) -> None:
		"""Sum up, and say whether the second level has to approve.

		:raises PlanError: a part comes twice.
		"""
		seen = set()
		for row in self.items:
			if row.spare_part in seen:
				frappe.throw(
					_("Row {0}: the part {1} is in the plan already.").format(
						row.idx, frappe.bold(row.spare_part)
					),
					PlanError,
				)
			seen.add(row.spare_part)
			if row.price is None:
				row.price = frappe.get_cached_value("Spare Part", row.spare_part, "price")
			row.amount = flt(flt(row.planned_qty) * flt(row.price), row.precision("amount"))
		self.total_qty = sum(flt(row.planned_qty) for row in self.items)
		self.total_amount = flt(sum(row.amount for row in self.items), self.precision("total_amount"))
		limit = flt(frappe.db.get_single_value("Aftersales Settings", "demand_plan_final_from"))
		if self.stage in ("Draft", "In Approval"):
			self.needs_final_approval = int(bool(limit) and self.total_amount >= limit)

	def validate_step(self) -> None:
		"""Ask for what a step needs and put down who took it.

		:raises PlanError: nothing is planned.
		:raises ReasonMissingError: a rejection without reason.
		"""
		before = self.get_doc_before_save()
		left = before.stage if before else "Draft"
		if self.stage == left:
			return
		if self.stage == "In Approval" and not self.total_qty:
			frappe.throw(_("Nothing is planned. Enter quantities first."), PlanError)
		if self.stage == "Rejected" and not (self.rejection_reason or "").strip():
			frappe.throw(
				_("Fill in {0} and save before you reject the plan.").format(
					frappe.bold(_("Reason of Rejection"))
				),
				ReasonMissingError,
			)
		if self.stage in ("Approved", "Final Approval") and left == "In Approval":
			self.approver, self.approved_on = frappe.session.user, now_datetime()
		if self.stage == "Approved" and left == "Final Approval":
			self.final_approver, self.final_approved_on = frappe.session.user, now_datetime()
		if self.stage == "Draft":
			self.approver = self.approved_on = self.final_approver = self.final_approved_on = None


def on_doctype_update():
	frappe.db.add_index("Part Demand Plan", ["warehouse", "target_month"])
	frappe.db.add_index("Part Demand Plan", ["stage", "target_month"])
