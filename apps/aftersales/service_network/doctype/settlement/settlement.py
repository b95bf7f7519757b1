"""Settlement: what an outlet, a branch or an employee gets for the service of a period (S2.34-S2.43, M10)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate, now_datetime, today

from aftersales.service_network import fees, outlet_scope, settlement_periods, settlements
from aftersales.service_network.settlement_lines import check_lines, protect
from aftersales.spare_parts import stages
from aftersales.utils.workflow_state import SelfApprovalError, set_field_of_state

SETTLED = ("Confirmed", "Invoice Notice Sent", "Paid")
# Kinds of outlets that settle for all below them; no branch audits them first.
BRANCHES = ("Branch", "Region")
# Stage -> fields for who brought the document there, and when.
STAMPS = {
	"Applied": ("applied_by", "applied_on"),
	"First Audit": ("first_audited_by", "first_audited_on"),
	"HQ Audit": ("audited_by", "audited_on"),
	"Confirmed": ("confirmed_by", "confirmed_on"),
}
WRITTEN = (
	*(field for pair in STAMPS.values() for field in pair),
	"invoice_notice_on",
	"paid_amount",
	"deposit_offset",
)


class SettlementError(frappe.ValidationError):
	"""The settlement cannot be saved as it is."""


class SettlementReasonError(frappe.MandatoryError):
	"""A settlement was rejected without a reason."""


class Settlement(Document):
	def onload(self):
		self.set_onload("may_pay", bool(frappe.has_permission("Settlement Payment", "create")))

	def validate(self):
		set_field_of_state(self)
		self.keep_written()
		if self.is_new():
			self.set_subject()
		if self.is_new() or self.flags.pop("fetch", False):
			settlements.gather(self)
		self.check_period()
		protect(self)
		if self.stage not in SETTLED:
			settlements.mark_proofs(self)
		self.validate_step()
		check_lines(self)
		settlements.sum_up(self)
		self.flags.pop("computed", None)

	def on_update(self):
		left = self.before("stage")
		if self.stage == left:
			return
		if self.stage == "Confirmed":
			settlements.settle(self)
			if not flt(self.outstanding):
				stages.move_to(self, "Paid")
				settlements.mark_paid(self.name, True)
		elif left == "Confirmed" and self.stage == "HQ Audit":
			settlements.unsettle(self)
		elif self.stage == "Cancelled":
			settlements.give_back(self.name)

	def on_trash(self):
		if self.stage not in ("Draft", "Rejected", "Cancelled"):
			frappe.throw(
				_("Only a settlement that is a draft, rejected or cancelled can be deleted."), SettlementError
			)
		settlement_periods.check_open(self.period_to)
		settlements.give_back(self.name)

	def before(self, field: str):
		"""Return the stored value of a field, None on a new document."""
		stored = self.get_doc_before_save()
		return stored.get(field) if stored else None

	def enters(self, stage: str) -> bool:
		"""Whether this save brings the settlement to a stage from another one."""
		return self.stage == stage and self.before("stage") != stage

	def keep_written(self) -> None:
		"""Put back what steps and payments write: a request to the API can name any field."""
		for field in WRITTEN:
			self.set(field, self.before(field))

	def set_subject(self) -> None:
		"""Say with whom is settled and which branch audits first.

		:raises SettlementError: the subject is missing, or the period ends before it begins or has not come.
		:raises OtherOutletError: the subject is not one of the user's.
		"""
		if self.subject_kind == "Employee":
			self.outlet = None
			if outlet_scope.outlets_of() is not None and not self.flags.ignore_permissions:
				frappe.throw(_("Only headquarters settles with employees."), outlet_scope.OtherOutletError)
		else:
			self.employee = None
			outlet_scope.fill(self)
		if not (self.outlet or self.employee):
			frappe.throw(_("Choose with whom is settled."), SettlementError, title=_("Settlement"))
		self.check_branch()
		self.subject_name = self.outlet or frappe.utils.get_fullname(self.employee)
		self.branch = (
			fees.branch_above(self.outlet, with_self=False) if self.subject_kind == "Outlet" else None
		)
		if getdate(self.period_to) < getdate(self.period_from):
			frappe.throw(_("The period ends before it begins."), SettlementError, title=_("Settlement"))
		if getdate(self.period_from) > getdate(today()):
			frappe.throw(_("The period lies ahead."), SettlementError, title=_("Settlement"))

	def check_branch(self) -> None:
		"""Let only branches and regions settle as such: other outlets would go past the audit of theirs.

		:raises SettlementError: the outlet is no branch.
		"""
		if self.subject_kind != "Branch":
			return
		if frappe.db.get_value("Service Outlet", self.outlet, "outlet_kind") not in BRANCHES:
			frappe.throw(
				_("{0} is no branch. Settle with it as an outlet.").format(frappe.bold(self.outlet)),
				SettlementError,
				title=_("Settlement"),
			)

	def check_period(self) -> None:
		"""Leave settlements of closed months as they are, but for invoice and payment.

		:raises PeriodClosedError: the month in which the period ends is closed.
		"""
		if not (self.before("stage") in SETTLED and self.stage in SETTLED):
			settlement_periods.check_open(self.period_to)

	def validate_step(self) -> None:
		"""Ask for what the step into the present stage needs, and put down who took it.

		:raises SettlementError: lines, the slip, disputes or answers are missing.
		:raises SettlementReasonError: rejected without a reason.
		:raises SelfApprovalError: somebody audits what they applied for or audited before.
		"""
		if self.stage == self.before("stage"):
			return
		self.check_four_eyes()
		if self.stage == "Draft" and self.before("stage"):
			settlements.gather(self)
			settlements.mark_proofs(self)
		elif self.stage == "Applied":
			self.check_application()
		elif self.stage == "HQ Audit" and self.before("stage") not in SETTLED:
			self.check_audit()
		elif self.stage == "Disputed" and not any(cint(row.disputed) for row in self.lines):
			frappe.throw(_("Mark the lines that are wrong first, and save."), SettlementError)
		elif self.stage == "Confirmed":
			if any(cint(row.disputed) for row in self.lines):
				frappe.throw(
					_("Lines are disputed. Take that back, or dispute the settlement."), SettlementError
				)
		elif self.stage == "Invoice Notice Sent" and self.before("stage") == "Confirmed":
			self.invoice_notice_on = today()
		elif self.stage == "Rejected" and not (self.reject_reason or "").strip():
			frappe.throw(
				_("Fill in {0} and save first.").format(frappe.bold(_("Reason of the Rejection"))),
				SettlementReasonError,
				title=_("Reason Missing"),
			)
		self.stamp()

	def check_four_eyes(self) -> None:
		"""Nobody audits what they applied for or get themselves, nobody audits twice, and an outlet not for its branch.

		:raises SelfApprovalError: names the step.
		:raises OtherOutletError: the first audit is the branch's.
		"""
		if self.stage == "First Audit" and not (
			self.flags.ignore_permissions or outlet_scope.sees(self.branch)
		):
			frappe.throw(
				_("The first audit is for people of {0}.").format(frappe.bold(self.branch)),
				outlet_scope.OtherOutletError,
				title=_("Settlement"),
			)
		if self.stage == "HQ Audit" and not self.flags.ignore_permissions:
			outlet_scope.refuse_own(self.outlet)
		before = {
			"First Audit": ("applied_by",),
			"HQ Audit": ("applied_by", "first_audited_by", "employee"),
		}.get(self.stage, ())
		if self.before("stage") not in SETTLED and frappe.session.user in [
			self.get(field) for field in before
		]:
			frappe.throw(
				_(
					"You applied for this settlement, audited it before, or it is your own. Somebody else has to audit it now."
				),
				SelfApprovalError,
				title=_("Settlement"),
			)

	def check_application(self) -> None:
		"""Refuse to apply for nothing; an earlier rejection is answered by applying again.

		:raises NothingToSettleError: there are no lines.
		"""
		if not self.lines:
			frappe.throw(
				_("There is nothing to settle in this period: no open fee and no granted expense plan."),
				settlements.NothingToSettleError,
				title=_("Settlement"),
			)
		self.reject_reason = None

	def check_audit(self) -> None:
		"""Let headquarters pass what it has the slip of, leaving out what no follow-up confirmed.

		:raises SettlementError: the slip is not there, or a dispute has no answer.
		"""
		if self.subject_kind != "Employee" and not self.slip_received_on:
			frappe.throw(
				_("Enter first when the settlement slip was received: {0}.").format(
					frappe.bold(_("Slip Received on"))
				),
				SettlementError,
				title=_("Settlement Slip"),
			)
		for row in self.lines:
			if cint(row.disputed) and not (row.answer or "").strip():
				frappe.throw(
					_("Row {0}: answer what is disputed.").format(row.idx),
					SettlementError,
					title=_("Disputed"),
				)
			row.disputed = 0
		settlements.audit(self)

	def stamp(self) -> None:
		"""Put down who took the step; going back forgets what came after."""
		if self.stage in ("Draft", "Applied"):
			for field in (field for pair in STAMPS.values() for field in pair):
				self.set(field, None)
		elif self.stage == "HQ Audit":
			self.confirmed_by = self.confirmed_on = self.invoice_notice_on = None
		if self.stage in STAMPS:
			user, time = STAMPS[self.stage]
			self.set(user, frappe.session.user)
			self.set(time, now_datetime())


def on_doctype_update():
	frappe.db.add_index("Settlement", ["outlet", "period_to"])
	frappe.db.add_index("Settlement", ["stage", "period_to"])
