"""Devices and the documents that name them: by a link or by a serial number that somebody typed (S24.21, S12.06)."""

import frappe
from frappe.model.document import Document

from aftersales.field_service import devices
from aftersales.utils.audit_lock import is_audited
from aftersales.utils.text import clean_text

TICKET, ORDER = "Service Ticket", "Service Order"
# What a ticket or an order takes over from its device where nothing was typed.
DEVICE_VALUES = ("serial_no", "product", "product_category", "lot_no", "customer")


def fill_from_device(doc: Document, method: str | None = None) -> None:
	"""`before_validate` of Service Ticket and Service Order: link the device whose serial number was typed, and take over what it knows.

	No statement without a serial number or device that is new to the document.

	:param doc: with the fields `device` and `serial_no`; on a ticket `serial_unknown` says that no device has the number.
	"""
	doc.serial_no = clean_text(doc.serial_no) or None
	if doc.has_value_changed("device") and doc.device:
		take_over(doc)
	elif doc.serial_no and (doc.has_value_changed("serial_no") or doc.is_new()):
		doc.device = devices.find(doc.product, doc.serial_no)
		if doc.device:
			take_over(doc)
	elif doc.has_value_changed("serial_no") and not doc.serial_no:
		doc.device = None
	if doc.meta.has_field("serial_unknown"):
		doc.serial_unknown = int(bool(doc.serial_no and not doc.device))


def take_over(doc: Document) -> None:
	"""Copy what the device knows: its serial number and product always, the rest where nothing was typed."""
	device = frappe.db.get_value(
		devices.DEVICE, doc.device, [*DEVICE_VALUES, "product_name", "customer_name"], as_dict=True
	)
	if not device:
		return
	doc.serial_no = device.serial_no
	if device.product:
		doc.product = device.product
	elif not doc.product_name:
		doc.product_name = device.product_name
	# Whoever writes from the portal about a device need not be its owner, and learns nothing of them.
	fields = ("product_category",) if doc.flags.from_portal else DEVICE_VALUES[2:]
	for field in fields:
		if doc.meta.has_field(field) and not doc.get(field):
			doc.set(field, device[field])


def link_waiting(device: Document) -> None:
	"""Link the tickets and orders that named a serial number before it had a device; audited ones stay as they are.

	:param device: new Customer Device.
	"""
	if device.stage in devices.PENDING:
		return
	for doctype in (TICKET, ORDER):
		filters = {"device": ("is", "not set"), "serial_no": device.serial_no}
		for row in frappe.get_all(doctype, filters, ["name", "product", "status"], order_by=None):
			if row.product and device.product and row.product != device.product:
				continue
			if is_audited(frappe._dict(row, doctype=doctype)):
				continue
			values = {"device": device.name}
			if doctype == TICKET:
				values["serial_unknown"] = 0
			frappe.db.set_value(doctype, row.name, values, update_modified=False)
