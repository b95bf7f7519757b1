"""What a superior approves before a device's record changes: the six service items (S24.11, S24.14)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.field_service import devices

REQUEST = "Device Update Request"
# Service item -> stage in which the device is afterwards; None: where it was.
STAGES = {
	"Upgrade": None,
	"Stop and Store": "Stored",
	"Reopen": "Active",
	"New Opening": "Active",
	"New Installation": "Active",
	"Relocation": None,
}
# Service item -> field without which it cannot be approved.
NEEDED = {"Upgrade": "new_version", "New Installation": "installation_date", "Relocation": "new_address"}
# Field of the request -> field of the device.
WRITTEN = {
	"new_version": "version_status",
	"installation_date": "installation_date",
	"new_address": "address",
	"new_region": "region",
	"new_outlet": "outlet",
}


class DeviceGoneError(frappe.ValidationError):
	"""The device was replaced or scrapped and cannot be changed any more."""


def apply(request: Document) -> None:
	"""Change the device as the approved request says.

	:param request: Device Update Request that becomes Audited.
	:raises DeviceGoneError: the device is replaced, scrapped or was never confirmed.
	"""
	device = frappe.get_doc(devices.DEVICE, request.device, for_update=True)
	if device.stage in devices.GONE:
		frappe.throw(
			_("Device {0} is {1}. Reject the request.").format(
				frappe.bold(device.name), frappe.bold(_(device.status))
			),
			DeviceGoneError,
		)
	for source, target in WRITTEN.items():
		if request.get(source):
			device.set(target, request.get(source))
	if stage := STAGES[request.service_item]:
		devices.set_stage(device, stage)
	devices.save_by_rule(device)
	device.add_comment(
		"Info", _("{0} by {1}").format(_(request.service_item), f"{_(REQUEST)} {request.name}")
	)


def order_saved(order: Document, method: str | None = None) -> None:
	"""`on_update` of Service Order: request the approval of what its service items change on the device (S24.14).

	One request for each kind of change of an order, however often the order is saved.
	"""
	names = {row.service_item for row in order.get("items") or () if row.service_item}
	if not (order.device and names and order.has_value_changed("items")):
		return
	wanted = frappe.get_all(
		"Service Item",
		{"name": ("in", sorted(names)), "device_update": ("in", sorted(STAGES))},
		pluck="device_update",
		distinct=True,
		order_by=None,
	)
	known = frappe.get_all(REQUEST, {"service_order": order.name}, pluck="service_item") if wanted else []
	for item in sorted(set(wanted) - set(known)):
		request = frappe.get_doc(
			{
				"doctype": REQUEST,
				"service_order": order.name,
				"device": order.device,
				"service_item": item,
				"new_address": order.address if item in ("Relocation", "New Installation") else None,
				"new_region": order.region if item in ("Relocation", "New Installation") else None,
			}
		)
		request.insert(ignore_permissions=True)
