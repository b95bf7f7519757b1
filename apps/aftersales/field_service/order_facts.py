"""What a service order takes over from customer, device, product and inspection template; typed values win."""

import frappe
from frappe.model.document import Document
from frappe.query_builder import Order

from aftersales.field_service.devices import find
from aftersales.utils.link_values import fill_from_link

CUSTOMER = {"customer_name": "customer_name", "contact_phone": "phone", "region": "region"}
DEVICE = {
	"serial_no": "serial_no",
	"product": "product",
	"product_name": "product_name",
	"product_category": "product_category",
	"customer": "customer",
	"region": "region",
	"address": "address",
}
PRODUCT = {"product_name": "product_name", "product_category": "product_category"}


def fill(doc: Document) -> None:
	"""Fill what is empty, see the module's words; at most one statement for each link that is new."""
	find_device(doc)
	fill_from_link(doc, "device", DEVICE)
	fill_from_link(doc, "product", PRODUCT)
	fill_from_link(doc, "customer", CUSTOMER)
	fill_address(doc)
	take_inspection(doc)
	name_main_technician(doc)


def find_device(doc: Document) -> None:
	"""Find the device by the serial number that was typed (S12.06); one that is not known is an anomaly (S24.21)."""
	if doc.serial_no and not doc.device and doc.has_value_changed("serial_no"):
		doc.device = find(doc.product, doc.serial_no)


def fill_address(doc: Document) -> None:
	"""Take the customer's main address when none was typed."""
	if doc.address or not doc.customer or not doc.has_value_changed("customer"):
		return
	link, address = frappe.qb.DocType("Dynamic Link"), frappe.qb.DocType("Address")
	rows = (
		frappe.qb.from_(link)
		.join(address)
		.on(address.name == link.parent)
		.select(address.state, address.city, address.address_line1, address.address_line2)
		.where((link.link_doctype == "Service Customer") & (link.link_name == doc.customer))
		.where((link.parenttype == "Address") & (address.disabled == 0))
		.orderby(address.is_primary_address, order=Order.desc)
		.orderby(address.creation)
		.limit(1)
		.run()
	)
	if rows:
		doc.address = " ".join(part for part in rows[0] if part)


def take_inspection(doc: Document) -> None:
	"""Take the items of the chosen template, beside results that were entered already."""
	if not doc.inspection_template or not doc.has_value_changed("inspection_template"):
		return
	doc.set("inspection", [row for row in doc.inspection if row.result or row.note])
	known = {row.item for row in doc.inspection}
	for row in frappe.get_cached_doc("Inspection Template", doc.inspection_template).items:
		if row.item not in known:
			doc.append("inspection", {"item": row.item, "mandatory": row.mandatory})


def name_main_technician(doc: Document) -> None:
	"""The first of several technicians leads if nobody else does."""
	if not doc.technician and doc.technicians:
		main = [row for row in doc.technicians if row.role == "Main"] or doc.technicians
		doc.technician = main[0].technician
