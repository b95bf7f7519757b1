"""Consumption Detail: every part that was used up, found by what anybody remembers of it (S7.32, Q20, Q30)."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.spare_parts import reporting
from aftersales.spare_parts.ledger import LEDGER
from aftersales.spare_parts.search import parts_like
from aftersales.utils.report import column, period_of

ORDER_FIELDS = ["customer", "customer_name", "product_name", "serial_no"]
# Where the words of the filter are looked for beside the parts themselves.
READ = (
	"spare_part",
	"part_name",
	"specification",
	"service_order",
	"customer_name",
	"product_name",
	"serial_no",
	"technician_name",
	"warehouse",
	"voucher_no",
	"serial_nos",
)


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date`, `text` (words of part, customer, order, device, technician or slip; parts are
		found in spite of typing errors), `technician`, `warehouse`, `outlet`, `part_category`, `spare_part`.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read the ledger.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	technician = filters.pop("technician", None)
	wanted = [
		*reporting.conditions(filters),
		["purpose", "=", "Consumption"],
		["posting_date", "between", [start, end]],
	]
	if technician:
		wanted.append(["technician", "=", technician])
	rows = frappe.get_list(
		LEDGER,
		filters=wanted,
		fields=[
			"posting_date",
			"spare_part",
			"warehouse",
			"qty_change",
			"value_change",
			"technician",
			"service_order",
			"voucher_type",
			"voucher_no",
			"serial_nos",
			"is_reversal",
		],
		order_by="posting_date desc, creation desc, idx desc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	complete(rows)
	if filters.text:
		rows = matching(rows, filters.text)
	return columns(), rows


def complete(rows: list[dict]) -> None:
	"""Add names; slips that were cancelled show twice, with either sign."""
	reporting.add_part_facts(rows, "specification", "price")
	orders = reporting.facts("Service Order", (row.service_order for row in rows), ORDER_FIELDS)
	people = reporting.facts("Technician", (row.technician for row in rows), ["technician_name"])
	for row in rows:
		row.update({field: (orders.get(row.service_order) or {}).get(field) for field in ORDER_FIELDS})
		row.technician_name = (people.get(row.technician) or {}).get("technician_name")
		row.qty, row.cost = -row.qty_change, -row.value_change
		row.sales_value = flt(row.price) * row.qty


def matching(rows: list[dict], text: str) -> list[dict]:
	"""Return rows in which every word occurs somewhere, or whose part is what was probably meant."""
	meant = set(parts_like(text))
	words = text.casefold().split()

	def holds(row: dict) -> bool:
		known = " ".join(str(row.get(field) or "") for field in READ).casefold()
		return all(word in known for word in words)

	return [row for row in rows if row.spare_part in meant or holds(row)]


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("posting_date", _("Date"), "Date", 100),
		*reporting.part_columns(),
		column("specification", _("Model and Specification"), "Data", 140),
		column("qty", _("Quantity"), "Float", 90, precision=3),
		column("cost", _("Cost"), "Currency", 110),
		column("sales_value", _("Sales Value"), "Currency", 110),
		column("technician_name", _("Technician Name"), "Data", 120),
		column("service_order", _("Service Order"), "Link", 130, options="Service Order"),
		column("customer_name", _("Customer Name"), "Data", 140),
		column("product_name", _("Product Name"), "Data", 130),
		column("serial_no", _("Serial No."), "Data", 120),
		column("warehouse", _("Warehouse"), "Link", 140, options="Part Warehouse"),
		column("serial_nos", _("Serial Numbers"), "Data", 120),
		column("voucher_no", _("Voucher"), "Dynamic Link", 140, options="voucher_type"),
	]
