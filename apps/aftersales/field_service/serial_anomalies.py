"""Serial numbers that cannot be right or that no device has (S24.21)."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days

from aftersales.field_service import devices
from aftersales.field_service.device_documents import ORDER, TICKET, link_waiting
from aftersales.field_service.devices import DEVICE
from aftersales.field_service.doctype.customer_device.customer_device import fits_pattern
from aftersales.utils.access import check_permission

UNKNOWN, UNUSUAL, REPEATED = "No Device", "Unusual Number", "Several Devices"
MOST = 1000
FIELDS = ("name", "creation", "serial_no", "product", "product_name", "customer", "customer_name")


class AddDeviceError(frappe.ValidationError):
	"""The document has no serial number, or has its device already."""


def anomalies(start: date, end: date, kind: str | None = None) -> list[dict]:
	"""Return what came into being in a period, as far as the user may read it.

	:param start: first day.
	:param end: last day.
	:param kind: No Device, Unusual Number or Several Devices; None for all.
	:returns: rows of `FIELDS` with kind and doctype; at most 1000 of each kind of document.
	"""
	found = []
	if kind in (None, "", UNKNOWN):
		for doctype, waiting in (
			(TICKET, {"serial_unknown": 1}),
			(ORDER, {"serial_no": ("is", "set"), "device": ("is", "not set")}),
		):
			found += _read(doctype, UNKNOWN, waiting, start, end)
	if kind in (None, "", UNUSUAL):
		products = frappe.get_all("Product", {"serial_pattern": ("is", "set")}, pluck="name", order_by=None)
		rows = _read(DEVICE, UNUSUAL, {"product": ("in", products)}, start, end) if products else []
		found += [row for row in rows if not fits_pattern(row.product, row.serial_no)]
	if kind in (None, "", REPEATED):
		names = repeated(start, end)
		found += _read(DEVICE, REPEATED, {"name": ("in", names)}, start, end) if names else []
	return found


def _read(doctype: str, kind: str, filters: dict, start: date, end: date) -> list[dict]:
	if not frappe.has_permission(doctype, "read"):
		return []
	period = [[doctype, "creation", ">=", start], [doctype, "creation", "<", add_days(end, 1)]]
	conditions = [
		[doctype, field, *(value if isinstance(value, tuple) else ("=", value))]
		for field, value in filters.items()
	]
	rows = frappe.get_list(
		doctype,
		filters=[*conditions, *period],
		fields=list(FIELDS),
		order_by="creation desc",
		limit_page_length=MOST,
	)
	return [frappe._dict(row, doctype=doctype, kind=kind) for row in rows]


def repeated(start: date, end: date) -> list[str]:
	"""Return the devices of a period whose serial number another device has too, of another product or unconfirmed."""
	device, other = frappe.qb.DocType(DEVICE), frappe.qb.DocType(DEVICE).as_("other")
	rows = (
		frappe.qb.from_(device)
		.join(other)
		.on((other.serial_key == device.serial_key) & (other.name != device.name))
		.select(device.name)
		.distinct()
		.where((device.creation >= start) & (device.creation < add_days(end, 1)))
		.where((device.stage != "Rejected") & (other.stage != "Rejected"))
		.limit(MOST)
		.run()
	)
	return [name for (name,) in rows]


@frappe.whitelist(methods=["POST"])
def add_device(doctype: str, name: str, product: str | None = None) -> str:
	"""Make the device that a ticket's or order's serial number lacks, and link what waits for it (S24.21, "Add Device").

	:param doctype: Service Ticket or Service Order.
	:param name: of the document.
	:param product: Product of the device; the document's own if None.
	:returns: the device, a new one or one that somebody made meanwhile.
	:raises frappe.PermissionError: the user may not read the document or make devices.
	:raises AddDeviceError: the document has no serial number, has its device, or belongs to neither DocType.
	"""
	if doctype not in (TICKET, ORDER):
		frappe.throw(_("Devices are added from tickets and service orders."), AddDeviceError)
	check_permission(DEVICE, "create")
	check_permission(doctype, "read", doc=name)
	doc = frappe.get_doc(doctype, name)
	if doc.device or not doc.serial_no:
		frappe.throw(
			_("{0} has no serial number that lacks a device.").format(frappe.bold(name)), AddDeviceError
		)
	if product:
		check_permission("Product", "read", doc=product)
	device = devices.register(
		product or doc.product,
		doc.serial_no,
		doc.customer,
		lot_no=doc.get("lot_no"),
		registered_from="Service",
	)
	link_waiting(frappe.get_doc(DEVICE, device))
	return device
