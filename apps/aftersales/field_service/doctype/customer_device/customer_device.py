"""Customer Device: one device at a customer, with its place, its warranty and what became of it (S24.10, S2.10)."""

import re

import frappe
from frappe import _
from frappe.contacts.doctype.address.address import get_default_address
from frappe.model.document import Document
from frappe.utils import escape_html, formatdate, get_link_to_form, getdate

from aftersales.field_service import device_classes, device_documents, devices, reasons, warranty
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.text import clean_fields
from aftersales.utils.workflow_state import set_field_of_state

CUSTOMER_VALUES = {"customer_name": "customer_name", "region": "region", "dealer": "dealer"}
PRODUCT_VALUES = {"product_name": "product_name", "product_category": "product_category"}
TEXTS = (
	"serial_no",
	"bar_code",
	"product_name",
	"lot_no",
	"customer_name",
	"version_status",
)
LABELS = {
	"sale_date": "Sale Date",
	"installation_date": "Installation Date",
	"production_date": "Production Date",
}
TOKEN_LENGTH = 32
# What exchanges and orders write, and what is printed on the label.
OF_RULES = (
	"device_token",
	"replaces",
	"replaced_by",
	"replaced_on",
	"replacement_doctype",
	"replacement_name",
	"maintenance_count",
	"sale_record",
)
INDEXES = (
	("customer", "modified"),
	("product", "modified"),
	("product", "stage", "creation"),
	("status", "modified"),
	("stage", "modified"),
	("stage", "warranty_end"),
	("warranty_state", "warranty_end"),
	("customer_name", "modified"),
	("serial_no", "modified"),
)


class SerialNumberError(frappe.ValidationError):
	"""The serial number holds no letter and no digit."""


class ProductMissingError(frappe.MandatoryError):
	"""A registration was confirmed before anybody said which product it is."""


class SerialTakenError(frappe.UniqueValidationError):
	"""Another device of the product has the serial number."""


class DeviceDateError(frappe.ValidationError):
	"""A date lies in the future, or the dates contradict each other."""


class DiscountLevelError(frappe.PermissionError):
	"""Somebody who decides on no prices gives or takes a discount level."""


class CustomerDevice(Document):
	def before_insert(self):
		self.device_token = frappe.generate_hash(length=TOKEN_LENGTH)
		if frappe.flags.in_import:
			self.registered_from = "Import"
		if self.registered_from == "Portal" and not self.flags.checked:
			devices.set_stage(self, "To Be Checked")
			self.flags.by_rule = True

	def onload(self):
		found = warranty.warranty_of(self)
		self.set_onload("warranty", {"state": found.state, "reason": reasons.reason_in_words(found.reason)})
		self.set_onload("same_serial", self.same_serial())

	def validate(self):
		self.keep_what_follows()
		self.check_discount_level()
		clean_fields(self, *TEXTS)
		self.set_serial_key()
		self.fill_from_links()
		set_field_of_state(self)
		self.check_confirmation()
		self.set_unique_key()
		self.validate_dates()
		self.hint_at_pattern()
		warranty.set_warranty(self)

	def validate_workflow(self):
		"""Frappe asks here what the user may do by hand; what follows from another document was allowed there."""
		if not self.flags.by_rule:
			super().validate_workflow()

	def after_insert(self):
		device_documents.link_waiting(self)

	def on_update(self):
		self.keep_proof_private()
		device_classes.device_saved(self)

	def on_trash(self):
		device_classes.device_deleted(self)

	def keep_what_follows(self) -> None:
		"""Keep what follows from other documents as it is stored, whatever was sent along."""
		before = self.get_doc_before_save()
		if before and not self.flags.by_rule:
			self.update({field: before.get(field) for field in OF_RULES})
		elif not (before or self.flags.by_rule or self.flags.ignore_permissions):
			self.update(dict.fromkeys(OF_RULES[1:]))

	def check_discount_level(self) -> None:
		"""Leave the discount level to those who may change discount levels: it takes money off every order (S18.25).

		:raises DiscountLevelError: somebody else gives or takes one.
		"""
		before = self.get_doc_before_save()
		if (self.discount_level or None) == ((before and before.discount_level) or None):
			return
		by_code = self.flags.by_rule or self.flags.ignore_permissions
		if not by_code and not frappe.has_permission("Discount Level", "write"):
			frappe.throw(
				_(
					"You may not change the {0} of a device. Ask somebody who may change discount levels."
				).format(frappe.bold(_("Discount Level"))),
				DiscountLevelError,
				title=_("Discount Level"),
			)

	def set_serial_key(self) -> None:
		"""Keep the number by which spellings of a serial number are the same.

		:raises SerialNumberError: nothing is left of it.
		"""
		self.serial_key = devices.serial_key(self.serial_no)
		if not self.serial_key:
			frappe.throw(_("Type the serial number: it needs letters or digits."), SerialNumberError)

	def fill_from_links(self) -> None:
		"""Copy what customer and product know; typed values win."""
		fill_from_link(self, "product", PRODUCT_VALUES, always=("product_name",))
		if not (self.customer and self.has_value_changed("customer")):
			return
		fill_from_link(self, "customer", CUSTOMER_VALUES)
		if not self.address and (address := get_default_address("Service Customer", self.customer)):
			place = frappe.db.get_value(
				"Address", address, ["state", "city", "county", "address_line1", "address_line2"]
			)
			self.address = ", ".join(filter(None, place))

	def check_confirmation(self) -> None:
		"""Ask for the product of a registration that is being confirmed: warranty and serial number depend on it.

		:raises ProductMissingError: it is missing.
		"""
		before = self.get_doc_before_save()
		if (
			before
			and before.stage in devices.PENDING
			and self.stage not in devices.PENDING
			and not self.product
		):
			frappe.throw(
				_("Choose the {0} first: the customer only described it.").format(frappe.bold(_("Product"))),
				ProductMissingError,
				title=_("Product"),
			)

	def set_unique_key(self) -> None:
		"""Reserve the serial number within the product, unless nobody has confirmed the device yet.

		:raises SerialTakenError: names the device that has it.
		"""
		self.unique_key = None
		if self.stage in devices.PENDING:
			return
		self.unique_key = devices.unique_key(self.product, self.serial_key)
		other = frappe.db.get_value(
			self.doctype, {"unique_key": self.unique_key, "name": ("!=", self.name or "")}
		)
		if other:
			frappe.throw(
				_("The serial number {0} belongs to device {1} already.").format(
					frappe.bold(escape_html(self.serial_no)), get_link_to_form(self.doctype, other)
				),
				SerialTakenError,
				title=_("Serial Number Taken"),
			)

	def validate_dates(self) -> None:
		"""
		:raises DeviceDateError: names the dates that cannot be.
		"""
		today = getdate()
		for field, label in LABELS.items():
			if self.get(field) and getdate(self.get(field)) > today:
				frappe.throw(
					_("{0} {1} lies in the future.").format(
						frappe.bold(_(label)), frappe.bold(formatdate(self.get(field)))
					),
					DeviceDateError,
				)
		for field in ("sale_date", "installation_date"):
			if (
				self.production_date
				and self.get(field)
				and getdate(self.production_date) > getdate(self.get(field))
			):
				frappe.throw(
					_("The production date {0} lies after the {1} {2}. Correct one of them.").format(
						frappe.bold(formatdate(self.production_date)),
						_(LABELS[field]),
						frappe.bold(formatdate(self.get(field))),
					),
					DeviceDateError,
				)
		if self.warranty_agreed and self.warranty_start and self.warranty_end:
			if getdate(self.warranty_start) > getdate(self.warranty_end):
				frappe.throw(_("The warranty ends before it starts."), DeviceDateError)

	def hint_at_pattern(self) -> None:
		"""Tell whoever types a serial number that does not look like one of the product's (S24.21)."""
		if self.has_value_changed("serial_no") or self.has_value_changed("product"):
			if not fits_pattern(self.product, self.serial_no) and not frappe.flags.in_import:
				frappe.msgprint(
					_(
						"The serial number {0} does not look like one of {1}. Please compare it with the type plate."
					).format(
						frappe.bold(escape_html(self.serial_no)),
						frappe.bold(escape_html(self.product_name or self.product)),
					),
					title=_("Serial Number"),
					indicator="orange",
					alert=True,
				)

	def same_serial(self) -> dict | None:
		"""Return the confirmed device that has the serial number of this unconfirmed one, for whoever checks it."""
		if self.stage != "To Be Checked":
			return None
		name = devices.find(self.product, self.serial_no)
		if not name or not frappe.has_permission(self.doctype, "read", doc=name):
			return None
		return frappe.db.get_value(self.doctype, name, ["name", "customer", "customer_name"], as_dict=True)

	def keep_proof_private(self) -> None:
		"""A proof of purchase names a person: whoever attaches it cannot leave it public."""
		url = self.purchase_proof
		if not url or not url.startswith("/files/"):
			return
		name = frappe.db.get_value(
			"File", {"file_url": url, "attached_to_doctype": self.doctype, "attached_to_name": self.name}
		)
		if not name:
			return
		file = frappe.get_doc("File", name)
		file.is_private = 1
		file.save(ignore_permissions=True)
		# On a rollback Frappe would move it back to where everybody can read it.
		file.flags.pop("original_path", None)
		self.db_set("purchase_proof", file.file_url, update_modified=False)


def fits_pattern(product: str | None, serial_no: str | None) -> bool:
	"""Return whether a serial number looks as the product's do; true without a pattern."""
	pattern = product and frappe.get_cached_value("Product", product, "serial_pattern")
	return not pattern or bool(re.fullmatch(pattern, (serial_no or "").strip(), re.IGNORECASE))


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Customer Device", fields)
