"""Cash Handover: payments that somebody took and hands over to finance (S6.35, S18.12)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, formatdate, get_datetime, getdate, now_datetime, today

from aftersales.service_network import handovers, outlet_scope
from aftersales.utils.money import rounded, text, total
from aftersales.utils.workflow_state import SelfApprovalError, set_field_of_state

# What only people of finance write.
COUNTED = ("counted", "difference_note")
HANDED_OVER = ("outlet", "handover_date")
INDEXES = (("stage", "handover_date"), ("outlet", "handover_date"))


class HandoverError(frappe.ValidationError):
	"""The handover cannot be saved, or not go on, like this."""


class CashHandover(Document):
	def validate(self):
		outlet_scope.fill(self)
		self.set_person()
		set_field_of_state(self)
		self.keep_rows()
		self.take_over_payments()
		self.take_step()
		if getdate(self.handover_date) > getdate(today()):
			frappe.throw(_("The date lies ahead."), HandoverError)

	def on_trash(self):
		if self.stage != "Draft":
			frappe.throw(
				_("Only drafts can be deleted. Payments were handed over with this one."), HandoverError
			)

	def set_person(self) -> None:
		"""Let only people of finance write a handover for somebody else."""
		if not self.is_new():
			self.handed_over_by = self.get_doc_before_save().handed_over_by
		elif not (self.handed_over_by and (self.flags.ignore_permissions or handovers.may_choose())):
			self.handed_over_by = frappe.session.user

	def keep_rows(self) -> None:
		"""Keep what was handed over as it was; only a draft can be changed, and only finance says what was counted.

		:raises HandoverError: a payment was added or taken out.
		"""
		before = self.get_doc_before_save()
		if not before or before.stage == "Draft":
			return
		if [row.service_payment for row in before.payments] != [row.service_payment for row in self.payments]:
			frappe.throw(
				_("These payments were handed over. Return the handover to change them."), HandoverError
			)
		self.update({field: before.get(field) for field in HANDED_OVER})
		# What was counted stays when it was received.
		may_count = self.flags.ignore_permissions or handovers.may_choose()
		if before.stage == "Received" or not may_count:
			self.update({field: before.get(field) for field in COUNTED})

	def take_over_payments(self) -> None:
		"""Fill the rows from the payments, and add up.

		:raises HandoverError: a payment stands there twice, is another person's or was handed over before.
		"""
		names = [row.service_payment for row in self.payments]
		if len(set(names)) != len(names):
			frappe.throw(_("A payment stands in the list twice."), HandoverError)
		stored = handovers.read(names)
		for row in self.payments:
			payment = stored.get(row.service_payment)
			if not payment:
				continue  # Frappe says which link leads nowhere
			if payment.received_by != self.handed_over_by or payment.handover not in (None, "", self.name):
				frappe.throw(
					_("Row {0}: {1} was taken by somebody else, or was handed over already.").format(
						row.idx, frappe.bold(row.service_payment)
					),
					HandoverError,
				)
			row.update(
				{field: payment[field] for field in ("customer_name", "received_at", "mode", "amount")}
			)
		self.total = total(row.amount for row in self.payments)
		self.cash_total = total(row.amount for row in self.payments if row.mode == "Cash")

	def take_step(self) -> None:
		"""Claim the payments when they are handed over; compare what finance has counted.

		:raises HandoverError: nothing is handed over, nothing was counted, or the difference is not explained.
		"""
		before = self.get_doc_before_save()
		left = before.stage if before else "Draft"
		if self.stage == left:
			self.received_by = before.received_by if before else None
			self.received_on = before.received_on if before else None
		elif self.stage == "Handed Over":
			if not self.payments:
				frappe.throw(_("Add the payments that are handed over."), HandoverError)
			self.check_date()
			self.counted, self.difference_note = 0, None
		elif self.stage in ("Received", "Difference"):
			self.check_receiver()
			self.check_counted()
			self.received_by = self.received_on = None
			if self.stage == "Received":
				self.received_by, self.received_on = frappe.session.user, now_datetime()
		counts = self.stage in ("Received", "Difference")
		self.difference = rounded(flt(self.counted) - flt(self.cash_total)) if counts else 0

	def check_date(self) -> None:
		"""Refuse a day before the money was taken.

		:raises HandoverError: names the payment.
		"""
		last = max(self.payments, key=lambda row: get_datetime(row.received_at))
		if getdate(last.received_at) > getdate(self.handover_date):
			frappe.throw(
				_("{0} was taken on {1}. Correct the date of the handover.").format(
					frappe.bold(last.service_payment), formatdate(last.received_at)
				),
				HandoverError,
			)

	def check_receiver(self) -> None:
		"""Nobody counts the money that they hand over, whoever wrote the handover for them.

		:raises SelfApprovalError: they do.
		"""
		if frappe.session.user == self.handed_over_by:
			frappe.throw(
				_("You hand this money over. Somebody else has to receive it."),
				SelfApprovalError,
				title=_("Cash Handover"),
			)

	def check_counted(self) -> None:
		"""
		:raises HandoverError: nothing was counted, or it differs without a note, or does not differ at all.
		"""
		same = rounded(self.counted) == rounded(self.cash_total)
		if self.stage == "Received" and not same and not self.before_was("Difference"):
			frappe.throw(
				_(
					"{0} was handed over in cash, {1} was counted. Count again, or report the difference."
				).format(text(self.cash_total), text(self.counted)),
				HandoverError,
				title=_("Cash Counted"),
			)
		if self.stage == "Difference" and same:
			frappe.throw(_("There is no difference: {0}.").format(text(self.counted)), HandoverError)
		if not same and not (self.difference_note or "").strip():
			frappe.throw(
				_("Say in {0} how the difference came about.").format(
					frappe.bold(_("Note on the Difference"))
				),
				HandoverError,
			)

	def before_was(self, stage: str) -> bool:
		"""Return whether the stored handover is in a stage."""
		before = self.get_doc_before_save()
		return bool(before and before.stage == stage)

	def on_update(self):
		before = self.get_doc_before_save()
		left = before.stage if before else "Draft"
		if left == "Draft" and self.stage != "Draft":
			handovers.claim(self)
		elif left != "Draft" and self.stage == "Draft":
			handovers.release(self)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Cash Handover", fields)
