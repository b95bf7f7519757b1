"""Warranty Submission: claims on a manufacturer, from making to payment (S18.20-S18.23, machine M21)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money, getdate, today

from aftersales.field_service import warranty_claims
from aftersales.service_network import outlet_scope
from aftersales.utils.changes import has_changed
from aftersales.utils.workflow_state import set_field_of_state

# What of a line is claimed; it stays once it was submitted.
CLAIMED = ("service_order", "maintenance_visit", "amount")
WITH_ANSWERS = ("Submitted", "Answered", "Paid")
LOCKED = ("Answered", "Paid")
INDEXES = (("stage", "claim_kind", "from_date"), ("outlet", "stage"))


class SubmissionPeriodError(frappe.ValidationError):
	"""The period ends before it begins."""


class ClaimError(frappe.ValidationError):
	"""A line claims nothing, the wrong thing, or what is claimed already."""


class ClaimsFixedError(frappe.ValidationError):
	"""Claims were changed after they had been submitted, or answers after they had been recorded."""


class AnswerMissingError(frappe.ValidationError):
	"""Not every claim has its answer, or an answer lacks something."""


class PaymentMissingError(frappe.ValidationError):
	"""The payment has no day or no amount."""


class PaymentAmountError(frappe.ValidationError):
	"""The payment is negative or more than was accepted."""


class WarrantySubmission(Document):
	def validate(self):
		outlet_scope.fill(self)
		set_field_of_state(self)
		if getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("To Date lies before From Date."), SubmissionPeriodError)
		self.validate_lines()
		self.keep_claims()
		self.validate_answers()
		self.set_keys()
		self.add_up()
		self.set_days()
		self.validate_payment()

	def validate_lines(self) -> None:
		"""Refuse lines that do not fit the kind of claim or name nothing.

		:raises ClaimError: says which line.
		"""
		field = "maintenance_visit" if self.claim_kind == warranty_claims.FIRST_FREE else "service_order"
		for row in self.lines:
			if not row.get(field):
				frappe.throw(
					_("Row {0}: choose {1}.").format(row.idx, frappe.bold(_(row.meta.get_label(field)))),
					ClaimError,
				)
		if self.stage == "Submitted" and not self.lines:
			frappe.throw(_("There is nothing to submit. Collect claims first."), ClaimError)

	def keep_claims(self) -> None:
		"""What was submitted stays; what was answered too, until the answer is corrected.

		:raises ClaimsFixedError: something of it differs.
		"""
		before = self.get_doc_before_save()
		if not before or before.stage == "Made":
			return
		fields = CLAIMED
		if before.stage in LOCKED and self.stage in LOCKED:
			fields = (*CLAIMED, "answer", "accepted_amount", "ground", "reason")
		as_claimed = {row.name: [row.get(field) or None for field in fields] for row in before.lines}
		if self.has_value_changed("claim_kind") or as_claimed != {
			row.name: [row.get(field) or None for field in fields] for row in self.lines
		}:
			frappe.throw(
				_(
					"The claims were submitted. Withdraw the submission, or correct the answer, before you change them."
				),
				ClaimsFixedError,
			)

	def validate_answers(self) -> None:
		"""Complete each answer: an accepted claim its amount, another its ground and reason.

		:raises AnswerMissingError: something is missing.
		"""
		for row in self.lines:
			if self.stage not in WITH_ANSWERS:
				row.update(
					{"answer": "Awaiting Answer", "accepted_amount": 0, "ground": None, "reason": None}
				)
			elif row.answer == "Accepted":
				row.accepted_amount = flt(row.accepted_amount) or flt(row.amount)
				row.ground = None
				if row.accepted_amount > flt(row.amount):
					self._refuse_answer(row, _("more was accepted than claimed."))
			else:
				row.accepted_amount = 0
				if row.answer == "Not Accepted" and not (row.ground and (row.reason or "").strip()):
					self._refuse_answer(row, _("say on what ground and why the claim was not accepted."))
				if row.answer == "Awaiting Answer" and self.stage in LOCKED:
					self._refuse_answer(row, _("the manufacturer's answer is missing."))

	def _refuse_answer(self, row: Document, why: str) -> None:
		frappe.throw(_("Row {0}: {1}").format(row.idx, why), AnswerMissingError)

	def set_keys(self) -> None:
		"""Claim each thing once; what was not accepted or was given up may be claimed again.

		:raises ClaimError: it stands on this or another submission already.
		"""
		first = self.claim_kind == warranty_claims.FIRST_FREE
		for row in self.lines:
			key = (
				warranty_claims.visit_key(row.maintenance_visit)
				if first
				else warranty_claims.order_key(row.service_order)
			)
			row.claim_key = None if self.stage == "Cancelled" or row.answer == "Not Accepted" else key
		keys = {row.claim_key: row for row in self.lines if row.claim_key}
		others = {"claim_key": ("in", list(keys)), "parent": ("!=", self.name)}
		other = keys and frappe.db.get_value(warranty_claims.LINE, others, ["parent", "claim_key"])
		if other:
			self._refuse_claim(keys[other[1]], other[0])
		if len(keys) < sum(bool(row.claim_key) for row in self.lines):
			twice = next(row for row in self.lines if row.claim_key and keys[row.claim_key] is not row)
			self._refuse_claim(twice, self.name)

	def _refuse_claim(self, row: Document, submission: str) -> None:
		frappe.throw(
			_("Row {0}: {1} is claimed in {2} already.").format(
				row.idx, frappe.bold(row.maintenance_visit or row.service_order), frappe.bold(submission)
			),
			ClaimError,
		)

	def add_up(self) -> None:
		"""Set the totals."""
		self.total_amount = flt(sum(flt(row.amount) for row in self.lines), 2)
		self.accepted_amount = flt(sum(flt(row.accepted_amount) for row in self.lines), 2)
		self.not_accepted_count = sum(row.answer == "Not Accepted" for row in self.lines)

	def set_days(self) -> None:
		"""Say when the submission went out and was answered."""
		self.submitted_on = (self.submitted_on or today()) if self.stage in WITH_ANSWERS else None
		self.answered_on = (self.answered_on or today()) if self.stage in LOCKED else None

	def validate_payment(self) -> None:
		"""Demand day and amount of a payment that is recorded; without an amount, what was accepted.

		:raises PaymentMissingError: the day is missing, or nothing was accepted.
		:raises PaymentAmountError: it is negative or more than was accepted.
		:raises ClaimsFixedError: a recorded payment would change.
		"""
		if self.stage != "Paid":
			return
		before = self.get_doc_before_save()
		if before and before.stage == "Paid":
			if any(has_changed(self, field) for field in ("paid_amount", "paid_on")):
				frappe.throw(_("The payment is recorded and stays as it is."), ClaimsFixedError)
			return
		self.paid_amount = flt(self.paid_amount) or self.accepted_amount
		self.paid_on = self.paid_on or today()
		if not self.paid_amount:
			frappe.throw(_("Nothing was accepted, so there is no payment to record."), PaymentMissingError)
		precision = self.precision("paid_amount")
		if not 0 < flt(self.paid_amount, precision) <= flt(self.accepted_amount, precision):
			frappe.throw(
				_("{0} was accepted, so a payment lies between nothing and that. Correct {1}.").format(
					frappe.bold(fmt_money(self.accepted_amount, precision)), frappe.bold(_("Paid Amount"))
				),
				PaymentAmountError,
			)
		if getdate(self.paid_on) > getdate():
			frappe.throw(_("A payment cannot be of a day in the future."), PaymentMissingError)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index(warranty_claims.SUBMISSION, fields)
