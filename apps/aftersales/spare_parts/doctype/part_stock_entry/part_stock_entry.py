"""Part Stock Entry: a slip on which parts come in, go out, move or are scrapped (S7.28-S7.30, S13.11)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, today

from aftersales.spare_parts import ledger, scope, serials, stock
from aftersales.spare_parts.ledger import MONEY, QUANTITY, number
from aftersales.utils.access import check_permission

# The list as it is asked for: by purpose, by where parts come from or go to, by who draws them.
INDEXES = (
	("purpose", "modified"),
	("posting_date", "purpose"),
	("reference_doctype", "reference_name"),
	("technician", "modified"),
)

# What signing for parts on their arrival writes.
SIGNED = ("transit_state", "signed_by", "signed_at", "difference_note")
DELIVERED_BY_STEPS = ("Part Order", "Part Demand Plan")


class SlipError(frappe.ValidationError):
	"""A row or a date of the slip is wrong."""


class ScrapTypeMissingError(frappe.MandatoryError):
	"""A scrap slip does not say why."""


class PostedSlipError(frappe.ValidationError):
	"""What the ledger names is not deleted."""


class SlipReferenceError(frappe.PermissionError):
	"""The slip names a document that it was not made for."""


class PartStockEntry(Document):
	def validate(self):
		self.keep_transit()
		self.check_reference()
		self.validate_date()
		self.validate_rows()
		stock.set_warehouses(self)
		self.validate_scrap_type()
		self.set_outlet()
		self.check_side()
		self.set_amounts()

	def before_update_after_submit(self):
		self.keep_transit()

	def on_submit(self):
		stock.post(self)

	def on_cancel(self):
		stock.take_back(self)

	def on_trash(self):
		self.refuse_if_posted()

	def keep_transit(self) -> None:
		"""Put back what signing for parts writes: the fields may change after submission, but not by being sent along."""
		stored = self.get_doc_before_save()
		for field in SIGNED:
			self.set(field, stored.get(field) if stored else None)

	def check_reference(self) -> None:
		"""Let nobody name a document of others, or deliver a part order past its own check of what is open.

		:raises SlipReferenceError: with what to do.
		"""
		if self.flags.ignore_permissions or not self.reference_name:
			return
		if not (
			self.is_new()
			or self.has_value_changed("reference_name")
			or self.has_value_changed("reference_doctype")
		):
			return
		if self.reference_doctype in DELIVERED_BY_STEPS:
			frappe.throw(
				_("Open {0} and deliver it there; a slip by hand cannot.").format(
					frappe.bold(self.reference_name)
				),
				SlipReferenceError,
				title=_("Reference"),
			)
		check_permission(self.reference_doctype, "read", self.reference_name)

	def validate_date(self) -> None:
		"""Refuse a day that has not come yet.

		:raises SlipError: always then.
		"""
		if getdate(self.posting_date) > getdate(today()):
			frappe.throw(_("The posting date {0} has not come yet.").format(self.posting_date), SlipError)

	def validate_rows(self) -> None:
		"""Ask for quantities the ledger can hold, and keep discontinued parts from coming in.

		:raises SlipError: names the row, or there is none.
		"""
		if not self.items:
			frappe.throw(_("Add the parts first."), SlipError)
		for row in self.items:
			if number(row.qty, QUANTITY) <= 0 or number(row.qty, QUANTITY) != number(row.qty, MONEY / 10**6):
				frappe.throw(
					_("Row {0}: enter a quantity above 0 with at most 3 decimals.").format(row.idx), SlipError
				)
			row.serial_nos = "\n".join(serials.split(row.serial_nos)) or None
		if self.purpose == "Receipt":
			self.refuse_disabled_parts()

	def validate_scrap_type(self) -> None:
		"""Scrap slips say why; others have no use for it (S7.30).

		:raises ScrapTypeMissingError: it is missing.
		"""
		if self.purpose != "Scrap":
			self.scrap_type = None
		elif not self.scrap_type:
			frappe.throw(_("Choose the scrap type."), ScrapTypeMissingError)

	def refuse_disabled_parts(self) -> None:
		"""Parts that are not used any more come in no longer; what is left of them may still move.

		:raises SlipError: names them.
		"""
		names = {row.spare_part for row in self.items}
		disabled = frappe.get_all("Spare Part", {"name": ["in", names], "disabled": 1}, pluck="name")
		if disabled:
			frappe.throw(
				_("These parts are disabled: {0}. Enable them first, or take their substitutes.").format(
					frappe.bold(", ".join(sorted(disabled)))
				),
				SlipError,
			)

	def set_outlet(self) -> None:
		"""Note the outlet that answers for the slip: that of the warehouse that it takes from, or fills."""
		warehouse = self.source_warehouse or self.items[0].source_warehouse or self.target_warehouse
		if self.purpose == "Receipt":
			warehouse = self.target_warehouse
		self.outlet = frappe.db.get_value("Part Warehouse", warehouse, "outlet") if warehouse else None

	def check_side(self) -> None:
		"""Let nobody take parts out of warehouses of other outlets.

		:raises OtherWarehouseError: names the warehouse.
		"""
		if self.flags.ignore_permissions:
			return
		rows = {row.source_warehouse for row in self.items if row.source_warehouse}
		own = self.target_warehouse if self.purpose == "Receipt" else self.source_warehouse
		for warehouse in sorted({own, *rows} - {None, ""}):
			scope.check(warehouse)

	def set_amounts(self) -> None:
		"""Work out amounts; what parts in stock cost is written when they move."""
		for row in self.items:
			if self.purpose != "Receipt" and self.docstatus == 0:
				row.rate = row.amount = 0
			row.amount = number(flt(row.rate) * flt(row.qty), MONEY)
			if row.received_qty and self.docstatus == 0:
				row.received_qty = 0
		stock.totals(self)

	def refuse_if_posted(self) -> None:
		"""Keep the slips that the ledger names, cancelled ones too.

		:raises PostedSlipError: always then.
		"""
		if frappe.db.exists(ledger.LEDGER, {"voucher_type": self.doctype, "voucher_no": self.name}):
			frappe.throw(
				_("The stock ledger names {0}, so it stays.").format(frappe.bold(self.name)), PostedSlipError
			)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Part Stock Entry", fields)
