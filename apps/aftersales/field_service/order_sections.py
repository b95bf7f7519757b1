"""Where service orders show elsewhere: in a caller's file, beside a ticket, and in the search (S7.04, S2.06)."""

from html import escape

import frappe
from frappe import _
from tantivy import Query

from aftersales.aftersales.context import excerpt
from aftersales.field_service.order_stages import OVER
from aftersales.knowledge import query
from aftersales.knowledge.collection import Collection
from aftersales.knowledge.plain import Fields, describe
from aftersales.knowledge.records import marked
from aftersales.knowledge.rights import Rights, rights_of
from aftersales.service_network import outlet_scope
from aftersales.telephony.numbers import normalise
from aftersales.utils.workflow_state import indicator_of

ORDER = "Service Order"
CARD_ROWS, PANEL_ROWS = 5, 10


def orders(call: frappe._dict) -> dict | None:
	"""`aftersales_call_card`: the caller's service orders, those in work first; of unknown callers by their number."""
	rows = _of_person(call.customer, call.number_key or normalise(call.number_raw).key, CARD_ROWS)
	if not rows:
		return None
	shown = [
		{
			"doctype": ORDER,
			"name": row.name,
			"text": " ".join(part for part in (_(row.order_kind), row.product_name) if part),
			"title": row.symptom,
			"date": str(row.planned_start or row.creation)[:10],
			"state": row.status,
			"open": row.stage not in OVER,
		}
		for row in rows[:CARD_ROWS]
	]
	shown.sort(key=lambda row: not row["open"])
	return {"label": _("Service Orders"), "count": len(shown), "more": len(rows) > CARD_ROWS, "rows": shown}


def beside_ticket(ticket: str | None, customer: str | None, phone: str | None) -> dict | None:
	"""Return the orders of a ticket and of its customer for the context panel, the newest first.

	:param ticket: record number, None for a new ticket.
	:param customer: Service Customer, as the form holds it now.
	:param phone: telephone number, as the form holds it now.
	:returns: `rows` (`name`, `status`, `colour`, `kind`, `product_name`, `date`, `outlet`, `about`, `of_ticket`) and `more`;
	    None without any.
	"""
	rows = _of_person(customer, normalise(phone).key, PANEL_ROWS)
	if ticket and frappe.has_permission(ORDER, "read"):
		known = {row.name for row in rows}
		own = frappe.get_list(
			ORDER, {"service_ticket": ticket}, FIELDS, order_by="creation desc", limit=PANEL_ROWS
		)
		rows = [row for row in own if row.name not in known] + rows
	if not rows:
		return None
	shown = [
		{
			"name": row.name,
			"status": row.status,
			"colour": indicator_of(row.status),
			"kind": row.order_kind,
			"product_name": row.product_name,
			"date": str(row.planned_start or row.creation)[:10],
			"outlet": row.outlet,
			"about": excerpt(row.symptom),
			"of_ticket": bool(ticket) and row.service_ticket == ticket,
		}
		for row in rows[:PANEL_ROWS]
	]
	return {"rows": shown, "more": len(rows) > PANEL_ROWS}


FIELDS = [
	"name",
	"order_kind",
	"status",
	"stage",
	"product_name",
	"symptom",
	"planned_start",
	"creation",
	"outlet",
	"service_ticket",
]


def _of_person(customer: str | None, phone_key: str | None, rows: int) -> list[dict]:
	"""Orders that the user may see; one statement over an index, or none."""
	if not (customer or phone_key) or not frappe.has_permission(ORDER, "read"):
		return []
	filters = {"customer": customer} if customer else {"phone_key": phone_key}
	return frappe.get_list(ORDER, filters, FIELDS, order_by="creation desc", limit=rows + 1)


# -- search

KIND = describe(
	ORDER,
	Fields(
		titles=("symptom",),
		keywords=("customer_name", "product_name", "product", "serial_no", "contact_name"),
		body=("work_instruction", "content", "result", "address"),
		keys=("serial_no",),
		phones=("contact_phone",),
		filters=("stage",),
	),
)


def rights(doctype: str) -> Rights:
	"""Return what limits the session's user, the outlets among it, so that hits and counts know of nothing else."""
	hook = f"{outlet_scope.__name__}.{outlet_scope.order_conditions.__name__}"
	found = rights_of(doctype, known_hooks=(hook,))
	outlets = outlet_scope.outlets_of()
	if outlets is None:
		return found
	return Rights((*found.conditions, query.has_filter("outlet", outlets)), found.complete)


def open_first() -> list[tuple[Query, float]]:
	"""Open orders first among those that match as well."""
	return [(query.has_filter("stage", ["Open", "Dispatched", "Received", "In Work", "Waiting"]), 1.0)]


def show(row: dict, typed: query.Typed) -> dict:
	"""An order as a hit."""
	title = " ".join(str(row.get("symptom") or row.get("product_name") or "").split())
	facts = (
		row.get("name"),
		_(row.get("order_kind")),
		row.get("customer_name"),
		row.get("product_name"),
		row.get("serial_no"),
		row.get("outlet"),
	)
	return {
		"title_html": query.snippet(title, typed) or escape(row.get("name")),
		"facts_html": marked(facts, typed),
		"text_html": query.snippet(" ".join(str(row.get("content") or "").split()), typed),
		"indicator": [_(row.get("status")), indicator_of(row.get("status"))] if row.get("status") else None,
	}


ORDERS = Collection(
	kind=KIND,
	fields=(
		"name",
		"symptom",
		"content",
		"order_kind",
		"customer_name",
		"product_name",
		"serial_no",
		"outlet",
		"status",
	),
	show=show,
	scanned=("symptom", "customer_name", "name", "serial_no", "contact_phone", "product_name"),
	rights=rights,
	preferred=open_first,
)
