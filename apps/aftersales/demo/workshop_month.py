"""Demo weeks of the workshop: repairs that came, were done and given back; discount levels and classes of devices."""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_to_date, get_datetime, today

from aftersales.demo import technicians
from aftersales.demo.base import customer_called, read
from aftersales.setup.records import ensure

ORDER, DEVICE = "Service Order", "Customer Device"
MASTER = "郭大勇"
RULE = {"doctype": "Device Class Rule", "rule_name": "所有产品 All Devices"}


def load() -> None:
	"""Make the demo repairs that are missing; see aftersales.demo.load."""
	data = read("workshop_month")
	for row in data["levels"]:
		ensure({"doctype": "Discount Level", **row})
	for serial_no, level in data["devices"].items():
		give_level(serial_no, level)
	outlet = technicians.outlet_of_all()
	master = frappe.db.get_value("Technician", {"technician_name": MASTER})
	if not (outlet and master):
		return
	for row in data["orders"]:
		if not frappe.db.exists(ORDER, {"symptom": row["symptom"]}):
			repair(row, outlet, master)
	ensure(RULE)


def give_level(serial_no: str, level: str) -> None:
	"""Give a demo device its discount level."""
	name = frappe.db.get_value(DEVICE, {"serial_no": serial_no, "discount_level": ("is", "not set")})
	if name:
		device = frappe.get_doc(DEVICE, name)
		device.discount_level = level
		device.save(ignore_permissions=True)


def repair(row: dict, outlet: str, master: str) -> None:
	"""Make one repair from taking in to giving back, and put it where it was in time."""
	customer = customer_called(row["customer"])
	order = frappe.get_doc(
		{
			"doctype": ORDER,
			"order_kind": "Workshop",
			"service_type": row["type"],
			"customer": customer,
			"product": row["product"],
			"device": frappe.db.get_value(DEVICE, {"customer": customer, "product": row["product"]}),
			"symptom": row["symptom"],
			"content": row["symptom"],
			"outlet": outlet,
			"technician": master,
			"receiver": row["receiver"],
			"items": [{"service_item": item, "qty": 1} for item in row["items"]],
		}
	).insert(ignore_permissions=True)
	for step in ("Receive", "Start"):
		order = apply_workflow(order, step)
	came = get_datetime(f"{add_days(today(), -row['days_ago'])} 09:00:00")
	ready = add_to_date(came, days=row["stayed"], hours=6)
	work_on(order, outlet, master, add_to_date(ready, hours=-1 - row["hours"]), row["hours"])
	apply_workflow(frappe.get_doc(ORDER, order.name), "Complete")
	put_back(order.name, came, ready)
	frappe.get_doc(
		doctype="Order Delivery",
		service_order=order.name,
		delivered_to=row["customer"],
		delivered_at=add_to_date(ready, hours=1),
	).insert(ignore_permissions=True)
	if row.get("satisfied"):
		follow_up(order.name, row, add_to_date(ready, days=2))


def work_on(order: Document, outlet: str, master: str, start, hours: float) -> None:
	"""Note the hours and the inspection."""
	frappe.get_doc(
		doctype="Job Time",
		service_order=order.name,
		technician=master,
		started_at=start,
		ended_at=add_to_date(start, hours=hours),
	).insert(ignore_permissions=True)
	frappe.get_doc(
		doctype="Completion Inspection", service_order=order.name, lines=[{"item": "功能", "result": "OK"}]
	).insert(ignore_permissions=True)


def put_back(order: str, came, ready) -> None:
	"""Let the order have come and been completed when it was."""
	times = {"completed_at": ready, "promised_at": add_to_date(came, days=1)}
	times |= dict.fromkeys(("received_at", "arrived_at"), came) | dict.fromkeys(
		("left_at", "fed_back_at"), ready
	)
	frappe.db.set_value(ORDER, order, {**times, "creation": came}, update_modified=False)


def follow_up(order: str, row: dict, when) -> None:
	"""Carry out the follow-up that was planned when the order was completed."""
	name = frappe.db.get_value("Follow-up", {"source_doctype": ORDER, "source_name": order})
	if not name:
		return
	call = frappe.get_doc("Follow-up", name)
	call.update(
		{
			"satisfied": row["satisfied"],
			"customer_real": "Yes",
			"result": row["satisfied"],
			"dissatisfaction_handling": row.get("handling"),
		}
	)
	call.save(ignore_permissions=True)
	apply_workflow(call, "Complete Call")
	frappe.db.set_value("Follow-up", name, "followed_up_on", when, update_modified=False)
