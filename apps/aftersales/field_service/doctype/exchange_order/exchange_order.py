"""Exchange Order: the slip by which goods are exchanged, moved or taken back (S5.05, S5.08, S6.25; M12)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from aftersales.field_service import devices, exchange
from aftersales.field_service.warranty import warranty_of
from aftersales.service_network import outlet_scope
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

CUSTOMER_VALUES = {"customer_name": "customer_name", "contact_phone": "phone", "dealer": "dealer"}
DEVICE_VALUES = {
	"serial_no": "serial_no",
	"product": "product",
	"sale_date": "sale_date",
	"customer": "customer",
	"dealer": "dealer",
}
PRODUCT_VALUES = {
	"product_name": "product_name",
	"product_category": "product_category",
	"price": "price",
}
INDEXES = (
	("status", "modified"),
	("stage", "exchange_date"),
	("outlet", "stage", "modified"),
	("customer", "creation"),
)


class ExchangeMergeError(frappe.ValidationError):
	"""Two slips cannot become one."""


class SamePartiesError(frappe.ValidationError):
	"""The slip does not say whose goods they are, or exchanges a unit for itself."""


class ExchangeOrder(Document):
	def autoname(self):
		set_number(self)

	def before_insert(self):
		self.salesperson = self.salesperson or frappe.session.user

	def validate(self):
		before = self.get_doc_before_save()
		outlet_scope.fill(self)
		exchange.keep_controlled(self, before)
		exchange.check_changes(self, before)
		self.fill_from_links()
		self.validate_parties()
		exchange.set_fee(self)
		set_field_of_state(self)
		exchange.take_step(self, before)

	def on_update(self):
		exchange.tell_next(self, self.get_doc_before_save())

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			frappe.throw(
				_("Two exchange slips cannot be merged: each has its own signatures."), ExchangeMergeError
			)
		return check_rename(self, new)

	def fill_from_links(self) -> None:
		"""Copy what device, customer and product know; typed values win."""
		self.exchange_date = self.exchange_date or today()
		if self.serial_no and not self.device and self.has_value_changed("serial_no"):
			self.device = devices.find(self.product, self.serial_no)
		fill_from_link(self, "device", DEVICE_VALUES)
		fill_from_link(self, "customer", CUSTOMER_VALUES)
		fill_from_link(self, "product", PRODUCT_VALUES, always=("product_name", "product_category"))
		if self.device and self.has_value_changed("device"):
			self.warranty_state = warranty_of(
				frappe.get_doc(devices.DEVICE, self.device), self.exchange_date
			).state

	def validate_parties(self) -> None:
		"""Refuse a slip of nobody, and a unit that is exchanged for itself.

		:raises SamePartiesError: with what to enter.
		"""
		self.customer_name = self.customer_name or self.dealer
		if not self.customer_name:
			frappe.throw(_("Enter the customer or the dealer whose goods they are."), SamePartiesError)
		same = self.new_serial_no and devices.serial_key(self.new_serial_no) == devices.serial_key(
			self.serial_no
		)
		if same and (self.new_product or self.product) == self.product:
			frappe.throw(
				_("The new serial number is that of the old unit. Enter that of the new one."),
				SamePartiesError,
			)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Exchange Order", fields)
