"""Demo sales with collections, payments of service orders, and money on its way to finance."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, today

from aftersales.demo.base import customer_called, read
from aftersales.service_network import agreement_settlement, sales
from aftersales.service_network.receivables import RECEIVABLE, take_payment

DESK = "frontdesk@aftersales.example"


def load() -> None:
	"""Make the demo sales that are missing; see aftersales.demo.load."""
	for row in read("sales"):
		customer, day = customer_called(row["customer"]), add_days(today(), -row["days_ago"])
		if not frappe.db.exists(sales.SALE, {"customer": customer}):
			make_sale(customer, day, row)
	if not frappe.db.exists("Service Payment", {}):
		agreement_settlement.settle_due()
		take_payments()


def make_sale(customer: str, day: str, row: dict) -> None:
	"""Make a sale, what was collected for it, and its return if there was one."""
	fields = ("selling_unit", "outlet", "items", "maintenance_every_months", "follow_up_after_days")
	sale = frappe.get_doc(
		{
			"doctype": sales.SALE,
			"customer": customer,
			"sale_date": day,
			"due_date": add_days(day, row["due_days"]),
			**{field: row[field] for field in fields if field in row},
		}
	)
	sale.insert(ignore_permissions=True)
	sale.submit()
	for days_ago, amount, mode in row["collected"]:
		frappe.get_doc(
			{
				"doctype": sales.COLLECTION,
				"sale_record": sale.name,
				"amount": amount,
				"mode": mode,
				"collected_on": add_days(today(), -days_ago),
			}
		).insert(ignore_permissions=True)
	if row.get("returned"):
		sales.take_back(sale.name, row["returned"])


def take_payments() -> None:
	"""Let the front desk take what is owed for two orders, one in part, and hand the money over."""
	owed = frappe.get_all(
		RECEIVABLE,
		{"reference_doctype": "Service Order", "outstanding": (">", 0)},
		["name", "outstanding"],
		order_by="outstanding desc",
		limit=2,
	)
	user = frappe.session.user
	frappe.set_user(DESK)
	try:
		payments = [
			take_payment(row.name, row.outstanding if place else row.outstanding / 2, mode)["payment"]
			for place, (row, mode) in enumerate(zip(owed, ("Cash", "Mobile"), strict=False))
		]
		if payments:
			rows = [{"service_payment": name} for name in payments]
			handover = frappe.get_doc(doctype="Cash Handover", payments=rows).insert()
			apply_workflow(handover, "Hand to Finance")
	finally:
		frappe.set_user(user)
