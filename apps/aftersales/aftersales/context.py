"""What else is known beside a ticket: earlier tickets of the same product and of the same customer (S1.34, S1.35)."""

import frappe
from frappe.utils import cint

from aftersales.telephony.numbers import normalise
from aftersales.utils.access import check_permission

DOCTYPE = "Service Ticket"
FIELDS = (
	"name",
	"record_type",
	"status",
	"completed",
	"urgency",
	"creation_date",
	"product",
	"product_name",
	"customer",
	"customer_name",
	"question",
)
EXCERPT = 160
MOST_ROWS = 50


@frappe.whitelist()
def same_product(
	ticket: str | None = None, product: str | None = None, start: int = 0, limit: int = 10
) -> dict:
	"""Return tickets of the same product code, newest first (S1.34).

	:param ticket: record number of the ticket at work; it is left out, and says the product unless that is given.
	:param product: product code, as the form holds it now.
	:param start: how many rows to skip.
	:param limit: how many rows at most, up to 50.
	:returns: `rows`, see `FIELDS`, with `question` cut to an excerpt, and `more`: whether others follow.
	:raises frappe.PermissionError: the user may not read tickets, or not this one.
	"""
	check_permission(DOCTYPE, "read")
	product = product or _stored(ticket, "product")["product"]
	return _find({"product": product} if product else None, ticket, start, limit)


@frappe.whitelist()
def same_customer(
	ticket: str | None = None,
	customer: str | None = None,
	phone: str | None = None,
	start: int = 0,
	limit: int = 10,
) -> dict:
	"""Return tickets of the same customer, newest first (S1.35).

	The customer record decides; without one the telephone number, however it was written.

	:param ticket: record number of the ticket at work; it is left out, and says the rest if neither is given.
	:param customer: name of the Service Customer, as the form holds it now.
	:param phone: telephone number, as the form holds it now.
	:param start: how many rows to skip.
	:param limit: how many rows at most, up to 50.
	:returns: as `same_product`.
	:raises frappe.PermissionError: the user may not read tickets, or not this one.
	"""
	check_permission(DOCTYPE, "read")
	if not (customer or phone):
		stored = _stored(ticket, "customer", "contact_phone")
		customer, phone = stored["customer"], stored["contact_phone"]
	return _find(_customer_filters(customer, phone), ticket, start, limit)


def _customer_filters(customer: str | None, phone: str | None) -> dict | None:
	if customer:
		return {"customer": customer}
	if key := normalise(phone).key:
		return {"phone_key": key}
	return None


def _stored(ticket: str | None, *fields: str) -> dict:
	if not ticket:
		return dict.fromkeys(fields)
	check_permission(DOCTYPE, "read", doc=ticket)
	return frappe.db.get_value(DOCTYPE, ticket, fields, as_dict=True)


def _find(filters: dict | None, ticket: str | None, start: int, limit: int) -> dict:
	if not filters:
		return {"rows": [], "more": False}
	limit = min(max(cint(limit), 1), MOST_ROWS)
	rows = frappe.get_list(
		DOCTYPE,
		filters={**filters, "name": ("!=", ticket)} if ticket else filters,
		fields=list(FIELDS),
		order_by="creation desc",
		limit_start=max(cint(start), 0),
		limit_page_length=limit + 1,
	)
	for row in rows:
		row.question = excerpt(row.question)
	return {"rows": rows[:limit], "more": len(rows) > limit}


def excerpt(text: str | None) -> str:
	"""Return the beginning of a text on one line, with an ellipsis where it was cut."""
	line = " ".join((text or "").split())
	return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"
