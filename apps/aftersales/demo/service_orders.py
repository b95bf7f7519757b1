"""Demo service orders in all stages, of two service centres."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, now_datetime

from aftersales.demo.base import customer_called, read

ORDER = "Service Order"
AGENT = "agent@aftersales.example"
TIMES = ("dispatched_at", "received_at", "arrived_at", "left_at", "fed_back_at", "completed_at")


def load() -> None:
	"""Make the demo orders that are missing; see aftersales.demo.load."""
	for row in read("service_orders"):
		customer = customer_called(row["customer"])
		if not frappe.db.exists(ORDER, {"customer": customer, "symptom": row["symptom"]}):
			make_order(customer, row)


def make_order(customer: str, row: dict) -> None:
	"""Make an order, take its steps, and put it some days back."""
	fields = {
		name: value for name, value in row.items() if name not in ("customer", "items", "steps", "days_ago")
	}
	order = frappe.get_doc(
		{
			"doctype": ORDER,
			"source": "Call",
			**fields,
			"customer": customer,
			"receiver": AGENT,
			"items": [{"service_item": item, "qty": 1} for item in row.get("items", ())],
		}
	)
	order.insert(ignore_permissions=True)
	for action in row["steps"]:
		order = apply_workflow(order, action)
	back = {field: add_days(order.get(field), -row["days_ago"]) for field in TIMES if order.get(field)}
	frappe.db.set_value(
		ORDER,
		order.name,
		{**back, "creation": add_days(now_datetime(), -row["days_ago"])},
		update_modified=False,
	)
