"""Exchange Ledger (S5.08, 换货登记台账): what was exchanged, moved or taken back, by ledger number; and what is on its way."""

import frappe
from frappe import _

from aftersales.utils.report import column, period_of

DOCTYPE = "Exchange Order"
FIELDS = (
	"ledger_no",
	"name",
	"exchange_date",
	"kind",
	"customer_name",
	"product_name",
	"serial_no",
	"new_serial_no",
	"ground",
	"reason",
	"days_since_sale",
	"price",
	"depreciation_percent",
	"depreciation_fee",
	"salesperson",
	"status",
	"entered_on",
	"entered_by",
)
MOST_ROWS = 2000
CHOICES = ("kind", "ground", "product_category", "outlet")


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and message; called by Frappe.

	:param filters: `from_date`, `to_date` of the slip; `kind`, `ground`, `product_category`, `outlet`; `all_slips` shows those
	    too that are not in the ledger.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read slips.
	"""
	filters = frappe._dict(filters or {})
	conditions = [["exchange_date", "between", period_of(filters)]]
	conditions += [[field, "=", filters[field]] for field in CHOICES if filters.get(field)]
	if not filters.get("all_slips"):
		conditions.append(["ledger_no", "is", "set"])
	rows = frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=list(FIELDS),
		order_by="ledger_no asc, exchange_date asc, name asc",
		limit_page_length=MOST_ROWS + 1,
	)
	for row in rows:
		row.kind, row.ground = _(row.kind), _(row.ground)
	more = len(rows) > MOST_ROWS
	text = _("Only the first {0} slips are shown. Choose a shorter period.").format(MOST_ROWS)
	return columns(), rows[:MOST_ROWS], text if more else None


def columns() -> list[dict]:
	"""Return the columns in the order of the paper ledger."""
	return [
		column("ledger_no", _("Ledger Number"), width=130),
		column("name", _("Exchange Slip"), "Link", 130, options=DOCTYPE),
		column("exchange_date", _("Date"), "Date", 100),
		column("kind", _("Kind"), width=80),
		column("customer_name", _("Customer")),
		column("product_name", _("Product Name"), width=140),
		column("serial_no", _("Serial No.")),
		column("new_serial_no", _("New Serial No.")),
		column("ground", _("Ground"), width=110),
		column("reason", _("Reason"), width=200),
		column("days_since_sale", _("Days since the Sale"), "Int", 80),
		column("price", _("Price Paid"), "Currency", 100),
		column("depreciation_percent", _("Depreciation (%)"), "Percent", 90),
		column("depreciation_fee", _("Depreciation Fee"), "Currency", 110),
		column("salesperson", _("Salesperson"), "Link", 130, options="User"),
		column("status", _("Status"), "Link", 120, options="Workflow State"),
		column("entered_on", _("Entered in Ledger On"), "Datetime", 140),
		column("entered_by", _("Handler"), "Link", 130, options="User"),
	]
