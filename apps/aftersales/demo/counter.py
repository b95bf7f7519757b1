"""Demo goods at the counter and at the factory, exchange slips on their way, an application to refurbish."""

import frappe
from frappe.utils import add_days, today

from aftersales.demo.base import customer_called, read
from aftersales.field_service import counter, devices, steps

RECEIPT, SLIP = "Customer Goods Receipt", "Exchange Order"


def load() -> None:
	"""Make the demo documents of the counter, unless the site has them; see aftersales.demo.load."""
	data = read("counter")
	if frappe.db.exists(RECEIPT, {"fault": data["intakes"][0]["devices"][0]["fault"]}):
		return
	user, muted = frappe.session.user, frappe.flags.mute_emails
	frappe.flags.mute_emails = True
	try:
		for product, accessories in data["accessories"].items():
			frappe.db.set_value("Product", product, "accessories", accessories)
		for intake in data["intakes"]:
			take_in(intake)
		send_to_factory(data["factory"])
		for row in data["exchanges"]:
			make_slip(row)
		apply_for_refurbishing(dict(data["refurbish"]))
	finally:
		frappe.set_user(user)
		frappe.flags.mute_emails = muted


def take_in(intake: dict) -> None:
	"""Take the devices of a customer in, and on to their state."""
	frappe.set_user(intake["user"])
	customer, first = customer_called(intake["customer"]), None
	for values in intake["devices"]:
		row = counter.save_device({**values, "customer": customer}, first)
		first = first or row["name"]
	if "ready" in intake:
		steps.act(RECEIPT, first, "Goods Ready", intake["ready"])
	if "picked_up" in intake:
		steps.act(RECEIPT, first, "Hand Over", intake["picked_up"])


def send_to_factory(row: dict) -> None:
	"""Send a unit to the factory."""
	frappe.set_user(row["user"])
	receipt = frappe.db.get_value(RECEIPT, {"serial_key": devices.serial_key(row["serial_no"])})
	doc = frappe.get_doc(
		doctype="Factory Return",
		factory=row["factory"],
		reason=row["reason"],
		lines=[{"goods_receipt": receipt}],
	).insert()
	steps.act(doc.doctype, doc.name, "Apply")
	steps.act(doc.doctype, doc.name, "Ship", {key: row[key] for key in ("carrier", "waybill_no")})


def make_slip(row: dict) -> None:
	"""Write an exchange slip and let it be signed."""
	values = dict(row["slip"])
	frappe.set_user("sales@aftersales.example")
	sold = add_days(today(), -values.pop("days_ago")) if "days_ago" in values else None
	values["customer"] = customer_called(values["customer"])
	doc = frappe.get_doc(doctype=SLIP, sale_date=sold, **values).insert()
	for user, action, filled in row["steps"]:
		frappe.set_user(user)
		steps.act(SLIP, doc.name, action, filled)


def apply_for_refurbishing(row: dict) -> None:
	"""Hand an application of the first dealer in."""
	frappe.set_user(row.pop("user"))
	dealer = frappe.get_all("Dealer", order_by="name", limit=1, pluck="name")[0]
	doc = frappe.get_doc(doctype="Refurbish Application", dealer=dealer, **row).insert()
	steps.act(doc.doctype, doc.name, "Apply")
