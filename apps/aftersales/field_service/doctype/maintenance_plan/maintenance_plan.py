"""Maintenance Plan: when one device, or one line of an agreement, is maintained next (S7.19, S17.05, S17.06)."""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, date_diff, flt, getdate

from aftersales.field_service import maintenance_plans
from aftersales.service_network import outlet_scope
from aftersales.utils.changes import has_changed

# What the next due date follows from.
FIGURES = (
	"every_months",
	"every_uses",
	"count_from",
	"start_date",
	"end_date",
	"most_visits",
	"last_done_on",
	"reading",
	"read_on",
	"uses_per_day",
	"last_reading",
)
INDEXES = (("enabled", "plan_on"), ("device", "maintenance_rule"), ("agreement", "agreement_row"))


class MaintenancePlanError(frappe.ValidationError):
	"""The plan never leads to a visit, or its figures contradict each other."""


class MaintenancePlan(Document):
	def validate(self):
		outlet_scope.fill(self)
		self.validate_cycle()
		self.validate_device()
		self.count_uses()
		self.set_next_due()
		if self.enabled:
			self.pause_reason = None
		self.plan_on = maintenance_plans.plan_on(self)

	def validate_cycle(self) -> None:
		"""Refuse a plan without cycle or day, and one that ends before it begins.

		:raises MaintenancePlanError: always then.
		"""
		if not (
			self.every_months
			or self.every_uses
			or self.next_due
			or self.count_from == maintenance_plans.FIXED
		):
			frappe.throw(
				_("Say every how many months or uses, or when the next visit is due."), MaintenancePlanError
			)
		if self.end_date and getdate(self.end_date) < getdate(self.start_date):
			frappe.throw(_("The end date lies before the start date."), MaintenancePlanError)

	def validate_device(self) -> None:
		"""Refuse the device of another customer.

		:raises MaintenancePlanError: always then.
		"""
		if not self.device or (
			not self.has_value_changed("device") and not self.has_value_changed("customer")
		):
			return
		owner = frappe.db.get_value("Customer Device", self.device, "customer")
		if owner and owner != self.customer:
			frappe.throw(
				_("{0} is no device of this customer.").format(frappe.bold(self.device)), MaintenancePlanError
			)

	def count_uses(self) -> None:
		"""Work out the uses per day from a new reading, unless they were entered with it."""
		before = self.get_doc_before_save()
		if not self.read_on or not (has_changed(self, "reading") or has_changed(self, "read_on")):
			return
		if getdate(self.read_on) > getdate():
			frappe.throw(_("The reading cannot be of a day in the future."), MaintenancePlanError)
		if (before and not has_changed(self, "uses_per_day")) or not flt(self.uses_per_day):
			self.uses_per_day = self.pace(before)

	def take_reading(self, reading: int, day: date) -> None:
		"""Take over what a visit read, and the pace since the reading before."""
		pace = self.pace(self, reading, day)
		self.update({"reading": reading, "read_on": day, "uses_per_day": pace})

	def pace(self, before: Document | None, reading: int | None = None, day: date | None = None) -> float:
		"""Return the uses per day since the reading before, or since the start; what is known stays when it cannot be told."""
		reading = cint(self.reading if reading is None else reading)
		known = before and before.read_on
		since, then = (before.read_on, cint(before.reading)) if known else (self.start_date, 0)
		days = date_diff(day or self.read_on, since)
		# A counter that was set back tells nothing.
		return flt((reading - then) / days, 3) if days > 0 and reading >= then else flt(self.uses_per_day)

	def set_next_due(self) -> None:
		"""Compute the next due date when what it follows from changed, unless somebody set it at the same time."""
		if self.flags.keep_next_due:
			return
		if self.is_new():
			self.next_due = self.next_due or maintenance_plans.next_due(self)
		elif not has_changed(self, "next_due") and any(has_changed(self, field) for field in FIGURES):
			if self.count_from == maintenance_plans.FIXED or not self.has_open_visit():
				self.next_due = maintenance_plans.next_due(self)

	def has_open_visit(self) -> bool:
		"""Return whether a visit of the plan is still to be done."""
		return bool(
			frappe.db.exists(
				"Maintenance Visit", {"maintenance_plan": self.name, "stage": ("in", ("Planned", "Released"))}
			)
		)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Maintenance Plan", fields)
