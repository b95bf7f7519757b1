"""Demo of parts planning: forecasts, demand plans, orders with a back order, deposits, statements of last month."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_months, flt, get_first_day, getdate, today

from aftersales.demo.base import read
from aftersales.spare_parts import demand_plans, part_forecasts, part_orders

PLANNER = "planner@aftersales.example"


def load() -> None:
	"""Make the demo data of parts planning that is missing; see aftersales.demo.load."""
	data = read("part_planning")
	for warehouse in part_forecasts.stores():
		if not frappe.db.exists("Part Forecast", {"warehouse": warehouse}):
			part_forecasts.compute(warehouse)
	if not frappe.db.exists("Deposit Entry", {"outlet": data["deposits"][0]["outlet"]}):
		for row in data["deposits"]:
			enter_deposit(dict(row))
	if not frappe.db.exists("Part Order", {"outlet": data["orders"][0]["outlet"]}):
		for row in data["orders"]:
			order(row)
	for row in data["plans"]:
		plan(**row)
	month = get_first_day(add_months(getdate(today()), -1))
	for outlet in data["statements"]:
		if not frappe.db.exists("Part Statement", {"outlet": outlet, "month": month}):
			statement = frappe.get_doc(doctype="Part Statement", outlet=outlet, month=month)
			apply_workflow(statement.insert(ignore_permissions=True), "Send")


def enter_deposit(row: dict) -> None:
	"""Enter a deposit some days ago."""
	day = add_days(today(), -row.pop("days_ago"))
	frappe.get_doc({"doctype": "Deposit Entry", "entry_date": day, **row}).insert(ignore_permissions=True)


def order(row: dict) -> None:
	"""Make an order some days ago, bring it on its way and deliver what the row says."""
	doc = frappe.get_doc(
		{
			"doctype": "Part Order",
			"outlet": row["outlet"],
			"order_date": add_days(today(), -row["days_ago"]),
			"needed_by": add_days(today(), row["needed_in"]),
			"remarks": row.get("remarks"),
			"items": [{"spare_part": part, "qty": qty} for part, qty in row["items"]],
		}
	).insert(ignore_permissions=True)
	for action in row["actions"]:
		doc = apply_workflow(doc, action)
	if row.get("deliver"):
		part_orders.deliver(
			doc.name, [{"spare_part": part, "qty": qty} for part, qty in row["deliver"].items()]
		)


def plan(warehouse: str, actions: list[str]) -> None:
	"""Make next month's plan of a warehouse, computed."""
	month = get_first_day(add_months(getdate(today()), 1))
	if frappe.db.exists("Part Demand Plan", {"warehouse": warehouse, "target_month": month}):
		return
	doc = frappe.get_doc(doctype="Part Demand Plan", warehouse=warehouse, target_month=month, planner=PLANNER)
	demand_plans.fill(doc)
	doc.insert(ignore_permissions=True)
	if not any(flt(row.planned_qty) for row in doc.items):
		return
	for action in actions:
		doc = apply_workflow(doc, action)
