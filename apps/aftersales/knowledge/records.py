"""Tickets, customers, products and devices as collections of the search (S2.05, S7.04: from what a customer says to the record)."""

from html import escape

import frappe
from tantivy import Query

from aftersales.knowledge import query
from aftersales.knowledge.answer_text import plain_text
from aftersales.knowledge.collection import Collection
from aftersales.knowledge.plain import Fields, describe
from aftersales.telephony.numbers import format_number
from aftersales.utils.workflow_state import indicator_of

TICKET = describe(
	"Service Ticket",
	Fields(
		titles=("question",),
		keywords=("customer_name", "organisation", "product_name", "product", "lot_no", "email"),
		body=("handling", "product_remarks", "remarks", "follow_up_confirmation"),
		keys=("lot_no", "email"),
		phones=("contact_phone",),
		filters=("record_type", "completed"),
		rows={"Ticket Handling Entry": ("entry",)},
	),
)
CUSTOMER = describe(
	"Service Customer",
	Fields(
		titles=("customer_name", "organisation"),
		keywords=("email", "member_no", "region", "dealer"),
		body=("remarks", "service_environment", "software_version"),
		keys=("member_no", "email"),
		phones=("phone", "fax"),
		filters=("disabled",),
		phone_rows={"Customer Phone": "phone"},
	),
)
PRODUCT = describe(
	"Product",
	Fields(
		titles=("product_name", "model"),
		keywords=("product_category", "specification", "package"),
		body=("accessories", "description"),
		keys=("model",),
		filters=("disabled",),
	),
)
DEVICE = describe(
	"Customer Device",
	Fields(
		titles=("serial_no", "product_name"),
		keywords=("customer_name", "product", "bar_code", "lot_no"),
		body=("address", "remarks"),
		keys=("serial_no", "bar_code"),
		filters=("stage",),
	),
)


def open_first() -> list[tuple[Query, float]]:
	"""Open tickets first among those that match as well."""
	return [(query.has_filter("completed", [0]), 1.0)]


def in_use() -> list[tuple[Query, float]]:
	"""What is not disabled first."""
	return [(query.has_filter("disabled", [0]), 3.0)]


def devices_in_use() -> list[tuple[Query, float]]:
	"""Devices that are not replaced, scrapped or refused first."""
	return [(query.has_filter("stage", ["Active", "Stored", "Stopped"]), 2.0)]


def show_ticket(row: dict, typed: query.Typed) -> dict:
	"""A ticket as a hit."""
	who = " · ".join(part for part in (row.get("customer_name"), row.get("organisation")) if part)
	title = " ".join(str(row.get("question") or row.get("product_name") or "").split())
	facts = (
		row.get("name"),
		who,
		row.get("product_name"),
		frappe.utils.format_date(row.get("creation_date")),
	)
	return {
		"title_html": query.snippet(title, typed) or escape(row.get("name")),
		"facts_html": marked(facts, typed),
		"text_html": query.snippet(" ".join(str(row.get("handling") or "").split()), typed),
		"indicator": [frappe._(row.get("status")), indicator_of(row.get("status"))]
		if row.get("status")
		else None,
	}


def show_customer(row: dict, typed: query.Typed) -> dict:
	"""A customer as a hit."""
	member = frappe._("Member {0}").format(row.get("member_no")) if row.get("member_no") else None
	indicator = None
	if row.get("black_listed"):
		indicator = [frappe._("Black List"), "red"]
	elif row.get("disabled"):
		indicator = [frappe._("Disabled"), "gray"]
	return {
		"title_html": query.mark(row.get("customer_name") or row.get("name"), typed),
		"facts_html": marked(
			(
				row.get("organisation"),
				format_number(row.get("phone")),
				row.get("email"),
				member,
				row.get("name"),
			),
			typed,
		),
		"text_html": "",
		"indicator": indicator,
	}


def show_product(row: dict, typed: query.Typed) -> dict:
	"""A product as a hit."""
	category = row.get("product_category")
	return {
		"title_html": query.mark(
			" ".join(part for part in (row.get("name"), row.get("product_name")) if part), typed
		),
		"facts_html": marked(
			(row.get("model"), frappe._(category) if category else None, row.get("package")), typed
		),
		"text_html": query.snippet(plain_text(row.get("description")), typed),
		"indicator": [frappe._("Disabled"), "gray"] if row.get("disabled") else None,
	}


def show_device(row: dict, typed: query.Typed) -> dict:
	"""A device as a hit."""
	status = row.get("status")
	return {
		"title_html": query.mark(
			" ".join(part for part in (row.get("serial_no"), row.get("product_name")) if part), typed
		),
		"facts_html": marked(
			(row.get("customer_name"), row.get("name"), frappe._(row.get("warranty_state") or "")), typed
		),
		"text_html": "",
		"indicator": [frappe._(status), indicator_of(status)] if status else None,
	}


def marked(facts: tuple, typed: query.Typed) -> str:
	"""Facts in one line as safe HTML with marks."""
	return " · ".join(query.mark(" ".join(str(fact).split()), typed) for fact in facts if fact)


TICKETS = Collection(
	kind=TICKET,
	fields=(
		"name",
		"question",
		"handling",
		"customer_name",
		"organisation",
		"product_name",
		"status",
		"creation_date",
	),
	show=show_ticket,
	scanned=("question", "customer_name", "organisation", "name", "lot_no", "contact_phone"),
	preferred=open_first,
)
CUSTOMERS = Collection(
	kind=CUSTOMER,
	fields=(
		"name",
		"customer_name",
		"organisation",
		"phone",
		"email",
		"member_no",
		"disabled",
		"black_listed",
	),
	show=show_customer,
	scanned=("customer_name", "organisation", "name", "phone", "member_no", "email"),
	preferred=in_use,
)
PRODUCTS = Collection(
	kind=PRODUCT,
	fields=("name", "product_name", "model", "product_category", "package", "description", "disabled"),
	show=show_product,
	scanned=("product_name", "name", "model"),
	preferred=in_use,
)
DEVICES = Collection(
	kind=DEVICE,
	fields=("name", "serial_no", "product_name", "customer_name", "warranty_state", "status"),
	show=show_device,
	scanned=("serial_no", "name", "customer_name", "bar_code"),
	preferred=devices_in_use,
)
