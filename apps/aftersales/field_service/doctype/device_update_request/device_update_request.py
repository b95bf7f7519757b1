"""Device Update Request: a change of a device that a superior approves (S24.11, S24.14, M5)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.field_service import device_updates
from aftersales.utils.text import clean_fields
from aftersales.utils.workflow_state import set_field_of_state

DEVICE_VALUES = ("serial_no", "product_name", "customer", "customer_name")
INDEXES = (("status", "modified"), ("device", "creation"), ("stage", "creation"))


class ChangeMissingError(frappe.MandatoryError):
	"""The request does not say what becomes of the device."""


class RejectionReasonError(frappe.MandatoryError):
	"""A request is rejected without a reason."""


class DeviceUpdateRequest(Document):
	def validate(self):
		clean_fields(self, "new_version", "new_address")
		self.fill_from_device()
		set_field_of_state(self)
		self.validate_reason()
		self.audit()

	def on_update(self):
		if self.flags.approved:
			device_updates.apply(self)

	def fill_from_device(self) -> None:
		"""Show which device it is about, as it is now."""
		if self.device and self.has_value_changed("device"):
			values = frappe.db.get_value("Customer Device", self.device, DEVICE_VALUES, as_dict=True)
			self.update(values or {})

	def validate_reason(self) -> None:
		"""
		:raises RejectionReasonError: whoever asked would not know what to change.
		"""
		if self.stage == "Rejected" and not (self.rejection_reason or "").strip():
			frappe.throw(
				_("Fill in {0} and save before you reject the request.").format(
					frappe.bold(_("Reason of Rejection"))
				),
				RejectionReasonError,
			)

	def audit(self) -> None:
		"""Note who approved and when, once; the change itself follows when this is stored.

		:raises ChangeMissingError: the request does not say what to write into the device.
		"""
		before = self.get_doc_before_save()
		if self.stage != "Audited":
			self.auditor = self.audited_at = None
			return
		if before and before.stage == "Audited":
			return
		needed = device_updates.NEEDED.get(self.service_item)
		if needed and not self.get(needed):
			frappe.throw(
				_("Fill in {0} first.").format(frappe.bold(_(self.meta.get_label(needed)))),
				ChangeMissingError,
			)
		self.auditor, self.audited_at = frappe.session.user, now_datetime()
		self.flags.approved = True


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Device Update Request", fields)
