"""Everything that the site knows of one serial number: each document that names it or its device (S24.10, S24.21)."""

import frappe
from frappe import _
from frappe.utils import cint

from aftersales.aftersales.customer_records import stored_links
from aftersales.aftersales.own_doctypes import own_doctypes
from aftersales.field_service.devices import DEVICE, serial_key
from aftersales.utils.text import clean_text
from aftersales.utils.workflow_state import state_field

MOST = 200  # documents of one kind
MOST_DEVICES = 20
# A Data field of one of the app's DocTypes with such an ending holds a serial number.
ENDING = "serial_no"
# What tells most of a document, the first that it has.
ABOUT = ("symptom", "question", "purpose", "service_item", "description", "remarks")


def trace(serial_no: str) -> list[dict]:
	"""Return the documents of a serial number, newest first, as far as the user may read them.

	:param serial_no: as typed; case, spaces and hyphens do not matter where a device has the number.
	:returns: rows of doctype, document, named_in (label of the field), date, status, customer, customer_name and about.
	"""
	typed, key = clean_text(serial_no), serial_key(serial_no)
	if not key:
		return []
	devices = {}
	if frappe.has_permission(DEVICE, "read"):
		for row in frappe.get_list(
			DEVICE, {"serial_key": key}, ["name", "serial_no"], limit_page_length=MOST_DEVICES
		):
			devices[row.name] = row.serial_no
	serials = sorted({typed, key, *devices.values()})
	found: dict[tuple[str, str], dict] = {}
	for place in places():
		values = sorted(devices) if place["is_link"] else serials
		if values:
			for row in documents_at(place, values):
				found.setdefault((row["doctype"], row["document"]), row)
	return sorted(found.values(), key=lambda row: row["date"], reverse=True)


def places() -> list[dict]:
	"""Return where a serial number or a device may be named: `doctype`, `table` (or None), `fieldname` and `is_link`."""
	ours = set(own_doctypes())
	fields = [{**row, "is_link": True} for row in stored_links("Link", DEVICE)]
	for row in stored_links("Data"):
		if row.fieldname.endswith(ENDING) and (row.doctype in ours or cint(row.istable)):
			fields.append({**row, "is_link": False})
	found = []
	for field in fields:
		parents = (
			[one for one in _parents(field["doctype"]) if one in ours] if cint(field["istable"]) else [None]
		)
		for parent in parents:
			found.append(
				{
					"doctype": parent or field["doctype"],
					"table": field["doctype"] if parent else None,
					"fieldname": field["fieldname"],
					"is_link": field["is_link"],
				}
			)
	return sorted(found, key=lambda place: (place["doctype"] != DEVICE, place["doctype"], place["is_link"]))


def _parents(table: str) -> list[str]:
	"""Return the stored DocTypes that have a child table."""
	return frappe.get_all(
		"DocField",
		{"fieldtype": ("in", ["Table", "Table MultiSelect"]), "options": table},
		pluck="parent",
		distinct=True,
		order_by="parent",
	)


def documents_at(place: dict, values: list[str]) -> list[dict]:
	"""Return the documents that name one of the values in a field, if the user may read such documents."""
	doctype = place["doctype"]
	if not frappe.has_permission(doctype, "read"):
		return []
	meta = frappe.get_meta(doctype)
	state = state_field(meta)
	about = next((field for field in ABOUT if meta.has_field(field)), None)
	wanted = [
		field for field in (state, about, "customer", "customer_name") if field and meta.has_field(field)
	]
	rows = frappe.get_list(
		doctype,
		filters=[[place["table"] or doctype, place["fieldname"], "in", values]],
		fields=["name", "creation", *wanted],
		order_by=f"`tab{doctype}`.creation desc",
		limit_page_length=MOST,
		distinct=True,
	)
	label = frappe.get_meta(place["table"] or doctype).get_label(place["fieldname"])
	return [
		frappe._dict(
			doctype=doctype,
			document=row.name,
			named_in=_(label),
			date=row.creation,
			status=_(row.get(state)) if state and row.get(state) else None,
			customer=row.get("customer"),
			customer_name=row.get("customer_name"),
			about=(row.get(about) or "")[:140] if about else None,
		)
		for row in rows
	]
