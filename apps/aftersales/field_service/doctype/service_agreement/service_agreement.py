"""Service Agreement: what a customer pays for and gets over some time (S17.01-S17.03, machine M16)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate, today

from aftersales.field_service import maintenance_plans
from aftersales.field_service.agreements import IN_FORCE, SUBJECTS
from aftersales.service_network import outlet_scope
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

SETTLED = ("Recorded", IN_FORCE)
INDEXES = (("customer", "stage", "end_date"), ("stage", "end_date"), ("outlet", "stage"))


class AgreementTimeError(frappe.ValidationError):
	"""The agreement ends before it begins, or something in it lies outside its time."""


class AgreementDeviceError(frappe.ValidationError):
	"""A device of another customer, or a row that names nothing."""


class AgreementBenefitError(frappe.ValidationError):
	"""A reduction that is none, or two for the same thing."""


class AgreementAmountError(frappe.ValidationError):
	"""The planned payments are not what was agreed."""


class ServiceAgreement(Document):
	def autoname(self):
		set_number(self)

	def validate(self):
		outlet_scope.fill(self)
		set_field_of_state(self)
		self.validate_time()
		self.validate_devices()
		self.validate_benefits()
		self.validate_billing()
		self.validate_visits()
		self.terminated_on = (self.terminated_on or today()) if self.stage == "Terminated" else None

	def on_update(self):
		if self.has_value_changed("stage"):
			maintenance_plans.agreement_changed(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		return check_rename(self, new)

	def validate_time(self) -> None:
		"""Refuse an agreement that ends before it begins.

		:raises AgreementTimeError: always then.
		"""
		if getdate(self.end_date) < getdate(self.start_date):
			frappe.throw(_("The end date lies before the start date."), AgreementTimeError)

	def validate_devices(self) -> None:
		"""Refuse rows that name nothing, devices of others and devices that stand there twice.

		:raises AgreementDeviceError: says which row.
		"""
		names = [row.device for row in [*self.devices, *self.visit_schedule] if row.device]
		owners = dict(
			frappe.get_all(
				"Customer Device", {"name": ("in", names or [""])}, ["name", "customer"], as_list=1
			)
		)
		seen = set()
		for row in self.devices:
			if not (row.device or row.product or row.product_category):
				self._refuse_device(row, _("Choose a device, a product or a product category."))
			if row.device and owners.get(row.device) != self.customer:
				self._refuse_device(
					row, _("{0} is no device of this customer.").format(frappe.bold(row.device))
				)
			key = row.device or (row.product, row.product_category)
			if key in seen:
				self._refuse_device(row, _("This stands in the list twice."))
			seen.add(key)
		for row in self.visit_schedule:
			if row.device and owners.get(row.device) != self.customer:
				self._refuse_device(
					row, _("{0} is no device of this customer.").format(frappe.bold(row.device))
				)

	def _refuse_device(self, row: Document, why: str) -> None:
		frappe.throw(_("Row {0}: {1}").format(row.idx, why), AgreementDeviceError)

	def validate_benefits(self) -> None:
		"""Keep only what belongs to the kind of each benefit; refuse shares outside 0 to 100 and contradictions.

		:raises AgreementBenefitError: says which row.
		"""
		fields = {field for pair in SUBJECTS.values() for field in pair if field}
		seen = set()
		for row in self.benefits:
			own = [field for field in SUBJECTS[row.kind] if field]
			for field in fields - set(own):
				row.set(field, None)
			if own and row.get(own[0]) and len(own) > 1:
				row.set(own[1], None)  # the part says its category itself
			if not 0 < flt(row.percent) <= 100:
				frappe.throw(
					_("Row {0}: enter a reduction above 0 and up to 100 per cent.").format(row.idx),
					AgreementBenefitError,
				)
			key = (row.kind, *(row.get(field) for field in own))
			if key in seen:
				frappe.throw(
					_("Row {0}: there is a reduction for this already.").format(row.idx),
					AgreementBenefitError,
				)
			seen.add(key)

	def validate_billing(self) -> None:
		"""Add the planned payments up; once recorded, they must be the agreed amount.

		:raises AgreementAmountError: they are not.
		"""
		self.planned_amount = flt(sum(flt(row.amount) for row in self.billing_plan), 2)
		if self.billing_plan and self.stage in SETTLED and self.planned_amount != flt(self.amount, 2):
			frappe.throw(
				_("The billing plan adds up to {0}, but {1} was agreed. Correct one of them.").format(
					frappe.bold(self.get_formatted("planned_amount")),
					frappe.bold(self.get_formatted("amount")),
				),
				AgreementAmountError,
			)

	def validate_visits(self) -> None:
		"""Refuse visits outside the agreement's time, repeated ones without a distance, and devices that are not covered.

		:raises AgreementTimeError: a first visit outside.
		:raises AgreementDeviceError: a device that is not among those covered.
		"""
		covered = {row.device for row in self.devices if row.device}
		only_devices = covered and all(row.device for row in self.devices)
		for row in self.visit_schedule:
			if not getdate(self.start_date) <= getdate(row.first_date) <= getdate(self.end_date):
				frappe.throw(
					_("Visit {0}: the first visit lies outside the agreement's time.").format(row.idx),
					AgreementTimeError,
				)
			if cint(row.visits) > 1 and not row.every_months:
				frappe.throw(
					_("Visit {0}: say every how many months, or plan a single visit.").format(row.idx),
					AgreementTimeError,
				)
			if row.device and only_devices and row.device not in covered:
				frappe.throw(
					_("Visit {0}: {1} is not among the devices of the agreement.").format(
						row.idx, frappe.bold(row.device)
					),
					AgreementDeviceError,
				)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Service Agreement", fields)
