"""Expense Plan: what an outlet wants to spend on service, and what the region or headquarters grants (S2.43)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime

from aftersales.service_network import outlet_scope
from aftersales.spare_parts.stages import check_unchanged
from aftersales.utils.money import rounded, total
from aftersales.utils.workflow_state import set_field_of_state

GRANTED = ("Approved", "Partly Approved")
APPLIED_FOR = ("expense_kind", "purpose", "amount")
REPLIED = ("granted_amount", "reply")
HEADER = ("outlet", "plan_title", "period_from", "period_to")


class ExpensePlanError(frappe.ValidationError):
	"""The plan cannot be saved as it is."""


class ExpensePlan(Document):
	def validate(self):
		set_field_of_state(self)
		self.keep_written()
		outlet_scope.fill(self)
		self.protect()
		self.validate_amounts()
		self.validate_step()
		self.total_amount = total(row.amount for row in self.lines)
		self.total_granted = total(row.granted_amount for row in self.lines)

	def on_trash(self):
		if self.stage not in ("Draft", "Rejected"):
			frappe.throw(_("Only a plan that is a draft or rejected can be deleted."), ExpensePlanError)

	def before(self, field: str):
		"""Return the stored value of a field, None on a new document."""
		stored = self.get_doc_before_save()
		return stored.get(field) if stored else None

	def keep_written(self) -> None:
		"""Put back what steps and settlements write: a request to the API can name any field."""
		for field in ("replied_by", "replied_on", "settlement", "settled_on"):
			self.set(field, self.before(field))

	def protect(self) -> None:
		"""Let the outlet write what it applies for, then the region its reply; afterwards nothing changes.

		:raises ExpensePlanError: something else changed.
		"""
		left = self.before("stage")
		if left in (None, "Draft"):
			return
		fields, columns = HEADER, APPLIED_FOR
		if left != "Applied":
			fields, columns = (*HEADER, "reply", "remarks"), (*APPLIED_FOR, *REPLIED)
		if not check_unchanged(self, fields, "lines", columns):
			frappe.throw(
				_("A plan that was applied for stays as it is. The reply is written before it is approved."),
				ExpensePlanError,
				title=_("Expense Plan"),
			)

	def validate_amounts(self) -> None:
		"""Ask for amounts above zero and grants no larger, with a word where less is granted.

		:raises ExpensePlanError: names the row.
		"""
		if getdate(self.period_to) < getdate(self.period_from):
			frappe.throw(_("The period ends before it begins."), ExpensePlanError, title=_("Expense Plan"))
		judging = self.before("stage") == "Applied"
		for row in self.lines:
			row.amount, row.granted_amount = rounded(row.amount), rounded(row.granted_amount)
			if flt(row.amount) <= 0:
				self.refuse(row, _("Row {0}: enter an amount above zero."))
			if flt(row.granted_amount) > flt(row.amount):
				self.refuse(row, _("Row {0}: no more can be granted than was applied for."))
			if judging and flt(row.granted_amount) < flt(row.amount) and not (row.reply or "").strip():
				self.refuse(row, _("Row {0}: say why less is granted."))

	def refuse(self, row: Document, message: str) -> None:
		"""Refuse a row.

		:raises ExpensePlanError: always.
		"""
		frappe.throw(message.format(row.idx), ExpensePlanError, title=_("Expense Plan"))

	def validate_step(self) -> None:
		"""Propose what was applied for as the grant, and put down who replied.

		:raises ExpensePlanError: rejected without a word, or approved without granting anything.
		:raises SelfApprovalError: somebody of the outlet itself replies.
		"""
		if self.stage == self.before("stage"):
			return
		if self.stage in ("Draft", "Applied"):
			self.replied_by = self.replied_on = None
			for row in self.lines:
				row.granted_amount = row.amount if self.stage == "Applied" else 0
			return
		if not self.flags.ignore_permissions:
			outlet_scope.refuse_own(self.outlet)
		if self.stage == "Rejected" and not (self.reply or "").strip():
			frappe.throw(
				_("Fill in {0} and save first.").format(frappe.bold(_("Reply"))),
				ExpensePlanError,
				title=_("Reason Missing"),
			)
		if self.stage == "Rejected":
			for row in self.lines:
				row.granted_amount = 0
		elif not total(row.granted_amount for row in self.lines):
			frappe.throw(_("Nothing is granted. Reject the plan instead."), ExpensePlanError)
		self.replied_by, self.replied_on = frappe.session.user, now_datetime()


def on_doctype_update():
	frappe.db.add_index("Expense Plan", ["outlet", "stage", "period_to"])
