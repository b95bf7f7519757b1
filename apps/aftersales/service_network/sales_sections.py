"""Where sales show elsewhere: in a caller's file and in the search (S7.04, S7.15)."""

from html import escape

import frappe
from frappe import _
from tantivy import Query

from aftersales.knowledge import query
from aftersales.knowledge.collection import Collection
from aftersales.knowledge.plain import Fields, describe
from aftersales.knowledge.records import marked
from aftersales.knowledge.rights import Rights, rights_of
from aftersales.service_network import outlet_scope, sales_scope
from aftersales.service_network.receivables import PARTLY, RECEIVABLE, UNPAID
from aftersales.service_network.sales import SALE

ROWS = 5
OWED = ("Unpaid", "Partly Collected")
COLOURS = {"Unpaid": "red", "Partly Collected": "orange", "Collected": "green"}


def sales(call: frappe._dict) -> dict | None:
	"""`aftersales_call_card`: what the caller bought, the latest first (S7.04)."""
	if not call.customer or not frappe.has_permission(SALE, "read"):
		return None
	rows = frappe.get_list(
		SALE,
		{"customer": call.customer, "docstatus": 1},
		["name", "sale_date", "status", "total"],
		order_by="sale_date desc, name desc",
		limit=ROWS + 1,
	)
	if not rows:
		return None
	goods = _goods([row.name for row in rows[:ROWS]])
	shown = [
		{
			"doctype": SALE,
			"name": row.name,
			"text": goods.get(row.name) or row.name,
			"title": frappe.utils.fmt_money(row.total),
			"date": str(row.sale_date),
			"state": _(row.status, context=SALE),
			"open": row.status in OWED,
		}
		for row in rows[:ROWS]
	]
	return {
		"label": _("Purchases", context="Sale Record"),
		"count": len(shown),
		"more": len(rows) > ROWS,
		"rows": shown,
	}


def _goods(names: list[str]) -> dict[str, str]:
	"""Return what was sold, by sale; of those that the user may read."""
	found = {}
	rows = frappe.get_all(
		"Sale Record Item",
		{"parent": ("in", names), "parenttype": SALE},
		["parent", "product_name"],
		order_by="parent asc, idx asc",
	)
	for row in rows:
		found.setdefault(row.parent, []).append(row.product_name)
	return {name: ", ".join(dict.fromkeys(goods))[:100] for name, goods in found.items()}


def arrears(call: frappe._dict) -> dict | None:
	"""`aftersales_call_card`: what the caller owes, for goods and for service, the oldest first (S7.15)."""
	if not call.customer:
		return None
	found = [
		*_owed(SALE, call.customer, {"docstatus": 1, "status": ("in", OWED)}, "sale_date"),
		*_owed(RECEIVABLE, call.customer, {"status": ("in", (UNPAID, PARTLY))}, "posting_date"),
	]
	if not found:
		return None
	found.sort(key=lambda row: row["date"])
	return {
		"label": _("Arrears"),
		"count": min(len(found), ROWS),
		"more": len(found) > ROWS,
		"rows": found[:ROWS],
	}


def _owed(doctype: str, customer: str, filters: dict, posted: str) -> list[dict]:
	if not frappe.has_permission(doctype, "read"):
		return []
	rows = frappe.get_list(
		doctype,
		{"customer": customer, "outstanding": (">", 0), **filters},
		["name", "status", "outstanding", "due_date", posted],
		order_by=f"{posted} asc",
		limit=ROWS + 1,
	)
	return [
		{
			"doctype": doctype,
			"name": row.name,
			"text": frappe.utils.fmt_money(row.outstanding),
			"title": _(doctype),
			"date": str(row.due_date or row[posted]),
			"state": _(row.status, context=doctype),
			"open": True,
		}
		for row in rows
	]


# -- search

KIND = describe(
	SALE,
	Fields(
		titles=("customer_name",),
		keywords=("selling_unit", "sales_representative"),
		body=("remarks",),
		phones=("contact_phone",),
		filters=("docstatus",),
		rows={"Sale Record Item": ("product_name", "product", "serial_nos")},
	),
)


def rights(doctype: str) -> Rights:
	"""Return what limits the session's user, the outlets among it."""
	hook = f"{sales_scope.__name__}.{sales_scope.sale_conditions.__name__}"
	found = rights_of(doctype, known_hooks=(hook,))
	outlets = outlet_scope.outlets_of()
	if outlets is None:
		return found
	return Rights((*found.conditions, query.has_filter("outlet", outlets)), found.complete)


def submitted_first() -> list[tuple[Query, float]]:
	"""Submitted sales first among those that match as well."""
	return [(query.has_filter("docstatus", ["1"]), 1.0)]


def show(row: dict, typed: query.Typed) -> dict:
	"""A sale as a hit."""
	status = row.get("status")
	facts = (
		row.get("name"),
		str(row.get("sale_date") or ""),
		frappe.utils.fmt_money(row.get("total")),
		row.get("selling_unit"),
		row.get("outlet"),
	)
	return {
		"title_html": query.snippet(row.get("customer_name") or "", typed) or escape(row.get("name")),
		"facts_html": marked(facts, typed),
		"text_html": query.snippet(" ".join(str(row.get("remarks") or "").split()), typed),
		"indicator": [_(status, context=SALE), COLOURS.get(status, "gray")] if status else None,
	}


SALES = Collection(
	kind=KIND,
	fields=("name", "customer_name", "sale_date", "total", "selling_unit", "outlet", "remarks", "status"),
	show=show,
	scanned=("customer_name", "name", "contact_phone"),
	rights=rights,
	preferred=submitted_first,
)
