"""Engineers' work records: who may write them, and a new one from a ticket (S8.12)."""

import frappe
from frappe.model.document import Document

from aftersales.utils.access import check_permission

DOCTYPE = "Work Record"
CHANGES = ("write", "delete", "share")


def may_write_for(engineer: str | None, user: str | None = None) -> bool:
	"""Return whether a user may write records of an engineer's work: the engineer, and who may delete records."""
	user = user or frappe.session.user
	return user in (engineer, "Administrator") or bool(
		frappe.permissions.get_role_permissions(frappe.get_meta(DOCTYPE), user=user).get("delete")
	)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether *user* may do *ptype* with this record (hook `has_permission`); can only take rights away."""
	if ptype not in CHANGES or doc.is_new():
		return True
	# What is stored counts: otherwise somebody could first write their own name into the record.
	return may_write_for(frappe.db.get_value(DOCTYPE, doc.name, "engineer"), user)


@frappe.whitelist()
def new_from_ticket(ticket: str) -> dict:
	"""Return an unsaved work record of the session's user about a ticket.

	:param ticket: record number.
	:returns: fields of a new Work Record, for `frappe.model.sync` in the browser.
	:raises frappe.PermissionError: the user may not make work records or not read the ticket.
	:raises frappe.DoesNotExistError: there is no such ticket.
	"""
	check_permission(DOCTYPE, "create")
	source = frappe.get_doc("Service Ticket", ticket)
	source.check_permission("read")
	record = frappe.new_doc(DOCTYPE)
	record.update(
		{
			"reference_doctype": source.doctype,
			"reference_name": source.name,
			"customer": source.customer,
			"customer_name": source.customer_name,
			"product": source.product,
			"engineer": frappe.session.user,
		}
	)
	return record.as_dict()
