"""Sale Record: what a customer bought, with serial numbers, and what is still owed (S7.05, S7.14-S7.16)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, today

from aftersales.field_service.devices import serial_key
from aftersales.service_network import outlet_scope, sales
from aftersales.utils.money import rounded, total

INDEXES = (
	("customer", "sale_date"),
	("sale_date", "docstatus"),
	("outlet", "sale_date"),
	("docstatus", "outstanding"),
	("sales_representative", "sale_date"),
)


class SaleItemError(frappe.ValidationError):
	"""A line makes no sense: quantity, discount or serial numbers."""


class SaleDateError(frappe.ValidationError):
	"""The sale lies in the future, or the payment is due before it."""


class SaleRecord(Document):
	def validate(self):
		outlet_scope.fill(self)
		self.forget_returns()
		self.validate_dates()
		self.validate_items()
		self.sum_up()
		self.set_money()
		if self.referred_by == self.customer:
			self.referred_by = None

	def on_submit(self):
		sales.register_devices(self)
		sales.plan_service(self)

	def before_update_after_submit(self):
		self.validate_dates()
		self.keep_money()

	def before_cancel(self):
		sales.cancel(self)

	def on_cancel(self):
		own = frappe.get_all(
			"Customer Device", {"sale_record": self.name, "registered_from": "Sale"}, pluck="name"
		)
		sales.withdraw(self, own, _("The sale {0} was cancelled.").format(self.name))

	def validate_dates(self) -> None:
		"""
		:raises SaleDateError: says which date cannot be.
		"""
		if getdate(self.sale_date) > getdate(today()):
			frappe.throw(_("The sale date lies ahead."), SaleDateError)
		if self.due_date and getdate(self.due_date) < getdate(self.sale_date):
			frappe.throw(_("The payment is due before the sale. Correct one of the dates."), SaleDateError)

	def validate_items(self) -> None:
		"""Compute the lines.

		:raises SaleItemError: names the line.
		"""
		seen = set()
		for row in self.items:
			row.amount = rounded(flt(row.qty) * flt(row.rate) - flt(row.discount))
			if flt(row.qty) <= 0:
				self._refuse(row, _("enter a quantity above zero."))
			if flt(row.rate) < 0 or flt(row.discount) < 0 or row.amount < 0:
				self._refuse(
					row, _("rate and discount are not negative, and the discount is at most the amount.")
				)
			self.validate_serials(row, seen)

	def validate_serials(self, row: Document, seen: set) -> None:
		"""Ask for one serial number per piece if there are any.

		:param seen: numbers of the lines before, each with its product.
		:raises SaleItemError: there are more or fewer, one is none or stands there twice, or the product is missing.
		"""
		serials = sales.serials_of(row.serial_nos)
		row.serial_nos = "\n".join(serials) or None
		if not serials:
			return
		if not row.product:
			self._refuse(row, _("choose the product to which the serial numbers belong."))
		if len(serials) != flt(row.qty):
			self._refuse(
				row,
				_("{0} serial numbers for {1} pieces. Enter one for each, or none.").format(
					len(serials), f"{flt(row.qty):g}"
				),
			)
		for serial in serials:
			key = (row.product, serial_key(serial))
			if not key[1] or key in seen:
				self._refuse(
					row,
					_("the serial number {0} is none, or stands there twice.").format(
						frappe.bold(frappe.utils.escape_html(serial))
					),
				)
			seen.add(key)

	def _refuse(self, row: Document, why: str) -> None:
		frappe.throw(_("Row {0}: {1}").format(row.idx, why), SaleItemError, title=_("Items"))

	def sum_up(self) -> None:
		"""Write the totals, without what was returned; the rounded lines add up to them."""
		self.returned_amount = total(row.returned_amount for row in self.items)
		self.total = total([*(row.amount for row in self.items), -self.returned_amount])
		self.discount_total = total(row.discount for row in self.items)
		self.total_qty = flt(sum(flt(row.qty) - flt(row.returned_qty) for row in self.items), 6)

	def forget_returns(self) -> None:
		"""Nothing came back before the sale was submitted, whatever was sent along."""
		self.returns = []
		for row in self.items:
			row.update({"returned_qty": 0, "returned_amount": 0})

	def set_money(self) -> None:
		"""A sale that is not submitted has no money yet, whatever was sent along."""
		self.update({"received": 0, "returned_on": None, "return_reason": None})
		submits = self.docstatus == 1
		self.outstanding = self.total if submits else 0
		self.status = sales.status_of(self.total, 0) if submits else "Draft"

	def keep_money(self) -> None:
		"""Write what is stored now: collections may have come in since this form was loaded; or that it was taken back."""
		row = sales.locked(self.name)
		self.update({field: row[field] for field in sales.MONEY})
		if self.flags.items_returned:
			self.outstanding = total([self.total, -flt(row.received)])
			self.status = sales.status_of(self.total, row.received)
		if returned := self.flags.pop("returned", None):
			self.update({**returned, "status": sales.RETURNED, "outstanding": 0})


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Sale Record", fields)
