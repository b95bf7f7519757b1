"""Service Order: work at the customer's, in the workshop or at the counter (S2.14-S2.19, S7.17, S24.12)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, get_fullname, now_datetime

from aftersales.aftersales import ticket_pictures
from aftersales.field_service import (
	charges,
	order_facts,
	order_follow_ups,
	order_life,
	order_times,
	reasons,
)
from aftersales.service_network import outlet_choice, outlet_scope
from aftersales.service_network.doctype.service_outlet.service_outlet import check_coordinates
from aftersales.telephony.numbers import normalise
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

INDEXES = (
	("outlet", "stage", "creation"),
	("stage", "creation"),
	("status", "modified"),
	("technician", "planned_start"),
	("bay", "stage"),
	("customer", "creation"),
	("customer", "stage", "completed_at"),
	("device", "creation"),
	("device", "stage", "completed_at"),
	("serial_no", "creation"),
	("product", "creation"),
	("phone_key", "creation"),
	("receiver", "stage"),
	("creation",),
)
# What the monitor counts and reports sum up is read from these indexes and no row.
MONITOR_INDEX = ("stage", "outlet", "dispatched_at", "received_at", "arrived_at", "fed_back_at")
STATISTICS_INDEX = ("completed_at", "outlet", "product_category", "product", "fault_cause")


class ContentMissingError(frappe.ValidationError):
	"""An order without a word on what was done cannot be completed."""


class InspectionMissingError(frappe.ValidationError):
	"""A mandatory inspection item has no result."""


class OutletMissingError(frappe.ValidationError):
	"""An order was dispatched to nobody."""


class ReasonMissingError(frappe.MandatoryError):
	"""An order was refused, put off or cancelled without a reason."""


class OrderTimeError(frappe.ValidationError):
	"""The times of the order contradict each other."""


class OrderMergeError(frappe.ValidationError):
	"""Two orders cannot become one."""


class ServiceOrder(Document):
	def onload(self):
		self.set_onload("reasons", reasons.in_own_words(self))

	def autoname(self):
		set_number(self)

	def before_validate(self):
		order_life.keep_written(self)
		order_times.read_short_times(self)

	def validate(self):
		order_facts.fill(self)
		self.set_phone_key()
		check_coordinates(self)
		outlet_scope.fill(self)
		outlet_choice.fill(self)
		ticket_pictures.validate(self)
		set_field_of_state(self)
		order_life.stamp_times(self)
		order_follow_ups.check_feedback(self)
		self.validate_times()
		self.validate_step()
		charges.charge(self)

	def on_update(self):
		ticket_pictures.attach(self)
		order_life.follow_stage(self)
		order_follow_ups.tell_feedback_person(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			frappe.throw(_("Two orders cannot be merged: each keeps its own number."), OrderMergeError)
		return check_rename(self, new)

	def on_trash(self):
		order_life.unlink_chain(self)

	def before(self, field: str):
		"""Return the stored value of a field, None on a new document."""
		stored = self.get_doc_before_save()
		return stored.get(field) if stored else None

	def enters(self, *stages: str) -> bool:
		"""Whether this save brings the order to one of the stages from another one."""
		return self.stage in stages and self.before("stage") not in stages

	def set_phone_key(self) -> None:
		"""Store the normalised number, by which orders of a caller without a customer record are found."""
		if self.is_new() or self.has_value_changed("contact_phone"):
			self.phone_key = normalise(self.contact_phone).key

	def validate_times(self) -> None:
		"""Refuse what ends before it begins.

		:raises OrderTimeError: names both times.
		"""
		order = ("planned_start", "planned_end"), ("departed_at", "arrived_at"), ("arrived_at", "left_at")
		for first, last in order:
			if (
				self.get(first)
				and self.get(last)
				and get_datetime(self.get(last)) < get_datetime(self.get(first))
			):
				frappe.throw(
					_("{0} lies before {1}. Correct one of them.").format(
						frappe.bold(_(self.meta.get_label(last))), frappe.bold(_(self.meta.get_label(first)))
					),
					OrderTimeError,
					title=_("Times"),
				)

	def validate_step(self) -> None:
		"""Ask for what the step into the present state needs.

		:raises OutletMissingError: dispatched without outlet.
		:raises ReasonMissingError: refused, put off or cancelled without a reason.
		:raises ContentMissingError: completed without a word on what was done.
		:raises InspectionMissingError: completed while a mandatory inspection item has no result.
		"""
		if self.enters("Dispatched") and not self.outlet:
			frappe.throw(_("Choose the outlet first, then dispatch the order."), OutletMissingError)
		refused = self.stage == "Open" and self.before("stage") in ("Dispatched", "Received")
		if refused or self.enters("Continued", "Cancelled"):
			self.validate_reason(refused)
		if self.enters("Completed", "Continued"):
			self.validate_content()
		if self.enters("Completed"):
			self.validate_inspection()

	def validate_reason(self, refused: bool) -> None:
		"""Demand a reason; that of a refusal is kept beside, so that the next one is asked for anew."""
		if not (self.reason or "").strip():
			frappe.throw(
				_("Fill in {0} and save first.").format(frappe.bold(_("Reason"))),
				ReasonMissingError,
				title=_("Reason Missing"),
			)
		if refused:
			stamp = f"{get_fullname(frappe.session.user)}, {frappe.utils.format_datetime(now_datetime())}"
			self.last_refusal = f"{self.outlet}: {self.reason.strip()} ({stamp})"
			self.reason = None

	def validate_content(self) -> None:
		"""Demand what was done (S7.18, S15.05)."""
		if not ((self.content or "").strip() or (self.result or "").strip()):
			frappe.throw(
				_("Say what was done first: fill in {0} or {1}, and save.").format(
					frappe.bold(_("Process")), frappe.bold(_("Result"))
				),
				ContentMissingError,
				title=_("Process Missing"),
			)

	def validate_inspection(self) -> None:
		"""Demand a result for each mandatory inspection item."""
		missing = [row.item for row in self.inspection if row.mandatory and not row.result]
		if missing:
			frappe.throw(
				_("Enter the result of the inspection first: {0}").format(
					", ".join(frappe.bold(frappe.utils.escape_html(item)) for item in missing)
				),
				InspectionMissingError,
				title=_("Inspection"),
			)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Service Order", fields)
	frappe.db.add_index("Service Order", MONITOR_INDEX, index_name="monitor_index")
	frappe.db.add_index("Service Order", STATISTICS_INDEX, index_name="statistics_index")
