"""What the print formats of service orders call (hooks.py names these functions for Jinja)."""

import frappe
from frappe import _
from frappe.model.document import Document

MOST_VISITS = 20


def order_title(order: Document) -> str:
	"""Return what stands above the slip of an order of this kind."""
	titles = {
		"Dispatch": _("Dispatch Slip"),
		"Repair": _("Repair Slip"),
		"Installation": _("Installation Slip"),
		"Delivery": _("Delivery Slip"),
		"Pre-report": _("Pre-report Slip"),
		"Maintenance": _("Maintenance Slip"),
		"Workshop": _("Work Order"),
		"Counter Repair": _("Repair Slip"),
	}
	return titles.get(order.order_kind, _("Service Order"))


def order_chain(order: Document) -> list[Document]:
	"""Return the visits before an order that it continues, the first one first; the report shows all of them together."""
	found, name = [], order.continued_from
	while name and len(found) < MOST_VISITS:
		doc = frappe.get_doc("Service Order", name)
		found.insert(0, doc)
		name = doc.continued_from
	return found


def technician_names(order: Document) -> str:
	"""Return the names of an order's technicians, the main one first."""
	names = dict.fromkeys(filter(None, [order.technician, *(row.technician for row in order.technicians)]))
	rows = frappe.get_all(
		"Technician", {"name": ("in", list(names) or [""])}, ["name", "technician_name"], order_by=None
	)
	by_name = {row.name: row.technician_name for row in rows}
	return ", ".join(by_name[name] for name in names if name in by_name)


def order_payments(order: Document) -> list[dict]:
	"""Return what was paid for an order so far, reversals included, the first payment first."""
	return frappe.get_all(
		"Service Payment",
		{"service_order": order.name},
		["name", "received_at", "mode", "receipt_no", "amount"],
		order_by="received_at asc, creation asc",
	)
