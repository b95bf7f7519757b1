"""Receivable Write-off: a request to give up what a customer owes, approved by somebody else."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from aftersales.service_network import receivables
from aftersales.service_network.sales import check_amount
from aftersales.utils.access import check_permission
from aftersales.utils.workflow_state import set_field_of_state

# What is asked for; fixed once it was applied for.
ASKED = ("receivable", "amount", "reason")


class WriteOffError(frappe.ValidationError):
	"""A reason is missing, or something is changed after it was applied for."""


class ReceivableWriteoff(Document):
	def validate(self):
		set_field_of_state(self)
		self.take_over_receivable()
		self.keep_request()
		self.take_step()

	def on_trash(self):
		if self.stage == "Approved":
			frappe.throw(_("An approved write-off cannot be deleted. Cancel it instead."), WriteOffError)

	def take_over_receivable(self) -> None:
		"""Fill customer and outlet, and refuse receivables that the user does not see."""
		fields = ["customer_name", "outlet", "outstanding"]
		row = frappe.db.get_value(receivables.RECEIVABLE, self.receivable, fields, as_dict=True)
		if not row:
			return  # Frappe says which link leads nowhere
		if not self.flags.ignore_permissions and self.has_value_changed("receivable"):
			check_permission(receivables.RECEIVABLE, "read", self.receivable)
		self.customer_name, self.outlet = row.customer_name, row.outlet
		if self.stage in ("Draft", "Applied"):
			check_amount(self.amount, row.outstanding)

	def keep_request(self) -> None:
		"""
		:raises WriteOffError: what was applied for is changed.
		"""
		before = self.get_doc_before_save()
		if not before or before.stage == "Draft":
			return
		if any(str(before.get(field)) != str(self.get(field)) for field in ASKED if field != "amount") or (
			flt(before.amount, 6) != flt(self.amount, 6)
		):
			frappe.throw(_("What was applied for stays. Reject it, and it can be corrected."), WriteOffError)

	def take_step(self) -> None:
		"""Put down who decided; give the amount up, or take that back.

		:raises WriteOffError: a rejection or a cancellation without a note.
		:raises aftersales.service_network.sales.TooMuchError: less is outstanding by now.
		"""
		before = self.get_doc_before_save()
		left = before.stage if before else "Draft"
		if self.stage == left:
			for field in ("decided_by", "decided_on"):
				self.set(field, before.get(field) if before else None)
			return
		if self.stage in ("Rejected", "Cancelled") and not (self.decision_note or "").strip():
			frappe.throw(_("Say why, in {0}.").format(frappe.bold(_("Note on the Decision"))), WriteOffError)
		if self.stage == "Approved":
			row = receivables.locked(self.receivable)
			check_amount(self.amount, row.outstanding)
			receivables.change(row, written_off=flt(row.written_off) + flt(self.amount))
		elif left == "Approved":
			row = receivables.locked(self.receivable)
			receivables.change(row, written_off=flt(row.written_off) - flt(self.amount))
		decided = self.stage in ("Approved", "Rejected", "Cancelled")
		self.decided_by = frappe.session.user if decided else None
		self.decided_on = now_datetime() if decided else None
