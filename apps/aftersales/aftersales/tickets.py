"""What others do with tickets: a new one from a telephone call, a further entry in the handling log."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.aftersales.doctype.service_ticket.service_ticket import CUSTOMER_VALUES
from aftersales.utils.access import check_permission
from aftersales.utils.link_values import fill_from_link

DOCTYPE = "Service Ticket"


class EmptyEntryError(frappe.ValidationError):
	"""A handling entry without text."""


@frappe.whitelist()
def new_ticket_from_call(call: str) -> dict:
	"""Return an unsaved ticket with all that is known of the caller (S1.18-S1.24).

	A sure customer fills name, organisation, telephone, e-mail, dealer and region; of a dealer who calls, the dealer
	is filled; of anybody else, the number and the name that was shown.

	:param call: name of the Service Call.
	:returns: fields of a new Service Ticket, for `frappe.new_doc` or `frappe.model.sync` in the browser.
	:raises frappe.PermissionError: the user may not make tickets or not read the call.
	:raises frappe.DoesNotExistError: there is no such call.
	"""
	check_permission(DOCTYPE, "create")
	source = frappe.get_doc("Service Call", call)
	source.check_permission("read")
	ticket = frappe.new_doc(DOCTYPE)
	ticket.update({"service_call": source.name, "channel": "Phone", "customer": source.customer})
	fill_from_link(ticket, "customer", CUSTOMER_VALUES)
	_fill_from_party(ticket, source)
	ticket.contact_phone = _shown_number(source) or ticket.contact_phone
	ticket.person_in_charge = frappe.session.user
	ticket.person_in_charge_name = frappe.utils.get_fullname()
	return ticket.as_dict()


def _fill_from_party(ticket: Document, call: Document) -> None:
	if ticket.customer:
		return
	if call.party_type == "Dealer":
		ticket.dealer = call.party
	elif not call.party:
		ticket.customer_name = call.name_raw


def _shown_number(call: Document) -> str | None:
	"""The number that calls now is where the customer can be reached, whatever the customer record says."""
	return (call.number_display or call.number_raw) if call.presentation == "Allowed" else None


@frappe.whitelist(methods=["POST"])
def add_handling_entry(ticket: str, entry: str, faq: str | None = None) -> dict:
	"""Add an entry to a ticket's handling log, under the user's name and the present time (S1.30).

	:param ticket: record number.
	:param entry: what was done or said.
	:param faq: name of the FAQ that was used.
	:returns: `name`, `entry_time`, `user` of the entry and the ticket's new `modified`.
	:raises frappe.PermissionError: the user may not change the ticket.
	:raises EmptyEntryError: `entry` holds nothing.
	:raises AuditLockError: the ticket is audited.
	"""
	# Two entries at the same time wait for each other instead of one being refused as outdated.
	doc = frappe.get_doc(DOCTYPE, ticket, for_update=True)
	doc.check_permission("write")
	if not (entry or "").strip():
		frappe.throw(_("Write what was done before you add the entry."), EmptyEntryError)
	row = doc.append("handling_log", {"entry": entry.strip(), "faq": faq})
	doc.save()
	return {"name": row.name, "entry_time": row.entry_time, "user": row.user, "modified": doc.modified}
