"""Demo spare parts: three months of slips, a delivery that nobody has signed for yet, a count that awaits approval."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, today

from aftersales.demo.base import read
from aftersales.setup.records import ensure
from aftersales.spare_parts import stock, transit, warehouses

KEEPER = "keeper@aftersales.example"
FIELDS = ("spare_part", "qty", "rate", "serial_nos")


def load() -> None:
	"""Make the demo parts and their movements that are missing; see aftersales.demo.load."""
	data = read("parts")
	for row in data["categories"]:
		ensure({"doctype": "Part Category", **row})
	for row in data["parts"]:
		ensure({"doctype": "Spare Part", **row})
	for row in data["warehouses"]:
		ensure({"doctype": "Part Warehouse", **row})
		if row.get("outlet") and not frappe.db.get_value("Service Outlet", row["outlet"], "warehouse"):
			frappe.db.set_value("Service Outlet", row["outlet"], "warehouse", row["warehouse_name"])
	# Slips have no name of their own by which they could be known again.
	if not frappe.db.exists("Part Ledger Entry", {"spare_part": data["parts"][0]["part_no"]}):
		for row in data["slips"]:
			make_slip(row)
		count(**data["count"])


def make_slip(row: dict) -> None:
	"""Make a slip some days ago, for a technician if it names one, and sign for it if it says so."""
	technician = row.get("technician") and frappe.db.get_value(
		"Technician", {"technician_name": row["technician"]}
	)
	source = row.get("source")
	if technician and not source:
		source = warehouses.of_technician(technician, make=True)
	slip = stock.make_entry(
		row["purpose"],
		[dict(zip(FIELDS, item, strict=False)) for item in row["items"]],
		source=source,
		target=row.get("target"),
		technician=technician,
		scrap_type=row.get("scrap_type"),
		posting_date=add_days(today(), -row["days_ago"]),
		handler=KEEPER,
	)
	if row.get("sign"):
		transit.sign_off(slip)


def count(warehouse: str, found: dict) -> None:
	"""Count a warehouse up to its approval."""
	sheet = frappe.get_doc(doctype="Stock Count", warehouse=warehouse, counted_by=KEEPER)
	sheet = apply_workflow(sheet.insert(ignore_permissions=True), "Start Counting")
	for line in sheet.items:
		line.counted_qty, line.is_counted = found.get(line.spare_part, line.book_qty), 1
	sheet.save(ignore_permissions=True)
	apply_workflow(sheet, "Submit for Approval")
