"""Same Product and Customer History (Q02; S1.34 同种产品, S1.35 同一客户): what was recorded before about a product or a customer."""

import frappe
from frappe import _
from frappe.utils import getdate

from aftersales.aftersales.context import excerpt
from aftersales.utils.access import check_permission
from aftersales.utils.report import PeriodError, column, figure, within
from aftersales.utils.report_query import may_read

TICKET, COMPLAINT = "Service Ticket", "Customer Complaint"
# Field of the row -> field of the document.
READ = {
	TICKET: {
		"date": "creation_date",
		"kind": "record_type",
		"customer": "customer",
		"customer_name": "customer_name",
		"product": "product",
		"question": "question",
		"answer": "handling",
		"status": "status",
		"satisfaction": "satisfaction",
	},
	COMPLAINT: {
		"date": "received_on",
		"kind": "kind",
		"customer": "customer",
		"customer_name": "customer_name",
		"product": "product",
		"question": "reason",
		"answer": "result",
		"status": "status",
		"satisfaction": "satisfaction",
	},
}
MOST = 1000


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. One statement per kind of document.

	:param filters: `ticket` whose product and customer are taken, or `product` and `customer`; `match` (Product, Customer, or both
	    of them at once by default); `from_date` and `to_date`; `kind` (Complaint and so on).
	:raises frappe.PermissionError: the user may not read tickets.
	"""
	filters = frappe._dict(filters or {})
	check_permission(TICKET, "read")
	same = conditions(filters)
	if not same:  # as the report is opened
		return columns(), [], _("Choose a product, a customer, or a ticket that has one.")
	rows = read(TICKET, filters, same)
	if may_read(COMPLAINT):
		rows += read(COMPLAINT, filters, same)
	rows.sort(key=lambda row: (getdate(row.date), row.document), reverse=True)
	complaints = sum(1 for row in rows if row.kind == "Complaint")
	for row in rows:
		row.question, row.answer = excerpt(row.question), excerpt(row.answer)
		for field in ("kind", "status", "satisfaction"):
			row[field] = _(row[field] or "")
	summary = [
		figure(_("Records"), len(rows)),
		figure(_("Complaints"), complaints, indicator="Red" if complaints else "Gray"),
	]
	return columns(), rows[:MOST], None, None, summary


def conditions(filters: dict) -> list[list]:
	"""Return what documents must have in common with the product, the customer, or both; nothing when neither is known."""
	known = {"product": filters.product, "customer": filters.customer}
	if filters.ticket:
		check_permission(TICKET, "read", filters.ticket)
		ticket = frappe.db.get_value(TICKET, filters.ticket, ["product", "customer"], as_dict=True)
		known = {field: known[field] or ticket[field] for field in known}
	if filters.match in ("Product", "Customer"):
		known = {field: value for field, value in known.items() if field == filters.match.lower()}
	return [[field, "=", value] for field, value in known.items() if value]


def read(doctype: str, filters: dict, same: list[list]) -> list[dict]:
	"""Return the documents of one kind, the latest first.

	:raises PeriodError: the period ends before it begins.
	"""
	fields = READ[doctype]
	wanted = [*same]
	if filters.kind:
		wanted.append([fields["kind"], "=", filters.kind])
	if filters.from_date and filters.to_date and getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("To Date lies before From Date."), PeriodError)
	if filters.from_date:
		wanted.append(within(fields["date"], filters.from_date, filters.from_date)[0])
	if filters.to_date:
		wanted.append(within(fields["date"], filters.to_date, filters.to_date)[1])
	rows = frappe.get_list(
		doctype,
		filters=wanted,
		fields=["name as document", *(f"{source} as `{name}`" for name, source in fields.items())],
		order_by=f"{fields['date']} desc",
		limit_page_length=MOST,
		ignore_ifnull=True,
	)
	for row in rows:
		row.document_type = doctype
	return rows


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("date", _("Date"), "Date", 100),
		column("document", _("Record"), "Dynamic Link", 140, options="document_type"),
		column("kind", _("Record Type"), "Data", 100),
		column("product", _("Product"), "Link", 110, options="Product"),
		column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		column("customer_name", _("Customer Name"), "Data", 140),
		column("question", _("Question"), "Data", 240),
		column("answer", _("Handling"), "Data", 240),
		column("status", _("Status"), "Data", 110),
		column("satisfaction", _("Satisfaction"), "Data", 110),
	]
