"""Monthly Register Query (Q33, S23.04): the register of a month, as it was entered; the month of each row beside it."""

import frappe
from frappe import _
from frappe.utils import cint, getdate

from aftersales.aftersales.context import excerpt
from aftersales.utils.report import PeriodError, chosen, column, within
from aftersales.utils.report_periods import last_day

DOCTYPE = "Service Ticket"
FIELDS = (
	"name",
	"creation_date",
	"acceptance_date",
	"completion_date",
	"product",
	"product_name",
	"quantity",
	"question",
	"handling",
	"customer",
	"customer_name",
	"person_in_charge_name",
	"status",
)
CHOICES = ("record_type", "person_in_charge", "product", "customer", "status")
MOST = 5000


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a message; called by Frappe. One statement.

	:param filters: `year`, `month` (1 to 12, empty for the whole year); fields of `CHOICES`.
	:raises PeriodError: year or month is impossible.
	:raises frappe.PermissionError: the user may not read tickets.
	"""
	filters = frappe._dict(filters or {})
	start, end = month_of(filters)
	rows = frappe.get_list(
		DOCTYPE,
		filters=[*chosen(filters, *CHOICES), *within("creation_date", start, end)],
		fields=list(FIELDS),
		order_by="creation_date asc, name asc",
		limit_page_length=MOST + 1,
		ignore_ifnull=True,
	)
	for row in rows[:MOST]:
		row.month = row.creation_date.strftime("%Y-%m")
		row.question, row.handling = excerpt(row.question), excerpt(row.handling)
		row.status = _(row.status)
	message = _("{0} entries.").format(frappe.bold(len(rows)))
	if len(rows) > MOST:
		message = _("More than {0} entries; the first are shown. Choose a month.").format(MOST)
	return columns(), rows[:MOST], message


def month_of(filters: dict) -> tuple:
	"""Return first and last day of the month or year that the filters name.

	:raises PeriodError: there is no such month.
	"""
	year, month = cint(filters.year) or getdate().year, cint(filters.month)
	if not 1900 <= year <= 9998:
		frappe.throw(_("Enter a year such as {0}.").format(getdate().year), PeriodError)
	if not 0 <= month <= 12:
		frappe.throw(_("Choose a month from 1 to 12."), PeriodError)
	start = getdate(f"{year}-{month or 1}-01")
	return start, last_day(start, "Month" if month else "Year")


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("month", _("Month"), "Data", 80),
		column("name", _("Service Ticket"), "Link", 130, options=DOCTYPE),
		column("creation_date", _("Creation Date"), "Date", 100),
		column("product", _("Code"), "Link", 100, options="Product"),
		column("product_name", _("Product Name"), "Data", 140),
		column("quantity", _("Quantity"), "Int", 80),
		column("question", _("Question"), "Data", 220),
		column("handling", _("Handling"), "Data", 220),
		column("customer_name", _("Customer Name"), "Data", 130),
		column("person_in_charge_name", _("Person in Charge"), "Data", 120),
		column("status", _("Status"), "Data", 100),
		column("completion_date", _("Completion Date"), "Date", 110),
	]
