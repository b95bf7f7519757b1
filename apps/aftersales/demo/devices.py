"""Demo devices: warranty rules, devices of demo customers, one replaced, one to be checked, one unknown serial number."""

import frappe
from frappe.utils import add_days, add_months, today

from aftersales.demo.base import customer_called, read
from aftersales.field_service import devices
from aftersales.setup.records import ensure

TICKET = "Service Ticket"


def load() -> None:
	"""Make the demo devices that are missing; see aftersales.demo.load."""
	data = read("devices")
	for row in data["rules"]:
		ensure({"doctype": "Warranty Rule", **row})
	set_pattern(**data["pattern"])
	for row in data["devices"]:
		make_device(row)
	replace(data["replaced"])
	register(data["registration"])
	request_update(data["request"])
	open_unknown(data["unknown"])
	link_tickets([row["serial_no"] for row in data["devices"]])


def set_pattern(product: str, pattern: str) -> None:
	"""Say how serial numbers of a product look, unless the site says so itself."""
	doc = frappe.get_doc("Product", product)
	if not doc.serial_pattern:
		doc.serial_pattern = pattern
		doc.save(ignore_permissions=True)


def make_device(row: dict) -> None:
	"""Make a device, sold so many months ago."""
	if devices.find(row["product"], row["serial_no"]):
		return
	sold = add_months(today(), -row["months_ago"])
	doc = frappe.get_doc(
		{
			"doctype": devices.DEVICE,
			**{field: row.get(field) for field in ("serial_no", "product", "bar_code", "version_status")},
			"customer": customer_called(row["customer"]),
			"sale_date": sold,
			"installation_date": add_days(sold, 3) if row.get("installed") else None,
			"registered_from": "Sale",
			"components": [{"component": name} for name in row.get("components", ())],
		}
	)
	doc.insert(ignore_permissions=True)


def replace(row: dict) -> None:
	"""Let a new device take the place of an old one."""
	new = row["new"]
	if devices.find(new["product"], new["serial_no"]):
		return
	name = devices.register(new["product"], new["serial_no"])
	devices.replace(devices.find(new["product"], row["old"]), name, add_days(today(), -row["days_ago"]))


def register(row: dict) -> None:
	"""Make a registration of the portal that waits for an agent."""
	key = devices.serial_key(row["serial_no"])
	if frappe.db.exists(devices.DEVICE, {"serial_key": key}):
		return
	doc = frappe.get_doc(
		doctype=devices.DEVICE,
		serial_no=row["serial_no"],
		product=row["product"],
		customer=customer_called(row["customer"]),
		sale_date=add_months(today(), -row["months_ago"]),
		registered_from="Portal",
	)
	doc.insert(ignore_permissions=True)
	doc.db_set("owner", row["user"], update_modified=False)


def request_update(row: dict) -> None:
	"""Ask for the approval of a change."""
	device = frappe.db.get_value(devices.DEVICE, {"serial_no": row["device"]})
	if not frappe.db.exists("Device Update Request", {"device": device}):
		frappe.get_doc({"doctype": "Device Update Request", **row, "device": device}).insert(
			ignore_permissions=True
		)


def open_unknown(row: dict) -> None:
	"""Make a ticket whose serial number no device has."""
	if not frappe.db.exists(TICKET, {"serial_no": row["serial_no"]}):
		frappe.get_doc(
			doctype=TICKET,
			record_type="Repair",
			serial_no=row["serial_no"],
			product=row["product"],
			customer=customer_called(row["customer"]),
			question=row["question"],
			lot_no="L0000",
		).insert(ignore_permissions=True)


def link_tickets(serials: list[str]) -> None:
	"""Link an open ticket of the same customer and product with each device that has none."""
	fields = ["name", "customer", "product"]
	for device in frappe.get_all(devices.DEVICE, {"serial_no": ("in", serials), "stage": "Active"}, fields):
		if frappe.db.exists(TICKET, {"device": device.name}):
			continue
		filters = {"customer": device.customer, "product": device.product, "completed": 0}
		name = frappe.db.get_value(TICKET, filters)
		if name:
			ticket = frappe.get_doc(TICKET, name)
			ticket.device = device.name
			ticket.save(ignore_permissions=True)
