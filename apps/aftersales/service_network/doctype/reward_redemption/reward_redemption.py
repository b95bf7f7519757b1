"""Reward Redemption: a customer gives points for a reward (S7.39); see aftersales.service_network.rewards."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from aftersales.field_service.steps import changed_fields
from aftersales.service_network import points, rewards
from aftersales.utils.append_only import AppendOnlyError
from aftersales.utils.workflow_state import set_field_of_state

STAMPS = (
	"points",
	"needs_approval",
	"requested_from",
	"requested_on",
	"approved_by",
	"handed_over_by",
	"handed_over_on",
	"customer_name",
)
MOST = 1000


class RedemptionError(frappe.ValidationError):
	"""The redemption cannot be like this."""


class RewardRedemption(Document):
	def validate(self):
		before = self.get_doc_before_save()
		if before:
			self.keep_stored(before)
		else:
			self.fill_new()
		set_field_of_state(self)
		if before:
			self.take_step(before)

	def after_insert(self):
		rewards.hold(self)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.stage != "Cancelled" and self.stage == "Cancelled":
			rewards.release(self)

	def on_trash(self):
		frappe.throw(
			_("Redemptions are not deleted. Cancel it: points and stock come back."), AppendOnlyError
		)

	def fill_new(self) -> None:
		"""Fill what follows from reward and customer; what a client sent of it is dropped.

		:raises RedemptionError: no whole number of pieces.
		"""
		for field in (*STAMPS, "cancel_reason"):
			self.set(field, None)
		self.qty = cint(self.qty)
		if not 0 < self.qty <= MOST:
			frappe.throw(_("Enter a quantity between 1 and {0}.").format(MOST), RedemptionError)
		reward = frappe.db.get_value("Reward", self.reward, ["points", "needs_approval"], as_dict=True)
		if not reward:
			return  # Frappe says that there is none
		self.points = self.qty * cint(reward.points)
		self.needs_approval = reward.needs_approval
		self.customer_name = frappe.db.get_value(points.CUSTOMER, self.customer, "customer_name")
		self.requested_from = self.flags.source or "Desk"
		self.requested_on = now_datetime()

	def keep_stored(self, before: Document) -> None:
		"""Stamps are the system's, and what has ended stays as it is.

		:raises AppendOnlyError: it has ended.
		"""
		for field in STAMPS:
			self.set(field, before.get(field))
		if before.stage in ("Done", "Cancelled") and changed_fields(self, before, {"remarks"}):
			frappe.throw(
				_("{0} has ended and cannot be changed.").format(frappe.bold(self.name)), AppendOnlyError
			)

	def take_step(self, before: Document) -> None:
		"""Stamp who did what, and demand the reason of cancelling.

		:raises RedemptionError: it is missing.
		"""
		if self.stage == before.stage:
			return
		if self.stage == "Approved":
			self.approved_by = frappe.session.user
		elif self.stage == "Done":
			self.handed_over_by, self.handed_over_on = frappe.session.user, now_datetime()
		elif self.stage == "Cancelled" and not (self.cancel_reason or "").strip():
			frappe.throw(
				_("Say in {0} why it is cancelled.").format(
					frappe.bold(_(self.meta.get_label("cancel_reason")))
				),
				RedemptionError,
				title=_("Something Is Missing"),
			)


def on_doctype_update():
	for fields in (["customer", "creation"], ["stage", "modified"], ["reward", "creation"]):
		frappe.db.add_index("Reward Redemption", fields)
