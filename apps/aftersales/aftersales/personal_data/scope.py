"""What belongs to a customer: read from the meta, so that new DocTypes and a site's own are found as well."""

from collections import defaultdict

import frappe

from aftersales.aftersales.customer_records import DERIVED, DOCTYPE, customer_links, stored_links

# People and places that may belong to several parties; their links lie in the child table Dynamic Link.
SHARED = ("Contact", "Address")
# What is kept about documents, see `erase`, or only points at them: it belongs to a customer by the document that it is
# about, and holds nothing else of them.
TRAIL = (
	"Comment",
	"Communication",
	"ToDo",
	"Tag Link",
	"View Log",
	"Activity Log",
	"DocShare",
	"Document Follow",
	"Milestone",
	"Email Unsubscribe",
	"Communication Link",
	"Workflow Action",
	"Discussion Topic",
	"Document Share Key",
	"User Permission",
	"Workspace Link",
	"Workspace Shortcut",
	"Webhook",
	"Auto Repeat",
	"Submission Queue",
	"Service Deadline",
)
# Fields with the key of a telephone number, in records that may know no customer.
NUMBER_KEYS = (
	("Service Call", "number_key"),
	("Dial Request", "number_key"),
	("Service Ticket", "phone_key"),
)


def records_of(customer: str) -> dict[str, set[str]]:
	"""Return the records that belong to a customer, the customer itself left out.

	They are the documents that link to the customer, also from a row of a child table or by a Dynamic Link, and calls
	and tickets without a customer that came from a number which is only this customer's.

	:param customer: name of the Service Customer.
	:returns: DocType -> names.
	"""
	found = defaultdict(set)
	for link in customer_links():
		if link.doctype not in DERIVED:
			_collect(found, link.doctype, link.istable, {link.fieldname: customer})
	for link in _dynamic_links():
		_collect(found, link.doctype, link.istable, {link.options: DOCTYPE, link.fieldname: customer})
	for doctype, names in _of_own_numbers(customer).items():
		found[doctype] |= names
	return {doctype: names for doctype, names in found.items() if names}


def _collect(found: dict, doctype: str, istable: int, filters: dict) -> None:
	if not istable:
		found[doctype].update(frappe.get_all(doctype, filters, pluck="name", order_by=None, limit=0))
		return
	for row in frappe.get_all(doctype, filters, ["parenttype", "parent"], order_by=None, limit=0):
		if row.parenttype and row.parenttype != DOCTYPE:
			found[row.parenttype].add(row.parent)


def _dynamic_links() -> list[frappe._dict]:
	"""All Dynamic Link fields of stored DocTypes, but those of what is only a trail of other documents."""
	left_out = {*TRAIL, *DERIVED}
	return [
		row
		for row in stored_links("Dynamic Link")
		if row.doctype not in left_out and frappe.db.has_column(row.doctype, row.options)
	]


def _of_own_numbers(customer: str) -> dict[str, set[str]]:
	keys = own_number_keys(customer)
	if not keys:
		return {}
	return {
		doctype: set(
			frappe.get_all(
				doctype,
				{field: ["in", keys], "customer": ["is", "not set"]},
				pluck="name",
				order_by=None,
				limit=0,
			)
		)
		for doctype, field in NUMBER_KEYS
	}


def own_number_keys(customer: str) -> list[str]:
	"""Return the keys of telephone numbers that lead to this customer and to nobody else."""
	keys = frappe.get_all(
		"Caller Number", {"customer": customer}, pluck="number_key", distinct=True, order_by=None
	)
	if not keys:
		return []
	rows = frappe.get_all(
		"Caller Number", {"number_key": ["in", keys]}, ["number_key", "customer"], order_by=None, limit=0
	)
	shared = {row.number_key for row in rows if row.customer != customer}
	return [key for key in keys if key and key not in shared]


def belongs_to_others(doctype: str, name: str, customer: str) -> bool:
	"""Return whether a Contact or Address is linked to somebody else too, or is the account of a user."""
	others = frappe.get_all(
		"Dynamic Link", {"parenttype": doctype, "parent": name}, ["link_doctype", "link_name"], order_by=None
	)
	if any((row.link_doctype, row.link_name) != (DOCTYPE, customer) for row in others):
		return True
	return doctype == "Contact" and bool(frappe.db.get_value("Contact", name, "user"))
