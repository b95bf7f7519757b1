"""Customer devices: how they come into being, are found by a serial number, and give way to others (S24.10, S2.10, S12.06)."""

import hashlib
import unicodedata
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name
from frappe.query_builder.functions import Count
from frappe.utils import getdate

from aftersales.utils.access import check_permission

DEVICE = "Customer Device"
# Stages in which a device has the serial number of its product for itself.
PENDING = ("To Be Checked", "Rejected")
GONE = ("Replaced", "Scrapped", "Rejected")
MOST_FOUND = 20
# What changes when a device goes to another customer.
OWNER = ("customer", "customer_name", "region", "address")
LONGEST_KEY = 190
# What a device that comes instead of another takes over from it, if nothing else was entered.
PLACE = ("customer", "customer_name", "region", "address", "dealer", "outlet", "discount_level", "abc_class")


class DeviceOwnerError(frappe.ValidationError):
	"""The serial number belongs to a device of another customer."""


class RegistrationError(frappe.ValidationError):
	"""What was asked for is possible for registrations only."""


class ReplacementError(frappe.ValidationError):
	"""One device cannot take the place of the other."""


def serial_key(serial_no: str | None) -> str:
	"""Return the text by which two serial numbers are the same: letters and digits only, in capitals and of one width."""
	text = unicodedata.normalize("NFKC", serial_no or "").upper()
	return "".join(char for char in text if char.isalnum())[:140]


def unique_key(product: str | None, key: str) -> str:
	"""Return what no two devices have in common: a serial number is unique within its product."""
	text = f"{product or ''}|{key}"
	return text if len(text) <= LONGEST_KEY else hashlib.sha256(text.encode()).hexdigest()


def product_renamed(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""`after_rename` of Product: the keys of its devices follow.

	:raises frappe.UniqueValidationError: a merge would give two devices the same serial number of one product.
	"""
	device = frappe.qb.DocType(DEVICE)
	rows = (
		frappe.qb.from_(device)
		.select(device.name, device.serial_key)
		.where((device.product == new) & device.unique_key.isnotnull())
		.run()
	)
	for name, key in rows:
		try:
			frappe.db.set_value(DEVICE, name, "unique_key", unique_key(new, key), update_modified=False)
		except Exception as error:
			if not frappe.db.is_unique_key_violation(error):
				raise
			frappe.throw(
				_(
					"Device {0} has a serial number that the other product has as well. Settle that first."
				).format(frappe.bold(name)),
				frappe.UniqueValidationError,
			)


def find(product: str | None, serial_no: str) -> str | None:
	"""Return the device with a serial number of a product; without a product, the only one with that number.

	Registrations that nobody has confirmed do not count.
	"""
	key = serial_key(serial_no)
	if not key:
		return None
	filters = {"serial_key": key, "stage": ("not in", PENDING)}
	if product:
		filters["product"] = product
	names = frappe.get_all(DEVICE, filters, pluck="name", limit=2, order_by=None)
	return names[0] if len(names) == 1 else None


def register(product: str | None, serial_no: str, customer: str | None = None, **fields) -> str:
	"""Return the device with a serial number, made if there is none; what is not known of it yet is filled in.

	Runs with the rights of the code that calls it. Two at once make one device.

	:param product: Product.
	:param serial_no: as on the type plate.
	:param customer: Service Customer.
	:param fields: further fields of Customer Device, such as `sale_date` or `registered_from`.
	:returns: the device's name.
	:raises DeviceOwnerError: the device is another customer's; whoever calls must settle that first.
	"""
	values = {"product": product, "serial_no": serial_no, "customer": customer, **fields}
	name = _stored(product, serial_no)
	if not name:
		frappe.db.savepoint("register_device")
		try:
			device = frappe.get_doc({"doctype": DEVICE, "registered_from": "Service", **values})
			return device.insert(ignore_permissions=True).name
		except frappe.UniqueValidationError:
			frappe.db.rollback(save_point="register_device")
			frappe.clear_messages()
			name = _stored_meanwhile(product, serial_no)
			if not name:
				raise
	device = frappe.get_doc(DEVICE, name, for_update=True)
	if customer and device.customer and device.customer != customer:
		frappe.throw(
			_("The serial number {0} belongs to device {1} of customer {2}.").format(
				frappe.bold(frappe.utils.escape_html(device.serial_no)),
				frappe.bold(name),
				frappe.bold(frappe.utils.escape_html(device.customer_name or device.customer)),
			),
			DeviceOwnerError,
		)
	fill_empty(device, values)
	return name


def _stored(product: str | None, serial_no: str) -> str | None:
	"""Return the device with a serial number, as this transaction sees it."""
	return frappe.db.get_value(DEVICE, {"unique_key": unique_key(product, serial_key(serial_no))})


def _stored_meanwhile(product: str | None, serial_no: str) -> str | None:
	"""Return the device with a serial number that another transaction made while this one was running."""
	# A shared lock: this transaction has one already, since it met the other's row, and so may a third have.
	rows = frappe.db.sql(
		"select `name` from `tabCustomer Device` where `unique_key` = %s lock in share mode",
		(unique_key(product, serial_key(serial_no)),),
	)
	return rows[0][0] if rows else None


def fill_empty(device: Document, values: dict) -> None:
	"""Save what a device does not know yet."""
	new = {field: value for field, value in values.items() if value and not device.get(field)}
	if new:
		device.update(new)
		save_by_rule(device)


def replace(old: str, new: str, on: date | str, reference: Document | None = None) -> None:
	"""Let one device take the place of another, and link both ways (S5.08, S6.24).

	The old one is Replaced; the new one goes to where the old one was, and its warranty counts from the exchange, as
	consumer law has it, unless it was sold by itself.

	:param old: Customer Device that is taken back.
	:param new: Customer Device that is handed over.
	:param on: day of the exchange.
	:param reference: the document that says so, for example the Exchange Order.
	:raises ReplacementError: they are the same, or one of them is gone already.
	"""
	if old == new:
		frappe.throw(_("A device cannot be replaced by itself."), ReplacementError)
	locked = {name: frappe.get_doc(DEVICE, name, for_update=True) for name in sorted((old, new))}
	former, latter = locked[old], locked[new]
	if former.replaced_by == new:
		return
	for device in (former, latter):
		if device.stage in GONE:
			frappe.throw(
				_("Device {0} is {1}. Choose another one.").format(
					frappe.bold(device.name), frappe.bold(_(device.status))
				),
				ReplacementError,
			)
	if latter.replaces:
		frappe.throw(
			_("Device {0} has taken the place of {1} already.").format(
				frappe.bold(new), frappe.bold(latter.replaces)
			),
			ReplacementError,
		)
	reason = {"replaced_on": getdate(on)}
	if reference:
		reason |= {"replacement_doctype": reference.doctype, "replacement_name": reference.name}
	former.update({"replaced_by": new, **reason})
	set_stage(former, "Replaced")
	save_by_rule(former)
	latter.update(
		{field: former.get(field) for field in PLACE if former.get(field) and not latter.get(field)}
	)
	latter.update({"replaces": old, **reason, "sale_date": latter.sale_date or getdate(on)})
	if latter.stage not in ("Active", *GONE):
		set_stage(latter, "Active")
	save_by_rule(latter)


def set_stage(device: Document, stage: str) -> None:
	"""Give a device the state that the workflow has for a stage; for changes that follow from another document."""
	device.status, device.stage = state_of(stage), stage


def state_of(stage: str) -> str:
	"""Return the workflow's state that sets a stage; the stage itself without a workflow."""
	if get_workflow_name(DEVICE):
		for row in get_workflow(DEVICE).states:
			if row.update_field == "stage" and row.update_value == stage:
				return row.state
	return stage


def save_by_rule(device: Document) -> None:
	"""Save what follows from another document, whoever the user is and whatever the workflow lets them do by hand."""
	device.flags.by_rule = True
	device.save(ignore_permissions=True)


def order_completed(order: Document) -> None:
	"""`aftersales_order_completed`: count how often the device was maintained (S24.22)."""
	if order.get("device"):
		count_maintenance(order.device, besides=order.name)


def count_maintenance(device: str, besides: str | None = None) -> None:
	"""Write how many completed service orders a device has.

	:param besides: an order that is being completed and counts too.
	"""
	order = frappe.qb.DocType("Service Order")
	query = frappe.qb.from_(order).select(Count("*")).where(order.device == device)
	query = query.where(order.completed_at.isnotnull())
	if besides:
		query = query.where(order.name != besides)
	number = query.run()[0][0] + (1 if besides else 0)
	frappe.db.set_value(DEVICE, device, "maintenance_count", number, update_modified=False)


@frappe.whitelist()
def look_up(serial: str) -> list[dict]:
	"""Return the devices with a serial number or bar code, as it was typed or scanned (S2.10, S12.06).

	:param serial: serial number or bar code; a scanned label's address does as well.
	:returns: at most 20, those in use first: name, serial_no, product, product_name, product_category, lot_no, customer,
	    customer_name, address, region, warranty_state, warranty_end, status and stage.
	:raises frappe.PermissionError: the user may not read devices.
	"""
	check_permission(DEVICE, "read")
	fields = (
		"name serial_no product product_name product_category lot_no customer customer_name address region "
		"warranty_state warranty_end status stage"
	)
	typed = str(serial).strip()[:400]
	token = typed.rpartition("/service/d/")[2] if "/service/d/" in typed else None
	key = serial_key(typed)
	if not key:
		return []
	wanted = (
		[["device_token", "=", token]]
		if token
		else [["serial_key", "=", key], ["bar_code", "=", typed[:140]]]
	)
	rows = frappe.get_list(
		DEVICE,
		or_filters=[[DEVICE, *one] for one in wanted],
		fields=fields.split(),
		limit_page_length=MOST_FOUND,
		order_by="modified desc",
	)
	return sorted(rows, key=lambda row: row.stage in (*PENDING, *GONE))


@frappe.whitelist(methods=["POST"])
def hand_over(registration: str) -> str:
	"""Give the device that has a serial number already to the customer who registered it again; reject the registration.

	For agents who have checked the proof of purchase: a device was sold on, or its record had no owner.

	:param registration: Customer Device in the stage To Be Checked.
	:returns: the device that belongs to the customer now.
	:raises frappe.PermissionError: the user may not change one of the two.
	:raises RegistrationError: it is no registration, has no customer, or no device has its serial number.
	"""
	check_permission(DEVICE, "write", doc=registration)
	request = frappe.get_doc(DEVICE, registration, for_update=True)
	name = find(request.product, request.serial_no)
	if request.stage != "To Be Checked" or not request.customer or not name:
		frappe.throw(
			_(
				"Only a registration to be checked, with a customer and a serial number that is known, can be handed over."
			),
			RegistrationError,
		)
	check_permission(DEVICE, "write", doc=name)
	device = frappe.get_doc(DEVICE, name, for_update=True)
	device.update({field: request.get(field) for field in OWNER})
	for field in ("sale_date", "installation_date"):
		device.set(field, device.get(field) or request.get(field))
	# The former owner's stays attached, but is nothing that the new one may see.
	device.purchase_proof = request.purchase_proof
	save_by_rule(device)
	set_stage(request, "Rejected")
	request.remarks = "\n".join(filter(None, [request.remarks, _("Handed over: {0}").format(name)]))
	save_by_rule(request)
	return name
