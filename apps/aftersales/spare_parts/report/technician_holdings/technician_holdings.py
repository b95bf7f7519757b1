"""Technician Holdings: parts that technicians drew, gave back and used up, and what they hold (S7.31, Q19)."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.spare_parts import holdings, reporting
from aftersales.utils.report import column


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a message; called by Frappe.

	:param filters: `mode` ("Summary" or "Detail"), `technician`, `outlet`, `spare_part`, `part_category`, `from_date`, `to_date`.
	:raises frappe.PermissionError: the user may not read the ledger.
	"""
	filters = frappe._dict(filters or {})
	if filters.mode == "Detail":
		rows = holdings.entries(filters)
		name_people(rows)
		reporting.add_part_facts(rows)
		return detail_columns(), rows
	rows = [frappe._dict(row) for row in holdings.holding(filters)]
	name_people(rows)
	reporting.add_part_facts(rows, "stock_uom")
	for row in rows:
		for figure in holdings.FIGURES:
			row[figure] = flt(row[figure], 3)
	return (
		summary_columns(),
		rows,
		_("Held is what was there at the end of To Date: drawn - returned - consumed."),
	)


def name_people(rows: list[dict]) -> None:
	"""Put the technicians' names beside their numbers."""
	names = reporting.facts("Technician", (row.technician for row in rows), ["technician_name"])
	for row in rows:
		row.technician_name = (names.get(row.technician) or {}).get("technician_name")


def people_columns() -> list[dict]:
	"""Return the columns that say whose parts they are."""
	return [
		column("technician", _("Technician"), "Link", 110, options="Technician"),
		column("technician_name", _("Technician Name"), "Data", 130),
	]


def summary_columns() -> list[dict]:
	"""Return the columns of the summary."""
	quantity = {"fieldtype": "Float", "width": 110, "precision": 3}
	return [
		*people_columns(),
		*reporting.part_columns(),
		column("stock_uom", _("Unit"), "Data", 60),
		column("drawn", _("Drawn"), **quantity),
		column("returned", _("Returned"), **quantity),
		column("consumed", _("Consumed"), **quantity),
		column("other", _("Scrapped or Counted"), **quantity),
		column("held", _("Held"), **quantity),
		column("value", _("Value"), "Currency", 120),
	]


def detail_columns() -> list[dict]:
	"""Return the columns of the single movements."""
	quantity = {"fieldtype": "Float", "width": 110, "precision": 3}
	return [
		column("posting_date", _("Date"), "Date", 100),
		*people_columns(),
		*reporting.part_columns(),
		column("purpose", _("Kind of Slip"), "Data", 100),
		column("qty_change", _("Quantity Change"), **quantity),
		column("qty_after", _("Quantity After"), disable_total=True, **quantity),
		column("value_change", _("Value"), "Currency", 110),
		column("service_order", _("Service Order"), "Link", 130, options="Service Order"),
		column("voucher_no", _("Voucher"), "Dynamic Link", 140, options="voucher_type"),
		column("serial_nos", _("Serial Numbers"), "Data", 130),
	]
