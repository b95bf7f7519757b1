"""Refurbish Application: a dealer or outlet asks to refurbish a device for resale (S12.12, M15)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime, today

from aftersales.field_service import devices, goods, steps
from aftersales.service_network import outlet_scope
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

DEVICE_VALUES = {"serial_no": "serial_no", "product": "product", "dealer": "dealer"}
PRODUCT_VALUES = {"product_name": "product_name"}
# Stage -> what may be changed in it; everything while it is being written, nothing after the end.
FILLED_IN = {
	"Applied": {"decision_note", "estimated_cost"},
	"Approved": {"decision_note", "result", "cost", "grade"},
	"Working": {"decision_note", "result", "cost", "grade"},
	"Done": set(),
	"Ended": set(),
}
OPEN = ("Applied", "Approved", "Working")
INDEXES = (("status", "modified"), ("dealer", "stage", "modified"), ("outlet", "stage", "modified"))


class RefurbishError(frappe.ValidationError):
	"""The application cannot be like this."""


class SecondApplicationError(RefurbishError):
	"""Somebody applied for the same unit, and it is not decided or done."""


class RefurbishFieldError(frappe.PermissionError):
	"""The application was handed in: this cannot be changed any more."""


class RefurbishApplication(Document):
	def autoname(self):
		set_number(self)

	def before_validate(self):
		goods.read_amounts(self, "estimated_cost", "cost")

	def validate(self):
		before = self.get_doc_before_save()
		outlet_scope.fill(self)
		for field in ("decided_by", "decided_on", "finished_on"):
			self.set(field, before.get(field) if before else None)
		self.check_changes(before)
		self.fill_from_links()
		self.validate_applicant()
		set_field_of_state(self)
		self.set_open_key()
		self.take_step(before)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			frappe.throw(_("Two applications cannot be merged."), RefurbishError)
		return check_rename(self, new)

	def check_changes(self, before: Document | None) -> None:
		"""Refuse changes of what was handed in.

		:raises RefurbishFieldError: names the fields.
		"""
		if not before or before.stage not in FILLED_IN:
			return
		computed = {field.fieldname for field in self.meta.fields if field.read_only} | {"status"}
		refused = steps.changed_fields(self, before, computed) - FILLED_IN[before.stage] - {"remarks"}
		if refused:
			labels = ", ".join(_(self.meta.get_label(field)) for field in sorted(refused))
			frappe.throw(
				_("{0} cannot be changed after the application was handed in.").format(frappe.bold(labels)),
				RefurbishFieldError,
			)

	def fill_from_links(self) -> None:
		"""Copy what device and product know."""
		if self.serial_no and not self.device and self.has_value_changed("serial_no"):
			self.device = devices.find(self.product, self.serial_no)
		fill_from_link(self, "device", DEVICE_VALUES)
		fill_from_link(self, "product", PRODUCT_VALUES, always=("product_name",))

	def validate_applicant(self) -> None:
		"""Refuse an application of nobody, of tomorrow, and a second one for the same unit.

		:raises RefurbishError: with what to do.
		"""
		if not (self.dealer or self.outlet):
			frappe.throw(_("Enter the dealer or the outlet that applies."), RefurbishError)
		if getdate(self.applied_on) > getdate():
			frappe.throw(
				_("{0} lies in the future. Correct it.").format(frappe.bold(_("Applied On"))), RefurbishError
			)
		other = frappe.db.get_value(
			"Refurbish Application",
			{
				"product": self.product,
				"serial_no": self.serial_no,
				"stage": ("in", OPEN),
				"name": ("!=", self.name or ""),
			},
		)
		if other:
			frappe.throw(
				_("There is an open application for this unit: {0}.").format(frappe.bold(other)),
				SecondApplicationError,
			)

	def set_open_key(self) -> None:
		"""Reserve the unit while the application is open: of two at the same moment the database lets one in."""
		applies = self.stage in OPEN or self.flags.applies
		self.open_key = (
			devices.unique_key(self.product, devices.serial_key(self.serial_no)) if applies else None
		)

	def show_unique_validation_message(self, e: Exception) -> None:
		"""Frappe calls this when the database lets a document in no more.

		:raises SecondApplicationError: always; without the other's number, which is not everybody's to know.
		"""
		frappe.throw(
			_("There is an open application for this unit already. Please ask our service."),
			SecondApplicationError,
			title=_("Refurbish Application"),
		)

	def take_step(self, before: Document | None) -> None:
		"""Stamp who decided and when, and demand a reason or a result.

		:raises RefurbishError: it is missing.
		"""
		left = (before and before.stage) or "Writing"
		if not before or self.stage == left:
			return
		if left == "Applied":
			self.decided_by, self.decided_on = frappe.session.user, now_datetime()
		needed = None
		if left == "Applied" and self.stage == "Ended":
			needed = "decision_note"
		if self.stage == "Done":
			needed, self.finished_on = "result", today()
		if needed and not (self.get(needed) or "").strip():
			frappe.throw(
				_("Fill in {0} first.").format(frappe.bold(_(self.meta.get_label(needed)))),
				RefurbishError,
				title=_("Something Is Missing"),
			)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Refurbish Application", fields)
