"""Part Serial, written by the stock ledger only; see aftersales.spare_parts.ledger."""

import frappe
from frappe.model.document import Document

from aftersales.spare_parts.derived import refuse_change


class PartSerial(Document):
	def validate(self):
		refuse_change(self)

	def on_trash(self):
		refuse_change(self)


def on_doctype_update():
	frappe.db.add_index("Part Serial", ["warehouse", "spare_part"])
