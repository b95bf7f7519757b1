"""Part Ledger Entry: one change of one part in one warehouse; see aftersales.spare_parts.ledger."""

import frappe
from frappe.model.document import Document

from aftersales.spare_parts.derived import refuse_change

INDEXES = (
	("voucher_no", "voucher_type"),
	("warehouse", "posting_date"),
	("technician", "posting_date"),
)
# Movements of a period, and stock on an earlier day, are added up in this index and read no row.
PERIOD_INDEX = (
	"posting_date",
	"purpose",
	"spare_part",
	"warehouse",
	"is_reversal",
	"qty_change",
	"value_change",
)


class PartLedgerEntry(Document):
	def validate(self):
		refuse_change(self)

	def on_trash(self):
		refuse_change(self)


def on_doctype_update():
	frappe.db.add_unique("Part Ledger Entry", ["spare_part", "warehouse", "entry_no"], "one_chain")
	frappe.db.add_unique("Part Ledger Entry", ["reverses", "warehouse"], "taken_back_once")
	for fields in INDEXES:
		frappe.db.add_index("Part Ledger Entry", fields)
	frappe.db.add_index("Part Ledger Entry", PERIOD_INDEX, index_name="period_sums")
