"""Makers of test documents of sales, receivables and payments; see factories.py."""

import frappe
from frappe.model.document import Document
from frappe.utils import today

from aftersales.service_network import receivables
from aftersales.testing import factories
from aftersales.testing.factories import insert, unique
from aftersales.testing.field import make_service_order


def make_sale_record(*items: dict, **fields) -> Document:
	"""Make a Sale Record of one pump for 1000, as a draft."""
	rows = [{"product_name": "Pump", "qty": 1, "rate": 1000, **item} for item in items or ({},)]
	defaults = {"sale_date": today(), "items": rows}
	if "customer" not in fields:
		defaults["customer"] = factories.make_customer().name
	return insert("Sale Record", defaults, fields)


def make_submitted_sale(*items: dict, **fields) -> Document:
	"""Make a Sale Record and submit it."""
	sale = make_sale_record(*items, **fields)
	sale.submit()
	return sale


def make_sale_collection(**fields) -> Document:
	"""Make a Sale Collection of 1."""
	if "sale_record" not in fields:
		fields["sale_record"] = make_submitted_sale().name
	return insert("Sale Collection", {"amount": 1}, fields)


def make_service_receivable(amount: float = 1000, **order) -> Document:
	"""Make the Service Receivable of a new service order, whose outlet, customer and so on may be given."""
	order.setdefault("customer_name", unique("Customer"))
	name = receivables.owe(make_service_order(**order), amount, today(), description="Repair")
	return frappe.get_doc("Service Receivable", name)


def make_service_payment(**fields) -> Document:
	"""Make a Service Payment of 1 in cash."""
	if "receivable" not in fields:
		fields["receivable"] = make_service_receivable().name
	return insert("Service Payment", {"amount": 1}, fields)


def make_cash_handover(*payments: str, **fields) -> Document:
	"""Make a Cash Handover of the session's user, as a draft."""
	return insert("Cash Handover", {"payments": [{"service_payment": name} for name in payments]}, fields)


def make_receivable_write_off(**fields) -> Document:
	"""Make a Receivable Write-off of 1, as a draft."""
	if "receivable" not in fields:
		fields["receivable"] = make_service_receivable().name
	return insert("Receivable Write-off", {"amount": 1, "reason": "They moved away"}, fields)
