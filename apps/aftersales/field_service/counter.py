"""Intake at the counter: one device or several, each with its accessories, slip and service order (S12.02-S12.08)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.field_service import devices, goods, reasons
from aftersales.field_service.warranty import warranty_of
from aftersales.utils.access import check_permission

RECEIPT = "Customer Goods Receipt"
# What the counter's screen may fill in.
FIELDS = (
	"route",
	"customer",
	"customer_name",
	"contact_phone",
	"address",
	"outlet",
	"serial_no",
	"device",
	"product",
	"product_name",
	"purchase_date",
	"goods_condition",
	"storage_place",
	"fault",
	"accessory_only",
	"accessory_list",
	"accessories",
	"promised_at",
	"remarks",
)
SHOWN = (
	"name",
	"intake_no",
	"customer_name",
	"product_name",
	"serial_no",
	"fault",
	"accessory_only",
	"accessory_list",
	"route",
	"service_order",
	"status",
	"warranty_state",
)


class IntakeError(frappe.ValidationError):
	"""The intake cannot go on like this."""


@frappe.whitelist()
def look_up(serial: str, product: str | None = None) -> dict:
	"""Return what is known of a device by its serial number, to fill the screen (S12.06).

	:param serial: serial number or bar code, typed or scanned.
	:param product: Product, when several have the number.
	:returns: `devices` (as `devices.look_up`), `device` (the one it can only be, with `accessories` and the warranty today
	    with its reason), and `receipt` of the unit if it is in our hands already.
	:raises frappe.PermissionError: the user may not take goods in.
	"""
	check_permission(RECEIPT, "create")
	rows = devices.look_up(serial) if frappe.has_permission(devices.DEVICE, "read") else []
	fitting = [row for row in rows if not product or row.product == product]
	usable = [row for row in fitting if row.stage not in devices.GONE] or fitting
	answer = {"devices": rows, "device": None, "receipt": None}
	if len(usable) == 1:
		device = usable[0]
		doc = frappe.get_doc(devices.DEVICE, device.name)
		warranty = warranty_of(doc)
		answer["device"] = {
			**device,
			"sale_date": doc.sale_date,
			"warranty_state": warranty.state,
			"warranty_reason": reasons.reason_in_words(warranty.reason),
			"accessories": accessories_of_product(device.product),
		}
		answer["receipt"] = goods.open_receipt(device.product, device.serial_no)
	elif not fitting:
		answer["receipt"] = goods.open_receipt(product, serial)
	return answer


@frappe.whitelist()
def accessories_of(product: str) -> list[str]:
	"""Return the accessories that belong to a product, for ticking (S12.04).

	:param product: Product.
	:raises frappe.PermissionError: the user may not take goods in, or not read the product.
	"""
	check_permission(RECEIPT, "create")
	check_permission("Product", "read", product)
	return accessories_of_product(product)


def accessories_of_product(product: str | None) -> list[str]:
	"""Return the accessories that a product's record names, one a line or separated by "/" or a comma."""
	text = frappe.get_cached_value("Product", product, "accessories") if product else None
	for mark in ("\n", ",", "，", "、", ";", "；"):
		text = (text or "").replace(mark, "/")
	return goods.split_accessories(text)


@frappe.whitelist(methods=["POST"])
def save_device(values: dict | str, intake: str | None = None) -> dict:
	"""Store one device of an intake: its receipt and its service order, both or neither (S12.02, S12.03, "单机保存").

	:param values: fields of Customer Goods Receipt, see `FIELDS`.
	:param intake: number of the intake to which it belongs; None for the first device.
	:returns: `SHOWN` of the new receipt.
	:raises frappe.PermissionError: the user may not take goods in, or the intake is another person's.
	:raises frappe.ValidationError: something is missing or does not fit; nothing is stored then.
	"""
	check_permission(RECEIPT, "create")
	values = frappe.parse_json(values)
	if unknown := set(values) - set(FIELDS):
		frappe.throw(_("The counter does not fill in {0}.").format(", ".join(sorted(unknown))), IntakeError)
	if intake:
		check_intake(intake, values)
	receipt = frappe.get_doc({"doctype": RECEIPT, "origin": "Counter", "intake_no": intake, **values})
	receipt.insert()
	return {field: receipt.get(field) for field in SHOWN}


def check_intake(intake: str, values: dict) -> None:
	"""Refuse a device for an intake that is not the user's own, or of another customer.

	:raises frappe.PermissionError: the user did not begin it.
	:raises IntakeError: the customer is another one.
	"""
	first = frappe.db.get_value(
		RECEIPT, {"name": intake, "intake_no": intake}, ["owner", "customer", "customer_name"], as_dict=True
	)
	if not first or first.owner != frappe.session.user:
		frappe.throw(_("You did not begin intake {0}.").format(frappe.bold(intake)), frappe.PermissionError)
	given = values.get("customer_name")
	if (values.get("customer") or None) != first.customer or (given and given != first.customer_name):
		frappe.throw(
			_("This intake is {0}'s. Begin a new one for another customer.").format(
				frappe.bold(frappe.utils.escape_html(first.customer_name))
			),
			IntakeError,
		)


@frappe.whitelist()
def devices_of_intake(intake: str) -> list[dict]:
	"""Return the devices that were handed in together, as far as the user may see them.

	:param intake: number of the intake.
	:raises frappe.PermissionError: the user may not read receipts.
	"""
	check_permission(RECEIPT, "read")
	return frappe.get_list(
		RECEIPT,
		filters={"intake_no": intake},
		fields=list(SHOWN),
		order_by="creation asc",
		limit_page_length=0,
	)


def make_order(receipt: Document) -> None:
	"""Make the service order of goods that came in at the counter, whatever the clerk's rights on orders are.

	:param receipt: Customer Goods Receipt that has just been stored.
	"""
	order = frappe.get_doc(
		{
			"doctype": "Service Order",
			"order_kind": "Counter Repair",
			"source": "Counter",
			"customer": receipt.customer,
			"customer_name": receipt.customer_name,
			"contact_name": receipt.customer_name,
			"contact_phone": receipt.contact_phone,
			"address": receipt.address,
			"device": receipt.device,
			"serial_no": receipt.serial_no,
			"product": receipt.product,
			"product_name": receipt.product_name,
			"symptom": symptom_of(receipt),
			"outlet": receipt.outlet,
			"promised_at": receipt.promised_at,
			"receiver": receipt.received_by,
			"accessories": [
				{"accessory": row.accessory, "brought": row.brought, "condition": row.condition}
				for row in receipt.accessories
			],
		}
	)
	order.insert(ignore_permissions=True)
	receipt.db_set("service_order", order.name, update_modified=False)


def symptom_of(receipt: Document) -> str:
	"""Return the fault as the order tells it; of accessories, which ones (S12.05)."""
	if not receipt.accessory_only:
		return receipt.fault
	return _("Accessories only: {0}. {1}").format(receipt.accessory_list, receipt.fault)
