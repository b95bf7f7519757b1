"""Maintenance Visit: one maintenance that falls due, until it is done (S7.19, S17.05, S17.06, machine M17)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, today

from aftersales.field_service import maintenance_plans, maintenance_visits
from aftersales.service_network import outlet_scope
from aftersales.utils.changes import has_changed
from aftersales.utils.workflow_state import set_field_of_state

OVER = ("Done", "Skipped")
# Written by the functions of maintenance_visits alone, whatever a client sends.
OF_CODE = (
	"service_order",
	"customer_reminded_on",
	"confirmation",
	"confirmation_note",
	"confirmed_on",
	"confirmed_by",
)
# What a confirmation is about.
CONFIRMED = ("device", "customer", "product", "visit_kind", "done_on", "reading")
INDEXES = (
	("stage", "due_date"),
	("customer", "due_date"),
	("device", "due_date"),
	("maintenance_plan", "stage"),
	("visit_kind", "confirmation", "done_on"),
)


class SkipReasonError(frappe.MandatoryError):
	"""A visit was skipped without a word why."""


class VisitDayError(frappe.ValidationError):
	"""A visit was done in the future."""


class VisitDeviceError(frappe.ValidationError):
	"""The device belongs to another customer."""


class ConfirmedVisitError(frappe.ValidationError):
	"""What the manufacturer was told of a first free maintenance was changed."""


class MaintenanceVisit(Document):
	def validate(self):
		outlet_scope.fill(self)
		self.keep_what_code_wrote()
		set_field_of_state(self)
		self.validate_device()
		self.validate_skip()
		self.set_done_on()

	def on_update(self):
		if not self.has_value_changed("stage"):
			return
		if self.stage == "Released" and not self.service_order:
			maintenance_visits.make_order(self)
		elif self.stage in OVER:
			maintenance_plans.visit_over(self)

	def after_delete(self):
		if self.stage not in OVER:
			self.stage = "Skipped"  # its plan goes on as if it had been
			maintenance_plans.visit_over(self)

	def keep_what_code_wrote(self) -> None:
		"""Drop what a client sent of results, and refuse changes of a visit that was confirmed.

		:raises ConfirmedVisitError: something that the confirmation is about differs.
		"""
		before = self.get_doc_before_save()
		for field in OF_CODE:
			self.set(field, before.get(field) if before else self.meta.get_field(field).default)
		if self.confirmation == "Confirmed" and any(has_changed(self, field) for field in CONFIRMED):
			frappe.throw(
				_(
					"This first free maintenance was confirmed. Take back the confirmation before you change it."
				),
				ConfirmedVisitError,
			)

	def validate_device(self) -> None:
		"""Refuse the device of another customer.

		:raises VisitDeviceError: always then.
		"""
		if not self.device or not (self.has_value_changed("device") or self.has_value_changed("customer")):
			return
		owner = frappe.db.get_value("Customer Device", self.device, "customer")
		if owner and owner != self.customer:
			frappe.throw(
				_("{0} is no device of this customer.").format(frappe.bold(self.device)), VisitDeviceError
			)

	def validate_skip(self) -> None:
		"""Demand the reason of a skipped visit.

		:raises SkipReasonError: it is empty.
		"""
		if self.stage == "Skipped" and not (self.skip_reason or "").strip():
			frappe.throw(
				_("Fill in {0} and save before you skip the visit.").format(frappe.bold(_("Reason to Skip"))),
				SkipReasonError,
			)

	def set_done_on(self) -> None:
		"""Give a finished visit its day; one that is not done has none.

		:raises VisitDayError: the day lies in the future.
		"""
		if self.stage != "Done":
			self.done_on = None
			return
		self.done_on = self.done_on or today()
		if getdate(self.done_on) > getdate():
			frappe.throw(_("A visit cannot have been done in the future."), VisitDayError)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Maintenance Visit", fields)
