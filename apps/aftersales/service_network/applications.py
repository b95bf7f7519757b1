"""What an approved Outlet Application does: it makes an outlet or brings its file up to date, and opens the account (M9)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from aftersales.service_network import bank_accounts

OUTLET = "Service Outlet"
# Fields of the application that become the outlet's; what is empty leaves an existing outlet as it is.
FILE = (
	"outlet_kind",
	"parent_service_outlet",
	"outlet_code",
	"phone",
	"email",
	"address",
	"region",
	"latitude",
	"longitude",
	"contract_from",
	"contract_until",
)
PAPERS = ("qualification", "number", "product_category", "issued_on", "valid_until", "attachment")


def make_outlet(application: Document) -> str:
	"""Make the outlet of an approved application, or write the file of the one that it names; returns its name.

	The application was judged by headquarters, so whoever approves needs no right on outlets themselves.
	"""
	if application.outlet:
		outlet = frappe.get_doc(OUTLET, application.outlet, for_update=True)
	else:
		outlet = frappe.new_doc(OUTLET, outlet_name=application.outlet_name, account_state="Not Opened")
		# A centre has outlets below it.
		outlet.is_group = int(application.outlet_kind == "Service Centre")
	for field in FILE:
		if application.get(field) not in (None, "", 0):
			outlet.set(field, application.get(field))
	if application.regions:
		outlet.set("regions", [{"region": row.region} for row in application.regions])
	add_papers(outlet, application)
	outlet.save(ignore_permissions=True)
	bank_accounts.write(outlet.name, application)
	return outlet.name


def add_papers(outlet: Document, application: Document) -> None:
	"""Enter the qualifications of an application; one with the same number replaces what the outlet had."""
	held = {(row.qualification, row.number or ""): row for row in outlet.qualifications}
	for row in application.qualifications:
		values = {field: row.get(field) for field in PAPERS}
		known = held.get((row.qualification, row.number or ""))
		if known:
			known.update(values)
		else:
			outlet.append("qualifications", values)


def open_account(application: Document) -> str:
	"""Open the account of the outlet of an application; returns the day on which it was opened first.

	:raises frappe.ValidationError: the outlet was deleted meanwhile.
	"""
	if not application.outlet or not frappe.db.exists(OUTLET, application.outlet):
		frappe.throw(_("The outlet of this application is gone. Make a new application."))
	outlet = frappe.get_doc(OUTLET, application.outlet, for_update=True)
	outlet.account_state, outlet.enabled = "Opened", 1
	outlet.account_opened_on = outlet.account_opened_on or today()
	outlet.save(ignore_permissions=True)
	return outlet.account_opened_on
