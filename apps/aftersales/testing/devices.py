"""Makers of devices, warranty rules and requests of device updates."""

import frappe
from frappe.model.document import Document

from aftersales.testing.factories import insert, make_customer, make_product, make_product_category, unique


def unique_serial() -> str:
	"""Return a serial number that no other document of the run has; letters only, which no search takes for a number."""
	return "SN" + "".join(chr(ord("A") + int(digit, 16)) for digit in frappe.generate_hash(length=10))


def make_customer_device(**fields) -> Document:
	"""Make a Customer Device of a product of its own."""
	defaults = {"serial_no": unique_serial()}
	if "product" not in fields:
		defaults["product"] = make_product().name
	return insert("Customer Device", defaults, fields)


def make_warranty_rule(**fields) -> Document:
	"""Make a Warranty Rule of 12 months from the sale, of a product that nothing else has."""
	defaults = {"rule_name": unique("Rule"), "months": 12, "counts_from": "Sale Date"}
	if not fields.keys() & {"product", "product_category"}:
		defaults["product"] = make_product().name
	return insert("Warranty Rule", defaults, fields)


def make_device_update_request(**fields) -> Document:
	"""Make a Device Update Request, by default to stop and store a new device."""
	defaults = {"service_item": "Stop and Store"}
	if "device" not in fields:
		defaults["device"] = make_customer_device(customer=make_customer().name).name
	return insert("Device Update Request", defaults, fields)


def make_discount_level(**fields) -> Document:
	"""Make a Discount Level of 10 percent off the work and 5 off the parts."""
	return insert(
		"Discount Level", {"level_name": unique("Level"), "work_percent": 10, "parts_percent": 5}, fields
	)


def make_device_class_rule(**fields) -> Document:
	"""Make a Device Class Rule of 80 and 95 percent, for a product category of its own."""
	if "product_category" not in fields:
		fields["product_category"] = make_product_category().name
	return insert("Device Class Rule", {"rule_name": unique("Rule")}, fields)


def make_device_class_change(**fields) -> Document:
	"""Make a Device Class Change: the class of a new device, set by hand."""
	device = make_customer_device(**fields)
	device.abc_class = "A"
	device.save(ignore_permissions=True)
	return frappe.get_doc("Device Class Change", {"device": device.name})
