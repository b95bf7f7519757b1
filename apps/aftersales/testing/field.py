"""Makers of test documents of outlets, service orders, technicians, workshop and counter; see factories.py."""

from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from aftersales.testing import factories
from aftersales.testing.factories import insert, unique


def make_service_outlet(**fields) -> Document:
	"""Make a Service Outlet below the root."""
	return insert("Service Outlet", {"outlet_name": unique("Outlet")}, fields)


def make_service_centre(**fields) -> Document:
	"""Make a Service Outlet that others can be put below."""
	return make_service_outlet(**{"outlet_kind": "Service Centre", "is_group": 1, **fields})


def staff_of(outlet: str | None, *roles: str, account: str | None = None) -> str:
	"""Return a user with just these roles who works for an outlet; the same one for the same account."""
	user = factories.user_with(
		*roles,
		account=account or f"{frappe.scrub(outlet or '')}-{len(roles)}-{roles[0]}".lower().replace(" ", "-"),
	)
	if frappe.db.exists("Service Staff", user):
		staff = frappe.get_doc("Service Staff", user)
		staff.outlet = outlet
		staff.save(ignore_permissions=True)
	else:
		factories.put_below(user, outlet=outlet)
	return user


def make_service_type(**fields) -> Document:
	"""Make a Service Type."""
	return insert("Service Type", {"type_name": unique("Type")}, fields)


def make_fault_cause(**fields) -> Document:
	"""Make a Fault Cause."""
	return insert("Fault Cause", {"cause_name": unique("Cause")}, fields)


def make_service_item(**fields) -> Document:
	"""Make a Service Item of one hour that warranties pay for."""
	return insert(
		"Service Item", {"item_name": unique("Item"), "standard_hours": 1, "warranty_pays": 1}, fields
	)


def make_inspection_template(*items: str, **fields) -> Document:
	"""Make an Inspection Template of the given items, all mandatory; of one item without any."""
	rows = [{"item": item, "mandatory": 1} for item in items or ("Earth wire",)]
	return insert("Inspection Template", {"template_name": unique("Inspection"), "items": rows}, fields)


def make_job_package(*items: str, **fields) -> Document:
	"""Make a Job Package of the given Service Items; of a new one without any."""
	rows = [{"service_item": item, "qty": 1} for item in items or (make_service_item().name,)]
	return insert("Job Package", {"package_name": unique("Package"), "items": rows}, fields)


def make_fee_rate(**fields) -> Document:
	"""Make a Fee Rate of an hour of anything, 100."""
	return insert("Fee Rate", {"fee_kind": "Hour", "rate": 100}, fields)


def without_fee_rates() -> None:
	"""Switch the site's own Fee Rates off until the test is rolled back: they would mix in."""
	frappe.db.set_value("Fee Rate", {"disabled": 0}, "disabled", 1)


def make_service_order(**fields) -> Document:
	"""Make a Service Order of a repair that nobody was given yet, for an unknown customer."""
	return insert(
		"Service Order",
		{"order_kind": "Repair", "customer_name": unique("Customer"), "symptom": "It leaks"},
		fields,
	)


def make_depreciation_band(**fields) -> Document:
	"""Make a Depreciation Band of 10 percent up to day 60, of a product category of its own."""
	if "product_category" not in fields:
		fields["product_category"] = factories.make_product_category().name
	return insert("Depreciation Band", {"up_to_day": 60, "percent": 10}, fields)


def make_exchange_order(**fields) -> Document:
	"""Make an Exchange Order of goods for 200 that were sold ten days ago, as it is written."""
	defaults = {
		"customer_name": unique("Customer"),
		"sale_date": frappe.utils.add_days(frappe.utils.today(), -10),
		"price": 200,
		"reason": "It does not start",
	}
	if "product" not in fields:
		defaults["product"] = factories.make_product().name
	return insert("Exchange Order", defaults, fields)


def make_customer_goods_receipt(**fields) -> Document:
	"""Make a Customer Goods Receipt of what was taken along from a visit, without a service order."""
	defaults = {
		"origin": "Taken Along",
		"customer_name": unique("Customer"),
		"product_name": unique("Pump"),
		"fault": "It leaks",
	}
	return insert("Customer Goods Receipt", defaults, fields)


def make_factory_return(*receipts: str, **fields) -> Document:
	"""Make a Factory Return of the given receipts; of a new one without any."""
	receipts = receipts or (make_customer_goods_receipt(outlet=fields.get("outlet")).name,)
	defaults = {
		"factory": "Main Works",
		"reason": "Needs the test bench",
		"lines": [{"goods_receipt": receipt} for receipt in receipts],
	}
	return insert("Factory Return", defaults, fields)


def make_refurbish_application(**fields) -> Document:
	"""Make a Refurbish Application of a dealer for a unit that no other document has."""
	from aftersales.testing.devices import unique_serial

	defaults = {"serial_no": unique_serial(), "device_condition": "Scratched"}
	if "product" not in fields:
		defaults["product"] = factories.make_product().name
	if not fields.keys() & {"dealer", "outlet"}:
		defaults["dealer"] = factories.make_dealer().name
	return insert("Refurbish Application", defaults, fields)


def make_technician(user: str | None = None, **fields) -> Document:
	"""Make a Technician; with a user one who has an account.

	`skills` may be {category: level}, `regions` and `absences` lists of regions and of (first day, last day, reason).
	"""
	if user:
		fields["staff"] = user if frappe.db.exists("Service Staff", user) else factories.make_staff(user).name
	else:
		fields.setdefault("technician_name", unique("Technician"))
	if isinstance(skills := fields.get("skills"), dict):
		fields["skills"] = [{"product_category": name, "level": level} for name, level in skills.items()]
	fields["regions"] = [{"region": name} for name in fields.get("regions") or []]
	fields["absences"] = [
		{"from_date": first, "to_date": last, "reason": reason}
		for first, last, reason in fields.get("absences") or []
	]
	return insert("Technician", {}, fields)


def make_service_bay(**fields) -> Document:
	"""Make a Service Bay."""
	return insert("Service Bay", {"bay_name": unique("Bay")}, fields)


def make_workshop_order(*actions: str, **fields) -> Document:
	"""Make a Service Order of the workshop and take the given steps of its workflow."""
	order = make_service_order(**{"order_kind": "Workshop", "content": "Repaired", **fields})
	return factories.act(order, *actions) if actions else order


def make_job_time(**fields) -> Document:
	"""Make a Job Time of one hour that has just ended."""
	now = frappe.utils.now_datetime()
	defaults = {
		"started_at": frappe.utils.add_to_date(now, hours=-1),
		"ended_at": now,
	}
	if "service_order" not in fields:
		fields["service_order"] = make_workshop_order().name
	if "technician" not in fields:
		fields["technician"] = make_technician().name
	return insert("Job Time", defaults, fields)


def make_completion_inspection(**fields) -> Document:
	"""Make a Completion Inspection that was passed."""
	if "service_order" not in fields:
		fields["service_order"] = make_workshop_order().name
	return insert("Completion Inspection", {"lines": [{"item": "Function", "result": "OK"}]}, fields)


def make_order_delivery(**fields) -> Document:
	"""Make an Order Delivery of an order that was completed."""
	if "service_order" not in fields:
		order = make_workshop_order()
		make_completion_inspection(service_order=order.name)
		fields["service_order"] = factories.act(order, "Receive", "Start", "Complete").name
	return insert("Order Delivery", {"delivered_to": "Owner"}, fields)


def make_technician_action(**fields) -> Document:
	"""Make a Technician Action."""
	if "service_order" not in fields:
		fields["service_order"] = make_service_order().name
	return insert(
		"Technician Action", {"action_key": frappe.generate_hash(length=32), "action": "received"}, fields
	)


@contextmanager
def as_user(user: str):
	"""Be somebody else for a while."""
	before = frappe.session.user
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)


def make_slip_hint(**fields) -> Document:
	"""Make a Slip Hint of service orders of every kind."""
	return insert(
		"Slip Hint", {"document_type": "Service Order", "text_en": unique("Hint"), "text_zh": None}, fields
	)
