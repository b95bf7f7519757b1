"""What is shown of devices beside other things: in a caller's file and beside a ticket (S7.04, S12.06)."""

import frappe
from frappe import _

from aftersales.aftersales.context import excerpt
from aftersales.field_service import reasons
from aftersales.field_service.device_documents import ORDER, TICKET
from aftersales.field_service.devices import DEVICE, GONE
from aftersales.field_service.warranty import warranty_of
from aftersales.utils.workflow_state import indicator_of

ROWS = 5
HISTORY = 20
# DocType -> the field that says what a document is about.
HISTORIES = {TICKET: "question", ORDER: "symptom"}


def devices(call: frappe._dict) -> dict | None:
	"""`aftersales_call_card`: the caller's devices, those in use first, with their warranty."""
	if not call.customer or not frappe.has_permission(DEVICE, "read"):
		return None
	rows = frappe.get_list(
		DEVICE,
		{"customer": call.customer, "stage": ("!=", "Rejected")},
		["name", "serial_no", "product_name", "warranty_state", "warranty_end", "stage"],
		order_by="modified desc",
		limit=ROWS + 1,
	)
	if not rows:
		return None
	shown = [
		{
			"doctype": DEVICE,
			"name": row.name,
			"text": f"{row.product_name or ''} {row.serial_no}".strip(),
			"title": None,
			"date": str(row.warranty_end) if row.warranty_end else None,
			"state": row.warranty_state if row.stage not in GONE else row.stage,
			"open": row.stage not in GONE,
		}
		for row in rows[:ROWS]
	]
	shown.sort(key=lambda row: not row["open"])
	return {"label": _("Devices"), "count": len(shown), "more": len(rows) > ROWS, "rows": shown}


@frappe.whitelist()
def beside_ticket(device: str | None = None, ticket: str | None = None) -> dict | None:
	"""Return what is known of a ticket's device: its warranty, and earlier tickets and orders of it.

	:param device: Customer Device, as the form holds it now.
	:param ticket: record number of the ticket at work, which is left out.
	:returns: `name`, `serial_no`, `product_name`, `customer_name`, `status`, `warranty` (`state`, `end`, `reason`), `rows` of the
	    history, the newest first, and `more`; None without a device or the right to see it.
	"""
	if not device or not frappe.has_permission(DEVICE, "read", doc=device):
		return None
	doc = frappe.get_doc(DEVICE, device)
	warranty = warranty_of(doc)
	rows = sorted(
		(row for doctype in HISTORIES for row in _history(doctype, device, ticket)),
		key=lambda row: row["date"],
		reverse=True,
	)
	return {
		"name": doc.name,
		"serial_no": doc.serial_no,
		"product_name": doc.product_name,
		"customer_name": doc.customer_name,
		"status": doc.status,
		"colour": indicator_of(doc.status),
		"warranty": {
			"state": warranty.state,
			"end": warranty.end,
			"reason": reasons.reason_in_words(warranty.reason),
		},
		"rows": rows[:HISTORY],
		"more": len(rows) > HISTORY,
	}


def _history(doctype: str, device: str, ticket: str | None) -> list[dict]:
	if not frappe.has_permission(doctype, "read"):
		return []
	filters = {"device": device}
	if doctype == TICKET and ticket:
		filters["name"] = ("!=", ticket)
	about = HISTORIES[doctype]
	rows = frappe.get_list(
		doctype,
		filters=filters,
		fields=["name", "creation", "status", about],
		order_by="creation desc",
		limit_page_length=HISTORY + 1,
	)
	return [
		{
			"doctype": doctype,
			"name": row.name,
			"date": row.creation,
			"status": row.status,
			"colour": indicator_of(row.status),
			"about": excerpt(row.get(about)),
		}
		for row in rows
	]
