"""Customer Goods Receipt: goods of a customer in our hands, from the counter or a visit (S6.36, S12.02-S12.11; M13, M14)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime, now_datetime

from aftersales.field_service import counter, devices, goods
from aftersales.field_service.warranty import warranty_of
from aftersales.service_network import outlet_scope
from aftersales.telephony.numbers import normalise
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.naming import check_rename, set_number
from aftersales.utils.workflow_state import set_field_of_state

CUSTOMER_VALUES = {"customer_name": "customer_name", "contact_phone": "phone"}
ORDER_VALUES = {
	"customer": "customer",
	"customer_name": "customer_name",
	"contact_phone": "contact_phone",
	"address": "address",
	"device": "device",
	"serial_no": "serial_no",
	"product": "product",
	"fault": "symptom",
	"outlet": "outlet",
}
DEVICE_VALUES = {
	"serial_no": "serial_no",
	"product": "product",
	"customer": "customer",
	"customer_name": "customer_name",
	"purchase_date": "sale_date",
}
PRODUCT_VALUES = {"product_name": "product_name", "product_category": "product_category"}
INDEXES = (
	("status", "modified"),
	("outlet", "stage", "received_on"),
	("stage", "ready_on"),
	("received_on", "outlet"),
	("customer", "creation"),
	("serial_key", "stage"),
	("phone_key", "creation"),
	# Whoever hands goods of an order over locks those that are gone, not those that a colleague has in hand.
	("service_order", "stage"),
)


class ReceiptMergeError(frappe.ValidationError):
	"""Two receipts cannot become one."""


class ReceiptError(frappe.ValidationError):
	"""The receipt contradicts itself."""


class CustomerGoodsReceipt(Document):
	def autoname(self):
		set_number(self)

	def before_validate(self):
		goods.read_amounts(self, "amount_collected", "amount_due")

	def before_insert(self):
		self.received_by = frappe.session.user
		self.received_on = self.received_on or now_datetime()

	def validate(self):
		before = self.get_doc_before_save()
		outlet_scope.fill(self)
		self.fill_from_links()
		self.set_keys()
		self.validate_accessories()
		self.validate_content()
		set_field_of_state(self)
		goods.refuse_second(self)
		goods.keep_pick_up(self, before)
		goods.take_step(self, before)
		goods.stamp_finance(self, before)

	def after_insert(self):
		if not self.intake_no:
			self.db_set("intake_no", self.name, update_modified=False)
		if self.origin == "Counter" and not self.service_order:
			counter.make_order(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> str:
		if merge:
			frappe.throw(
				_("Two receipts cannot be merged: the customer has each of them."), ReceiptMergeError
			)
		return check_rename(self, new)

	def fill_from_links(self) -> None:
		"""Copy what order, device, customer and product know; typed values win (S12.06)."""
		fill_from_link(self, "service_order", ORDER_VALUES)
		if self.serial_no and not self.device and self.has_value_changed("serial_no"):
			self.device = devices.find(self.product, self.serial_no)
			if self.device:  # the slip bears the number as it stands on the device, however it was typed
				self.serial_no = frappe.db.get_value(devices.DEVICE, self.device, "serial_no")
		fill_from_link(self, "device", DEVICE_VALUES)
		fill_from_link(self, "customer", CUSTOMER_VALUES)
		fill_from_link(self, "product", PRODUCT_VALUES, always=("product_category",))
		if self.device and self.has_value_changed("device"):
			self.warranty_state = warranty_of(frappe.get_doc(devices.DEVICE, self.device)).state

	def set_keys(self) -> None:
		"""Store what the receipt is found by: normalised telephone and serial number."""
		if self.is_new() or self.has_value_changed("contact_phone"):
			self.phone_key = normalise(self.contact_phone).key
		self.serial_key = devices.serial_key(self.serial_no) or None

	def validate_accessories(self) -> None:
		"""Keep the list of accessories to repair tidy, and demand one when only accessories are (S12.05).

		:raises ReceiptError: it is empty.
		"""
		parts = goods.split_accessories(self.accessory_list) if cint(self.accessory_only) else []
		self.accessory_list = " / ".join(parts) or None
		if cint(self.accessory_only) and not parts:
			frappe.throw(
				_('Write down the accessories to repair, separated by "/".'),
				ReceiptError,
				title=_("Accessories Only"),
			)

	def validate_content(self) -> None:
		"""Refuse goods that nobody could find again, and a receipt of tomorrow.

		:raises ReceiptError: with what to enter.
		"""
		if not (self.product or (self.product_name or "").strip()):
			frappe.throw(_("Choose the product, or write down what the goods are."), ReceiptError)
		if get_datetime(self.received_on) > now_datetime():
			frappe.throw(
				_("{0} lies in the future. Correct it.").format(frappe.bold(_("Received On"))), ReceiptError
			)
		if self.promised_at and get_datetime(self.promised_at) < get_datetime(self.received_on):
			frappe.throw(_("The goods cannot be promised for a time before they came."), ReceiptError)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Customer Goods Receipt", fields)
