"""The customer report: one layout per report type, and none without a type (S24.05)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html
from frappe.utils.print_format import download_pdf

from aftersales.aftersales.context import excerpt
from aftersales.aftersales.customer_file import timeline
from aftersales.aftersales.customer_records import DOCTYPE, readable_kinds


class ReportTypeMissingError(frappe.ValidationError):
	"""The customer has no report type."""


@frappe.whitelist()
def export_report(customer: str) -> None:
	"""Answer with the report of a customer as PDF, in the layout of the customer's report type.

	:param customer: name of the Service Customer.
	:raises frappe.PermissionError: the user may not print the customer.
	:raises ReportTypeMissingError: the customer has no report type yet.
	"""
	doc = frappe.get_doc(DOCTYPE, customer)
	doc.check_permission("print")
	layout = print_format_of(doc)
	download_pdf(DOCTYPE, doc.name, format=layout, no_letterhead=0)


def print_format_of(doc: Document) -> str:
	"""Return the print format of the customer's report type.

	:param doc: Service Customer.
	:raises ReportTypeMissingError: there is no type.
	"""
	check_type(doc)
	return frappe.get_cached_value("Customer Report Type", doc.report_type, "print_format")


def check_type(doc: Document) -> None:
	"""Refuse a report of a customer without a report type.

	:raises ReportTypeMissingError: says where to choose one.
	"""
	if not doc.report_type:
		frappe.throw(
			_("Choose a {0} for {1} first. Without it the customer report cannot be exported.").format(
				frappe.bold(_("Report Type")), frappe.bold(escape_html(doc.customer_name))
			),
			ReportTypeMissingError,
			title=_("Report Type Missing"),
		)


def customer_report(doc: Document) -> dict:
	"""Return what the print formats of the customer report show; called by them.

	So the refusal holds on every road to the print, not only for the button.

	:param doc: Service Customer.
	:returns: `counts`: label and total per kind of record, `entries`: the latest 50 of the history.
	:raises ReportTypeMissingError: the customer has no report type.
	"""
	check_type(doc)
	counts = [
		{"label": _(kind), "total": frappe.get_list(kind, {"customer": doc.name}, ["count(name) as n"])[0].n}
		for kind in readable_kinds()
	]
	entries = timeline(doc.name)["entries"]
	for entry in entries:
		kind = entry["kind"]
		entry["label"], entry["title"] = _(kind), excerpt(entry["title"])
	return {"counts": [row for row in counts if row["total"]], "entries": entries}
