"""Deposit Entry: one movement of an outlet's deposit for parts (S2.28)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, today

from aftersales.spare_parts import deposits, statements
from aftersales.utils.append_only import AppendOnlyError


class DepositAmountError(frappe.ValidationError):
	"""The amount or the date makes no sense."""


class DepositEntry(Document):
	def validate(self):
		self.refuse_change()
		self.validate_amount()
		self.validate_date()

	def before_insert(self):
		self.validate_amount()
		self.change_amount = flt(self.amount) * deposits.SIGNS[self.kind]
		if self.outlet:  # else Frappe says that it is missing
			self.balance_after = deposits.change(self.outlet, self.change_amount)

	def on_trash(self):
		self.refuse()

	def refuse_change(self) -> None:
		"""Keep stored entries as they are.

		:raises AppendOnlyError: the entry is stored.
		"""
		if not self.is_new():
			self.refuse()

	def refuse(self) -> None:
		"""Say how a mistake is put right.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(
			_("Deposit entries cannot be changed or deleted. Make an entry of the kind {0} instead.").format(
				frappe.bold(_("Correction"))
			),
			AppendOnlyError,
			title=_("Deposit"),
		)

	def validate_amount(self) -> None:
		"""Ask for an amount; only a correction may be negative.

		:raises DepositAmountError: it is zero or has the wrong sign, or the kind is none.
		"""
		if self.kind not in deposits.SIGNS:
			frappe.throw(_("Choose what kind of entry this is."), DepositAmountError, title=_("Deposit"))
		if not flt(self.amount) or (flt(self.amount) < 0 and self.kind != "Correction"):
			frappe.throw(
				_("Enter an amount above zero. Only a correction may be negative."),
				DepositAmountError,
				title=_("Deposit"),
			)

	def validate_date(self) -> None:
		"""Refuse a day that has not come, and one of a month that the outlet has confirmed.

		:raises DepositAmountError: it lies ahead.
		:raises MonthConfirmedError: the statement of its month is confirmed.
		"""
		if self.outlet:
			statements.check_outlet(self.outlet, self.entry_date)
		if getdate(self.entry_date) > getdate(today()):
			frappe.throw(_("The date lies ahead."), DepositAmountError, title=_("Deposit"))


def on_doctype_update():
	frappe.db.add_index("Deposit Entry", ["outlet", "entry_date"])
