"""Demo of points, rewards, VIP events, customer care and targets."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, today

from aftersales.demo.base import read
from aftersales.service_network import points
from aftersales.setup.records import ensure

MANAGER = "manager@aftersales.example"


def load() -> None:
	"""Make the demo data of points that is missing; see aftersales.demo.load."""
	data = read("points")
	for doctype, rows in (("Points Rule", data["rules"]), ("Reward", data["rewards"])):
		for row in rows:
			ensure({"doctype": doctype, **row})
	if not frappe.db.exists(points.ENTRY, {"kind": "Earned"}):
		for row in data["given"]:
			give(dict(row))
		for row in data["redemptions"]:
			redeem(row)
	for row in data["events"]:
		if not frappe.db.exists("VIP Event", {"event_title": row["event_title"]}):
			hold_event(dict(row))
	for row in data["targets"]:
		if not frappe.db.exists("Business Target", {"measure": row["measure"]}):
			frappe.get_doc({"doctype": "Business Target", "from_date": today(), **row}).insert(
				ignore_permissions=True
			)
	frappe.db.set_value("Care Occasion", {"name": "Birthdays", "enabled": 0}, "enabled", 1)


def customer(name: str) -> str | None:
	"""Return the number of a demo customer."""
	return frappe.db.get_value("Service Customer", {"customer_name": name})


def give(row: dict) -> None:
	"""Give points some days ago."""
	name, days = customer(row.pop("customer")), row.pop("days_ago")
	entry = points.post(
		name,
		row["points"],
		row.get("kind", "Earned"),
		posting_date=add_days(today(), -days),
		expires_on=add_days(today(), row.get("expires_in", 730 - days)),
	)
	entry.db_set("creation", add_days(entry.creation, -days), update_modified=False)


def redeem(row: dict) -> None:
	"""Redeem points and bring the redemption on its way."""
	doc = frappe.get_doc(
		doctype="Reward Redemption",
		customer=customer(row["customer"]),
		reward=row["reward"],
		qty=row.get("qty", 1),
	).insert(ignore_permissions=True)
	doc.db_set("owner", MANAGER, update_modified=False)
	for action in row["actions"]:
		doc = apply_workflow(doc, action)


def hold_event(row: dict) -> None:
	"""Make a VIP Event before or after today, with those who came."""
	day, guests = add_days(today(), row.pop("days")), row.pop("guests")
	rows = [{"customer": customer(name), "attended": came} for name, came in guests.items()]
	frappe.get_doc(
		{"doctype": "VIP Event", "event_date": day, "organiser": MANAGER, "guests": rows, **row}
	).insert(ignore_permissions=True)
